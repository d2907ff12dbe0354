"""Taking what was deleted out of the database's own files: free pages, the write-ahead log, dead rows."""

from __future__ import annotations

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

PATIENCE_SECONDS = 2
HOLD_KEYS = ("data_keys", "patients", "patient_fingerprints")


def scour(engine: Engine) -> bool:
    """Rewrite the files so that deleted rows are gone from them; False where others are at work: try again later.

    SQLite: VACUUM, then the log is checkpointed and cut to nothing. PostgreSQL: the tables of keys and identifiers
    are written anew; its log keeps old pages until the segments are recycled (see docs/retention.md).
    """
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return _scour_sqlite(connection) if engine.dialect.name == "sqlite" else _scour_postgresql(connection)
    except DBAPIError:
        return False


def _scour_sqlite(connection: Connection) -> bool:
    raw = connection.connection.cursor()
    patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute(f"PRAGMA busy_timeout={PATIENCE_SECONDS * 1000}")
    try:
        if connection.in_transaction():
            raw.execute("COMMIT")
        raw.execute("VACUUM")
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        raw.execute(f"PRAGMA busy_timeout={patience}")
        raw.close()


def _scour_postgresql(connection: Connection) -> bool:
    connection.exec_driver_sql(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
    try:
        for table in HOLD_KEYS:
            connection.exec_driver_sql(f"VACUUM (FULL) {table}")
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
    return True
