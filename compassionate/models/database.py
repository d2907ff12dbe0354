"""Engines: SQLite with WAL and full sync by default, PostgreSQL by address; the same code on both."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

WRITE = {"compassionate_write": True}  # execution options of a transaction that will write
BUSY_SECONDS = 15


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with the settings that durability rests on, asserted at each connection.

    SQLite: WAL, synchronous FULL, foreign keys on, BEGIN IMMEDIATE for writers so that two of them
    queue instead of failing half-way.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, **options)
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None}, **options
    )
    event.listen(engine, "connect", _set_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_sqlite(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("compassionate_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert_missing(session: Session, model: Any, **values: Any) -> None:
    """Insert a row unless its key is there already; of two who do so at once neither fails."""
    session.connection().execute(_insert_missing(model, session.get_bind().dialect.name), values)


@cache
def _insert_missing(model: Any, dialect: str) -> Any:
    made = postgresql if dialect == "postgresql" else sqlite
    return made.insert(model.__table__).on_conflict_do_nothing()
