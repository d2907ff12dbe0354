"""Every row of every table as lines of JSON, and back, on either database and of any schema revision.

The tables are read from the database itself, never from the models of today: a backup of an older schema is
read as what it is, and brought to the newest by the same revisions as a living installation.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)

REVISION = "alembic_version"
PORTION = 500
Line = dict[str, Any] | list[Any]


class RowsRefused(Exception):
    """Lines that are not the rows of this schema."""


def tables(connection: Connection) -> list[Table]:
    """The tables of the database, each after those that it points to; the table of revisions is left out."""
    held = MetaData()
    held.reflect(connection)
    return [table for table in held.sorted_tables if table.name != REVISION]


def revision(connection: Connection) -> str:
    """The schema revision of a database, empty where it has none."""
    if not inspect(connection).has_table(REVISION):
        return ""
    return str(connection.scalar(text(f"SELECT version_num FROM {REVISION}")) or "")  # noqa: S608 - a constant


def dump(connection: Connection) -> Iterator[str]:
    """All rows: a line that names a table and its columns, then a line a row, table by table."""
    for table in tables(connection):
        yield json.dumps({"table": table.name, "columns": [column.name for column in table.c]})
        for row in _in_order(connection, table):
            yield json.dumps([_out(value) for value in row], ensure_ascii=False)


def load(connection: Connection, lines: Iterable[str]) -> dict[str, int]:
    """Insert all rows into empty tables of the same revision; returns how many a table. Raises RowsRefused."""
    known = {table.name: table for table in tables(connection)}
    counts: dict[str, int] = {}
    for name, columns, rows in portions(lines):
        table = known.get(name)
        if table is None or any(column not in table.c for column in columns):
            raise RowsRefused(name)
        counts[name] = counts.get(name, 0) + len(rows)
        if rows:
            wanted = [table.c[column] for column in columns]
            zoned = connection.dialect.name == "postgresql"
            values = [
                {column.name: _in(column, value, zoned) for column, value in zip(wanted, row, strict=True)}
                for row in rows
            ]
            connection.execute(insert(table), values)
    _move_counters(connection, known.values())
    return counts


def portions(lines: Iterable[str]) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """The lines of a dump as (table, columns, some rows); an empty table comes once, without rows."""
    name, columns = "", list[str]()
    rows: list[list[Any]] = []
    for line in lines:
        read: Line = json.loads(line)
        if isinstance(read, dict):
            if name:
                yield name, columns, rows
            name, columns, rows = read["table"], read["columns"], []
            continue
        rows.append(read)
        if len(rows) == PORTION:
            yield name, columns, rows
            rows = []
    if name:
        yield name, columns, rows


def _in_order(connection: Connection, table: Table) -> Iterable[Any]:
    """Rows by primary key; in a table that points to itself a row comes after the one that it points to."""
    query = select(table).order_by(*table.primary_key.columns)
    own = [(key.parent.name, key.column.name) for key in table.foreign_keys if key.column.table is table]
    if not own:
        return connection.execute(query, execution_options={"yield_per": PORTION})
    left, done, ordered = list(connection.execute(query)), set[tuple[str, Any]](), []
    while left:
        ready = [
            row
            for row in left
            if all(row._mapping[here] is None or (there, row._mapping[here]) in done for here, there in own)
        ]
        if not ready:
            raise RowsRefused(table.name)
        ordered += ready
        done |= {(there, row._mapping[there]) for row in ready for _, there in own}
        left = [row for row in left if row not in ready]
    return ordered


def _out(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _in(column: Column[Any], value: Any, zoned: bool) -> Any:
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    if isinstance(column.type, DateTime):
        held = datetime.fromisoformat(value)
        return held if zoned else held.replace(tzinfo=None)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def _move_counters(connection: Connection, held: Iterable[Table]) -> None:
    """Numbers that PostgreSQL gives itself go on after the highest that was restored."""
    if connection.dialect.name != "postgresql":
        return
    for table in held:
        for column in table.primary_key.columns:
            named = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            if named:
                last = connection.scalar(select(func.max(column)))
                connection.execute(select(func.setval(named, last or 1, last is not None)))
