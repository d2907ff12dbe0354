"""A calendar that changes under 2,000 open cases: stating that a year was compared, and a day that moves every term.

    python -m benchmarks.calendars [NUMBER OF CASES]

The service holds the cases, counts every open clock that the change can reach, writes those that differ with their
moves, and the nearest end of each case, in one transaction. The baseline reads the same clocks and writes the same
column of each through the driver, with nothing counted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.orm import Session

from benchmarks import databases
from benchmarks.timing import interleaved, print_table, ratio
from compassionate.models import CalendarDay, Case, Clock, ClockMove, new_id
from compassionate.services import calendar_entries, recounting
from compassionate.services.actors import Actor
from tests.world import World

CASES, CLOCKS = 2_000, ("K-RES", "K-INF", "K-REP", "K-CON")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
YEAR, ROUNDS = 2027, 3
TARGETS = {"SQLite, full sync": 40.0, "PostgreSQL": 12.0}
EPIPHANY = date(2027, 1, 8)  # a Friday that nobody has off


@dataclass(frozen=True)
class Filled:
    """A hospital with many open cases, and who keeps its calendar."""

    engine: Engine
    admin: Actor


def fill(engine: Engine, number: int) -> Filled:
    """So many open cases, copies of one, with four clocks each that end in a year of which nobody compared the days."""
    with databases.open_session(engine, write=True) as session:
        world = World(session, now=NOW)
        model = world.case_in("submitted")
        event = session.scalars(select(Clock.opened_by_event_id).where(Clock.case_id == model.id)).first()
        session.execute(delete(Clock))
        columns = {column.name: getattr(model, column.name) for column in Case.__table__.columns}
        cases = [columns | {"id": new_id(), "code": f"HGA-X-{place:07}"} for place in range(number)]
        clocks = [_clock(case["id"], name, event, place) for place, case in enumerate(cases) for name in CLOCKS]
        for model_of, rows in ((Case, cases), (Clock, clocks)):
            for first in range(0, len(rows), 1000):
                session.connection().execute(insert(model_of.__table__), rows[first : first + 1000])  # type: ignore[arg-type]
        session.commit()
    _ends(engine)
    return Filled(engine, world.people["admin"])


def _clock(case_id: str, name: str, event: str | None, place: int) -> dict[str, Any]:
    starts = {"K-RES": 15, "K-INF": 51, "K-REP": 45, "K-CON": 40}[name]  # days after the first of November
    known = {"case_id": case_id, "clock": name, "opened_by_event_id": event, "opened_at": NOW, "variant": ""}
    return known | {"id": new_id(), "starts_on": date(2026, 11, 1) + timedelta(days=starts + place % 60)}


def _ends(engine: Engine) -> None:
    """Count every end once, as the steps would have."""
    recounting.run(lambda: databases.open_session(engine, write=True), NOW)


def confirm(filled: Filled) -> None:
    """State that the year was compared, and take that back: two changes."""
    _change(filled, lambda session: calendar_entries.confirm_year(*_year(session, filled), {"source": "BOE"}, NOW))
    _change(filled, lambda session: calendar_entries.withdraw_year(*_year(session, filled), NOW))


def move(filled: Filled) -> None:
    """Enter a day off, and take it back: two changes."""
    given = {EPIPHANY: "Luto"}
    _change(filled, lambda session: calendar_entries.enter(session, filled.admin, "ES-MD", given, "BOE", NOW))
    _change(filled, lambda session: calendar_entries.remove_day(session, filled.admin, _entered(session), NOW))


def _year(session: Session, filled: Filled) -> tuple[Session, Actor, str, int]:
    return session, filled.admin, "ES-MD", YEAR


def _entered(session: Session) -> str:
    return session.scalars(select(CalendarDay.id)).one()


def _change(filled: Filled, act: Callable[[Session], object]) -> None:
    with databases.open_session(filled.engine, write=True) as session:
        act(session)
        session.commit()


def by_plain_sql(filled: Filled, column: str, values: tuple[object, object]) -> None:
    """Read every open clock that ends in the year and write one column of it, twice, through the driver."""
    raw = filled.engine.raw_connection()
    is_sqlite = filled.engine.dialect.name == "sqlite"
    mark, wanted = (
        "?" if is_sqlite else "%s",
        "SELECT id, starts_on, due_on, provisional FROM clocks WHERE due_on >= {0}",
    )
    try:
        cursor = raw.cursor()
        for value in values:
            cursor.execute("BEGIN IMMEDIATE" if is_sqlite else "SELECT 1")
            rows = cursor.execute(wanted.format(mark), (f"{YEAR}-01-01",)).fetchall()
            written = [(value, row[0]) for row in rows]
            cursor.executemany(f"UPDATE clocks SET {column} = {mark} WHERE id = {mark}", written)
            cursor.execute("COMMIT") if is_sqlite else raw.commit()
    finally:
        raw.close()


def table_rows(name: str, engine: Engine, number: int) -> list[list[str]]:
    """The lines of one database: both changes, seconds of each."""
    filled = fill(engine, number)
    false, true = (0, 1) if engine.dialect.name == "sqlite" else (False, True)
    works: list[tuple[str, Callable[[Filled], None], str, tuple[object, object]]] = [
        ("a year is compared", confirm, "provisional", (false, true)),
        ("a day moves terms", move, "variant", ("x", "")),
    ]
    return [_row(name, filled, *work) for work in works]


def _row(
    name: str, filled: Filled, label: str, work: Callable[[Filled], None], column: str, values: tuple[object, object]
) -> list[str]:
    found = interleaved(
        {
            "service": lambda: work(filled),
            "plain": lambda: by_plain_sql(filled, column, values),
        },
        ROUNDS,
    )
    with databases.open_session(filled.engine) as session:
        moves = session.scalar(select(func.count()).select_from(ClockMove))
    service, plain = found["service"] / 2, found["plain"] / 2
    figures = [f"{plain:.2f}", f"{service:.2f}", f"{moves}"]
    return [name, label, *figures, f"<= {TARGETS[name]:.0f} x", ratio(service, plain)]


def main() -> None:
    """Measure on every database there is."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with databases.every() as engines:
        rows = [row for name, engine in engines.items() for row in table_rows(name, engine, number)]
    heads = ("database", "change", "plain SQL, s", "service, s", "moves", "target", "ratio")
    print_table(f"A calendar changes under {number} open cases with {len(CLOCKS)} clocks each", heads, rows)


if __name__ == "__main__":
    main()
