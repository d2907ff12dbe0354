"""The installation itself: schema at its newest, centres made with their keys, what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Centre
from compassionate.models.database import MIGRATE, SchemaMoved, schema_revision
from compassionate.models.vault import vault_of
from compassionate.services import audit
from compassionate.services.actors import Actor

MIGRATIONS = Path(__file__).parent.parent / "migrations"
ZONES = {"ES-CN": "Atlantic/Canary", "ES-CE": "Africa/Ceuta", "ES-ML": "Africa/Ceuta"}


def _alembic() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return settings


def newest_revision() -> str:
    """The schema revision that this version of the program writes."""
    return str(ScriptDirectory.from_config(_alembic()).get_current_head())


def knows_revision(revision: str) -> bool:
    """Whether a schema revision is one of this version's own."""
    return any(revision == each.revision for each in ScriptDirectory.from_config(_alembic()).walk_revisions())


def held_revision(connection: Connection) -> str:
    """The revision that a database is at, empty where it is not prepared."""
    return schema_revision(connection) if inspect(connection).has_table("alembic_version") else ""


def expect_schema(engine: Engine) -> None:
    """Refuse to serve a database of another version; raises SchemaMoved."""
    with engine.connect() as connection:
        found, wanted = held_revision(connection), newest_revision()
    if found != wanted:
        raise SchemaMoved(found, wanted)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to its newest revision: whole or not at all, and with no other writer beside it."""
    with moving_schema(engine) as connection:
        upgrade(connection, revision)


@contextmanager
def moving_schema(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be made and rebuilt, while nobody else writes.

    A revision may rebuild a table that others point to (SQLite), so foreign keys are looked at once, at its end.
    """
    with engine.connect().execution_options(**MIGRATE) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            _look_at_foreign_keys(connection, False)
        try:
            with connection.begin():
                yield connection
                if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise IntegrityError("migrate", {}, ValueError("a row points to nothing after the migration"))
        finally:
            if is_sqlite:
                _look_at_foreign_keys(connection, True)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the revisions that are missing, inside the caller's transaction; raises SchemaMoved for a newer schema."""
    held = held_revision(connection)
    if held and not knows_revision(held):
        raise SchemaMoved(held, newest_revision())
    settings = _alembic()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


def _look_at_foreign_keys(connection: Connection, on: bool) -> None:
    cursor = connection.connection.cursor()  # outside of any transaction: inside one SQLite ignores it
    cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    cursor.close()


def is_empty(session: Session) -> bool:
    """Whether nobody has an account here yet."""
    return not session.scalar(select(func.count()).select_from(Account))


def holds_only_demo(session: Session) -> bool:
    """Whether every case of the installation is a demo case."""
    return session.scalar(select(Case.id).where(Case.is_demo.is_(False)).limit(1)) is None


def is_demo(session: Session) -> bool:
    """Whether this installation is a demonstration: it has a demo centre, and no case of a real person."""
    held = session.scalar(select(Centre.id).where(Centre.is_demo.is_(True)).limit(1))
    return held is not None and holds_only_demo(session)


def centre_named(session: Session, code: str) -> Centre:
    """The centre of that code; raises NotFound."""
    centre = session.scalar(select(Centre).where(Centre.code == code.strip().upper()))
    if centre is None:
        raise NotFound
    return centre


def all_centres(session: Session) -> list[Centre]:
    """Every centre, by code."""
    return list(session.scalars(select(Centre).order_by(Centre.code)))


def count_by_state(session: Session) -> dict[str, int]:
    """How many cases stand in each state."""
    rows = session.execute(select(Case.state, func.count()).group_by(Case.state))
    return {row[0]: row[1] for row in rows}


def add_centre(
    session: Session,
    actor: Actor | None,
    code: str,
    name: str,
    territory: str,
    now: datetime,
    municipality: str = "",
    is_demo: bool = False,
) -> Centre:
    """A new centre with a key of its own; raises Invalid."""
    errors = (
        [] if code.isalnum() and code.isupper() and 2 <= len(code) <= 8 else [FieldError("code", "centre.code_wrong")]
    )
    errors += [] if name.strip() else [FieldError("name", "value.missing")]
    errors += [] if territory in TERRITORIES else [FieldError("territory", "centre.territory_unknown")]
    if not errors and session.scalar(select(Centre.id).where(Centre.code == code)):
        errors.append(FieldError("code", "centre.code_taken"))
    if errors:
        raise Invalid(tuple(errors))
    key = vault_of(session).new_key(session, "centre")
    centre = Centre(
        code=code,
        name=name.strip(),
        territory=territory,
        municipality=municipality,
        zone=ZONES.get(territory, "Europe/Madrid"),
        key_id=key.id,
        is_demo=is_demo,
        settings={},
    )
    session.add(centre)
    session.flush()
    audit.append(session, actor, "create_centre", now, centre=centre.id, code=code)
    return centre


# The 19 territories of Spain in ISO 3166-2.
TERRITORIES = {
    "ES-AN": "Andalucía",
    "ES-AR": "Aragón",
    "ES-AS": "Asturias",
    "ES-CB": "Cantabria",
    "ES-CE": "Ceuta",
    "ES-CL": "Castilla y León",
    "ES-CM": "Castilla-La Mancha",
    "ES-CN": "Canarias",
    "ES-CT": "Cataluña",
    "ES-EX": "Extremadura",
    "ES-GA": "Galicia",
    "ES-IB": "Illes Balears",
    "ES-MC": "Región de Murcia",
    "ES-MD": "Comunidad de Madrid",
    "ES-ML": "Melilla",
    "ES-NC": "Navarra",
    "ES-PV": "País Vasco",
    "ES-RI": "La Rioja",
    "ES-VC": "Comunitat Valenciana",
}
