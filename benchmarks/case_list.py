"""The list of cases with 10,000 of them: deep pages by keyset against OFFSET, and what a page costs beside plain SQL.

    python -m benchmarks.case_list [NUMBER OF CASES]

Rows are written in bulk here, which nothing else may do: what is measured is reading them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from benchmarks import databases
from benchmarks.timing import interleaved, print_table, ratio
from compassionate.models import Case, Centre, new_id
from compassionate.services.actors import Actor
from compassionate.services.case_lists import DUE, PAGE, Filters, list_cases
from compassionate.workflow import engine as workflow
from tests.world import World

CASES = 10_000
REPEATED = 20  # pages a run
NEXT = 50  # cases whose next steps are asked for
START = datetime(2024, 1, 8, 9, tzinfo=UTC)


def fill(engine: Engine, number: int) -> Actor:
    """A hospital with so many cases, copies of one; returns somebody who may read them all."""
    random = Random(10)
    states = list(workflow.latest("es-individual").case.states)
    with databases.open_session(engine, write=True) as session:
        world = World(session, now=START)
        model = world.open_case()
        session.flush()
        columns = {column.name: getattr(model, column.name) for column in Case.__table__.columns}
        rows = [columns | _copy(random, states, place) for place in range(number - 1)]
        for first in range(0, len(rows), 1000):
            session.connection().execute(insert(Case.__table__), rows[first : first + 1000])  # type: ignore[arg-type]
        session.commit()
        analyse(session)
        return world.people["pharmacist"]


def analyse(session: Session) -> None:
    """PostgreSQL counts its rows by itself sooner or later; SQLite never does, and the product never asks it to."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))
        session.commit()


def _copy(random: Random, states: list[Any], place: int) -> dict[str, Any]:
    state = random.choice(states)
    since = START + timedelta(minutes=random.randrange(1_000_000))
    return {
        "id": new_id(),
        "code": f"HGA-X-{place:07}",
        "state": state.id,
        "turn": ",".join(state.turn),
        "since_at": since,
        # A clock runs in one case of eight: those are what the order by legal date begins with.
        "due_on": (since + timedelta(days=90)).date() if random.randrange(8) == 0 else None,
    }


def deep_cursor(session: Session, actor: Actor, number: int) -> str:
    """The cursor of the page that ends the list."""
    _, after = list_cases(session, actor, Filters(), limit=number - PAGE)
    return after


def due_cursor(session: Session, actor: Actor, number: int) -> str:
    """The cursor of the page that ends the list by legal date."""
    _, after = list_cases(session, actor, Filters(), number - PAGE, order=DUE)
    return after


def by_offset(session: Session, actor: Actor, offset: int) -> list[Any]:
    """The same columns of the same page, by counting through all before it."""
    wanted = (
        select(Case.id, Case.code, Case.state, Centre.code, Case.version, Case.turn, Case.since_at)
        .join(Centre, Case.centre_id == Centre.id)
        .where(Case.centre_id.in_(actor.centres()))
        .order_by(Case.since_at, Case.id)
    )
    return list(session.execute(wanted.offset(offset).limit(PAGE)))


def repeatedly(work: Callable[[], object]) -> Callable[[], object]:
    """The same page some times over."""
    return lambda: [work() for _ in range(REPEATED)]


PLAIN = (
    "SELECT c.id, c.code, c.pathway, c.pathway_version, c.state, z.code, p.name, c.version, c.turn, c.since_at, a.name "
    "FROM cases c JOIN centres z ON z.id = c.centre_id JOIN products p ON p.id = c.product_id "
    "LEFT JOIN accounts a ON a.id = c.physician_id WHERE c.centre_id IN ({mark}) "
    "ORDER BY c.since_at, c.id LIMIT {limit}"
)


@contextmanager
def plain_page(engine: Engine, actor: Actor) -> Iterator[Callable[[], object]]:
    """The first page by plain SQL through the driver."""
    query = PLAIN.format(mark="?" if engine.dialect.name == "sqlite" else "%s", limit=PAGE + 1)
    raw = engine.raw_connection()
    cursor = raw.cursor()
    yield lambda: cursor.execute(query, actor.centres()).fetchall()
    raw.close()


def pages(name: str, engine: Engine, number: int) -> list[list[str]]:
    """What a page costs, at the front and at the end."""
    actor = fill(engine, number)
    with databases.open_session(engine) as session, plain_page(engine, actor) as plain:
        after, after_due = deep_cursor(session, actor, number), due_cursor(session, actor, number)
        found = interleaved(
            {
                "plain": repeatedly(plain),
                "first": repeatedly(lambda: list_cases(session, actor, Filters())),
                "deep": repeatedly(lambda: list_cases(session, actor, Filters(), after=after)),
                "due": repeatedly(lambda: list_cases(session, actor, Filters(), order=DUE)),
                "due_deep": repeatedly(lambda: list_cases(session, actor, Filters(), after=after_due, order=DUE)),
                "open": repeatedly(lambda: list_cases(session, actor, Filters(open_only=True))),
                "filtered": repeatedly(lambda: list_cases(session, actor, Filters(state="authorised"))),
                "offset": repeatedly(lambda: by_offset(session, actor, number - PAGE)),
            }
        )
    shown = {key: f"{1000 * seconds / REPEATED:.2f}" for key, seconds in found.items()}
    pairs = (
        ("deep page by keyset / by OFFSET", "deep", "offset"),
        ("deep page / first page", "deep", "first"),
        ("first page of one state / first page", "filtered", "first"),
        ("first page by legal date / by waiting time", "due", "first"),
        ("deep page by legal date / first by legal date", "due_deep", "due"),
        ("first page of open cases / first page", "open", "first"),
        ("first page / plain SQL", "first", "plain"),
    )
    return [[name, label, shown[base], shown[mine], ratio(found[mine], found[base])] for label, mine, base in pairs]


def next_steps() -> list[str]:
    """What may be asked next for fifty listed cases, against a dict of state and names."""
    region = workflow.latest("es-individual").case
    random = Random(50)
    listed = [random.choice(region.states).id for _ in range(NEXT)]
    known = {state.id: tuple(row.name for row in workflow.leaving(region, state.id)) for state in region.states}
    found = interleaved(
        {
            "table": lambda: [[row.name for row in workflow.leaving(region, state)] for state in listed],
            "dict": lambda: [known[state] for state in listed],
        }
    )
    label = f"next steps of {NEXT} cases: table / dict"
    times = [f"{1000 * found[key]:.3f}" for key in ("dict", "table")]
    return ["no database", label, *times, ratio(found["table"], found["dict"])]


def main() -> None:
    """Measure on every database there is."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with databases.every() as engines:
        rows = [row for name, engine in engines.items() for row in pages(name, engine, number)]
    heads = ("database", "compared", "baseline, ms", "ours, ms", "ratio")
    print_table(f"The list of cases, {number} of them, {PAGE} a page", heads, [*rows, next_steps()])


if __name__ == "__main__":
    main()
