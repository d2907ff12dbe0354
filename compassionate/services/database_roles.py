"""Two roles on PostgreSQL: the owner makes tables, the application works there and can change no row of proof (AUD-06).

The owner's address (COMPASSIONATE_MIGRATION_DATABASE_URL) is needed by `flask instance prepare` alone: a server that
does not know it cannot lose it. On SQLite there are no roles, and triggers are the only bar.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from compassionate.models.database import make_engine
from compassionate.models.history_bars import ENTRIES
from compassionate.services.instance import migrate

# What the application's role may not do, table by table; TRUNCATE, TRIGGER and REFERENCES it may nowhere.
NOT_THERE = {
    **dict.fromkeys(ENTRIES, "UPDATE, DELETE"),
    "audit_chains": "DELETE",
    "alembic_version": "INSERT, UPDATE, DELETE",
}


def prepare(engine: Engine, owner_url: str = "") -> None:
    """Bring the schema to its newest revision, as its owner where there is one, and say what the application may do."""
    if not owner_url:
        migrate(engine)
        return
    owner = make_engine(owner_url)
    try:
        migrate(owner)
        if owner.dialect.name == "postgresql":
            with owner.begin() as connection:
                grant(connection, str(engine.url.username))
    finally:
        owner.dispose()


def grant(connection: Connection, role: str) -> None:
    """Give the application's role what it works with, and take all else from it."""
    run, name = connection.exec_driver_sql, connection.dialect.identifier_preparer.quote(role)
    schema = connection.dialect.identifier_preparer.quote(str(run("SELECT current_schema()").scalar_one()))
    run(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {name}")
    run(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {name}")
    run(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}")
    for table, verbs in NOT_THERE.items():
        run(f"REVOKE {verbs} ON {schema}.{table} FROM {name}")


def may_change_proof(engine: Engine) -> bool:
    """Whether this role could change rows of proof, were it not for the triggers, or take those away."""
    if engine.dialect.name != "postgresql":
        return True
    verbs = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
    with engine.connect() as connection:
        asked = "SELECT has_table_privilege(%s, %s)"
        return any(connection.exec_driver_sql(asked, (t, v)).scalar_one() for t in ENTRIES for v in verbs)
