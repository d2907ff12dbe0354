"""Where the time goes, with 20,000 cases and 200,000 waits of ten years: a year, and all of it, against plain SQL.

    python -m benchmarks.durations [NUMBER OF CASES]

Rows are written in bulk here, which nothing else may do: what is measured is reading them. The baseline reads the same
waits through the driver and does nothing with them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from benchmarks import databases
from benchmarks.case_list import analyse
from benchmarks.timing import interleaved, ratio
from compassionate.models import Case, CaseEvent, Decision, Dose, Request, Wait, new_id
from compassionate.services.actors import Actor
from compassionate.services.durations import MONTH, Durations, Filters, durations
from tests.world import World

CASES = 20_000
YEARS = 10
START = datetime(2020, 3, 1, 9, tzinfo=UTC)
END = START + timedelta(days=365 * YEARS)
DAY = timedelta(days=1)
# State, whose turn, and the days that half of the cases take.
WAY = (
    ("draft", "opener", 1.0), ("screening", "physician", 3.0), ("preparing", "physician", 5.0),
    ("preparing", "pharmacist", 2.0), ("preparing", "sponsor", 5.0), ("awaiting_endorsement", "director", 6.0),
    ("ready_to_submit", "pharmacist", 2.0), ("submitted", "agency", 1.5), ("authorised", "pharmacist,physician", 12.0),
    ("in_treatment", "physician,pharmacist", 90.0),
)  # fmt: skip
FILED, DECIDED, DOSED = 6, 7, 8  # the step of the way that ends with it


def course(random: Random, opened: datetime) -> list[tuple[str, str, datetime, datetime]]:
    """The waits of a case, those that are over before the end of it all."""
    found, at = [], opened
    for state, owner, median in WAY:
        until = at + median * random.lognormvariate(0, 0.9) * DAY
        found.append((state, owner, at, until))
        at = until
    return found


def fill(session: Session, model: Case, number: int, random: Random) -> None:
    """Copies of a case, each with a course, a filing, a decision and a dose as far as it came."""
    step = session.query(CaseEvent).filter_by(case_id=model.id).first()
    assert step is not None
    proof = {"event_id": step.id}
    tables: dict[Any, list[dict[str, Any]]] = {Case: [], Wait: [], Request: [], Decision: [], Dose: []}
    columns = {column.name: getattr(model, column.name) for column in Case.__table__.columns}
    for place in range(number):
        opened = START + random.random() * (END - START)
        waits = [each for each in course(random, opened) if each[2] < END]
        state, owner, since, _ = waits[-1]
        if waits[-1][3] < END:
            state, owner, since = "closed", "", waits[-1][3]
        case = columns | {
            "id": new_id(),
            "code": f"HGA-X-{place:07}",
            "opened_at": opened,
            "state": state,
            "turn": owner,
            "since_at": since,
        }
        over = [each for each in waits if each[3] < END]
        tables[Case].append(case)
        tables[Wait] += [
            {"id": new_id(), "case_id": case["id"], "state": state, "turn": owner, "from_at": begun, "until_at": until}
            for state, owner, begun, until in over
        ]
        _mark(tables, case, [each[3] for each in over], proof)
    for model_, rows in tables.items():
        for first in range(0, len(rows), 1000):
            session.connection().execute(insert(model_.__table__), rows[first : first + 1000])


def _mark(tables: dict[Any, list[dict[str, Any]]], case: dict[str, Any], ends: list[datetime], proof: Any) -> None:
    key = {"case_id": case["id"], **proof}
    filed = {"submitted_at": ends[FILED], "submitted_by_id": case["opened_by_id"]} if len(ends) > FILED else {}
    nothing = {"submitted_at": None, "submitted_by_id": None}
    tables[Request].append({"id": new_id(), "case_id": case["id"], "number": 0, **nothing, **filed})
    if len(ends) > DECIDED:
        on = ends[DECIDED].date()
        given = {"outcome": "authorised", "channel": "mse", "decided_on": on, "seen_on": on}
        tables[Decision].append({"id": new_id(), "request_number": 0, **key, **given})
    if len(ends) > DOSED:
        dose = {"act": "administration", "line_number": 1, "batch": "L1", "units": 1, "given_on": ends[DOSED].date()}
        tables[Dose].append(
            {"id": new_id(), "expires_on": date(2030, 1, 1), "by_id": case["opened_by_id"], **key, **dose}
        )


def hospital(engine: Engine, number: int) -> Actor:
    """A hospital with so many cases; returns its director."""
    with databases.open_session(engine, write=True) as session:
        world = World(session, now=START)
        model = world.open_case()
        session.flush()
        fill(session, model, number - 1, Random(10))
        session.commit()
        analyse(session)
        return world.people["director"]


PLAIN = (
    "SELECT w.case_id, w.state, w.turn, w.from_at, w.until_at FROM waits w JOIN cases c ON c.id = w.case_id "
    "WHERE c.centre_id IN ({mark}) AND w.until_at >= {mark}"
)


@contextmanager
def plain(engine: Engine, actor: Actor) -> Iterator[Callable[[date], object]]:
    """The same waits through the driver."""
    is_sqlite = engine.dialect.name == "sqlite"
    query = PLAIN.format(mark="?" if is_sqlite else "%s")
    raw = engine.raw_connection()
    cursor = raw.cursor()
    yield lambda since: cursor.execute(query, (*actor.centres(), str(since) if is_sqlite else since)).fetchall()
    raw.close()


def statements(engine: Engine, work: Callable[[], object]) -> int:
    """How many statements it takes."""
    seen = []
    listen = (engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    event.listen(*listen)
    work()
    event.remove(*listen)
    return len(seen)


def asked(name: str, engine: Engine, number: int) -> list[list[str]]:
    """What the figures of a year and of all years cost."""
    actor = hospital(engine, number)
    last, every = END.date(), START.date()
    year = last - timedelta(days=365)
    with databases.open_session(engine) as session, plain(engine, actor) as read:

        def figures(since: date) -> Durations:
            session.rollback()
            return durations(session, actor, Filters(since, last + DAY), END)

        found = interleaved(
            {
                "read_year": lambda: read(year),
                "year": lambda: figures(year),
                "months": lambda: figures(year).by(MONTH),
                "read_every": lambda: read(every),
                "every": lambda: figures(every),
            },
            rounds=3,
        )
        count = statements(engine, lambda: figures(year))
    pairs = (
        ("a year / its waits by plain SQL", "year", "read_year"),
        ("a year by month / a year", "months", "year"),
        ("ten years / their waits by plain SQL", "every", "read_every"),
    )
    rows = [
        [name, label, f"{1000 * found[base]:.0f}", f"{1000 * found[mine]:.0f}", ratio(found[mine], found[base])]
        for label, mine, base in pairs
    ]
    return [*rows, [name, "statements", "", str(count), ""]]


def main() -> None:
    """Measure on every database there is."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    databases.compared(
        f"Where the time goes, {number} cases of {YEARS} years", lambda name, engine: asked(name, engine, number)
    )


if __name__ == "__main__":
    main()
