"""Engines: SQLite with WAL and full sync by default, PostgreSQL by address; the same code on both."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from compassionate.errors import StartRefused

# Execution options of a transaction that will write: beside others, as the only one, and to move the schema.
WRITE = {"compassionate_write": "beside others"}
ALONE = {"compassionate_write": "alone"}
MIGRATE = {"compassionate_write": "migrate"}
PATIENCE = (
    "compassionate_patience"  # execution option: seconds that this writer waits for another, instead of BUSY_SECONDS
)
WRITERS_LOCK = 0x636F6D71  # of PostgreSQL's advisory locks, ours: shared by writers, taken whole by a migration
BUSY_SECONDS = 15  # how long a writer waits for another before it says so
LONGEST_SECONDS = 120  # of one statement on PostgreSQL
CONNECT_SECONDS = 5
UNSAFE = "COMPASSIONATE_UNSAFE_DATABASE"  # set for a server that may forget what it said: for tests, never for patients

# DUR-06: what each connection must be found to have, read back and not only asked for.
# RET-02: what is deleted is overwritten with zeros, so that a destroyed key does not lie in a free page.
SQLITE_ASKED = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
SQLITE_MUST = {"journal_mode": ("wal",), "synchronous": ("2", "3"), "foreign_keys": ("1",), "secure_delete": ("1",)}
POSTGRES_MUST = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),  # all of them wait for this server's disk
}
POSTGRES_ASKED = f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout={LONGEST_SECONDS}s"


class NotDurable(RuntimeError):
    """This database would forget what it said was kept: names each setting, what it is and what it must be."""

    def __init__(self, wrong: dict[str, str]) -> None:
        listed = ", ".join(f"{name} = {value}" for name, value in wrong.items())
        super().__init__(
            f"La base de datos no asegura lo que confirma: {listed}. Con estos valores un corte de luz perdería "
            "trabajo ya guardado, así que no se usa. Corríjalos en el servidor (véase docs/security.md, DUR-06)."
        )
        self.wrong = wrong


class SchemaMoved(StartRefused):
    """The schema of the database is not the one that this version of the program writes."""

    def __init__(self, found: str, wanted: str) -> None:
        what = f"en la revisión {found}" if found else "sin preparar"
        super().__init__(
            f"La base de datos está {what} y esta versión escribe la {wanted}: ejecute «flask instance prepare» con la "
            "versión instalada, o instale la versión que corresponde a la base de datos."
        )


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with the settings that durability rests on, read back at each connection; NotDurable where one differs.

    SQLite: WAL, synchronous FULL, foreign keys on, BEGIN IMMEDIATE for writers so that two of them
    queue instead of failing half-way. PostgreSQL: nobody waits for ever, and a dropped connection is replaced.
    """
    if make_url(url).get_backend_name() != "sqlite":
        given = {"connect_timeout": CONNECT_SECONDS, "options": POSTGRES_ASKED}
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=given, **options)
        event.listen(engine, "connect", _assert_postgres)
        event.listen(engine, "begin", _lock_writers)
        return engine
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None},
        hide_parameters=True,  # values of rows never go into a log
        **options,
    )
    event.listen(engine, "connect", _set_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_sqlite(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", *SQLITE_ASKED):
        cursor.execute(f"PRAGMA {pragma}")
    _assert({name: str(cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in SQLITE_MUST}, SQLITE_MUST)
    cursor.close()


def _assert_postgres(connection: Any, record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (list(POSTGRES_MUST),))
        found = dict(cursor.fetchall())
    connection.rollback()
    if not os.environ.get(UNSAFE):
        _assert(found, POSTGRES_MUST)


def _assert(found: dict[str, str], must: dict[str, tuple[str, ...]]) -> None:
    wrong = {name: found.get(name, "?") for name in must if found.get(name) not in must[name]}
    if wrong:
        raise NotDurable(wrong)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin = "BEGIN IMMEDIATE" if options.get("compassionate_write") else "BEGIN"
    if PATIENCE not in options:
        connection.exec_driver_sql(begin)
        return
    try:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={options[PATIENCE] * 1000}")
        connection.exec_driver_sql(begin)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _lock_writers(connection: Connection) -> None:
    options = connection.get_execution_options()
    how = options.get("compassionate_write")
    if PATIENCE in options:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{options[PATIENCE]}s'")
    if how:
        shared = "_shared" if how == WRITE["compassionate_write"] else ""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{shared}({WRITERS_LOCK})")


def guard_schema(engine: Engine, wanted: str) -> None:
    """Let this engine write only while the schema is at the revision it was made for (BAK-04).

    Asked inside each writing transaction, whose lock keeps a migration out: two versions never write at once.
    """

    def expect(connection: Connection) -> None:
        if connection.get_execution_options().get("compassionate_write") not in (*WRITE.values(), *ALONE.values()):
            return
        found = schema_revision(connection)
        if found != wanted:
            connection.exec_driver_sql("ROLLBACK")
            raise SchemaMoved(found, wanted)

    event.listen(engine, "begin", expect)


def schema_revision(connection: Connection) -> str:
    """The revision that the schema is at, empty where it has none."""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def insert_missing(session: Session, model: Any, **values: Any) -> bool:
    """Insert a row unless its key is there already; of two who do so at once neither fails. Whether it was missing."""
    statement = _insert_missing(model, session.get_bind().dialect.name)
    done = session.connection().execute(statement, values, execution_options={"preserve_rowcount": True})
    return done.rowcount > 0


@cache
def _insert_missing(model: Any, dialect: str) -> Any:
    made = postgresql if dialect == "postgresql" else sqlite
    return made.insert(model.__table__).on_conflict_do_nothing()
