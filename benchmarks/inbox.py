"""An inbox of 2,000 open cases at a hospital that has many more behind it: does a page cost the same as at a small one?

    python -m benchmarks.inbox [NUMBER OF CASES]

The same pages on 10,000 cases and on so many, in one interleaved run; 2,000 of them are open in either, a fifth lie at
two other centres, one product and one physician have five cases. Rows are written in bulk here, which nothing else may
do: what is measured is reading them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from benchmarks import databases
from benchmarks.case_list import analyse
from benchmarks.timing import interleaved, print_table, ratio
from compassionate.clock import now
from compassionate.models import Case, new_id
from compassionate.services import worklists
from compassionate.services.actors import Actor
from compassionate.services.case_lists import DUE, OVERDUE, PAGE, SINCE, Filters, known, list_cases
from compassionate.services.searching import search
from compassionate.workflow import engine as workflow
from tests.world import World

SMALL, OPEN = 10_000, 2_000
RARE = 5
START = datetime(2024, 1, 8, 9, tzinfo=UTC)
Work = Callable[[Session], object]


def fill(engine: Engine, number: int) -> tuple[Actor, Actor]:
    """A hospital with so many cases; a pharmacist of it, and one who works at two others as well."""
    with databases.open_session(engine, write=True) as session:
        worlds = [World(session, code, now=START) for code in ("HGA", "HGB", "HGC")]
        rare = worlds[0].add_product("RARE")
        models = [world.open_case() for world in worlds]
        session.flush()
        held = [{column.name: getattr(model, column.name) for column in Case.__table__.columns} for model in models]
        seldom = {"product_id": rare.id, "physician_id": worlds[0].accounts["resident"].id}
        _write(session, held, seldom, number)
        session.commit()
        analyse(session)
        people = [world.people["pharmacist"] for world in worlds]
        return people[0], replace(people[0], held=tuple(each for one in people for each in one.held))


def _write(session: Session, held: list[dict[str, Any]], seldom: dict[str, Any], number: int) -> None:
    random = Random(4)
    states = [state for state in workflow.latest("es-individual").case.states if not state.final]
    opened = set(random.sample(range(number), OPEN))
    uncommon = {*random.sample(sorted(opened), 2), *random.sample(range(number), RARE)}
    batch: list[dict[str, Any]] = []
    for place in range(number):
        model = held[random.choice((0, 0, 0, 0, 0, 0, 0, 0, 1, 2))]
        row = model | _copy(random, random.choice(states) if place in opened else None, place, number)
        batch.append(row | (seldom if place in uncommon and model is held[0] else {}))
        if len(batch) == 1000 or place == number - 1:
            session.connection().execute(insert(Case.__table__), batch)  # type: ignore[arg-type]
            batch.clear()


def _copy(random: Random, state: Any, place: int, number: int) -> dict[str, Any]:
    since = START - timedelta(days=3600) + timedelta(days=3600 * place / number, minutes=random.randrange(10_000))
    due = now().date() + timedelta(days=random.randrange(-2, 90)) if state and random.randrange(4) == 0 else None
    return {
        "id": new_id(),
        "code": f"HGA-{2016 + 10 * place // number}-{place % 100_000:05}{place // 100_000:X}",
        "state": state.id if state else "closed",
        "turn": ",".join(state.turn) if state else "",
        "since_at": since,
        "due_on": due,
    }


def works(actor: Actor, several: Actor, deep: Callable[[Actor, str], str]) -> dict[str, Work]:
    """The pages that people open, by name."""
    page: Callable[..., Work] = lambda who, order=SINCE, after="", **more: (  # noqa: E731
        lambda session: list_cases(session, who, Filters(**more), PAGE, after, order)
    )
    opened = partial(page, open_only=True)
    return {
        "open, longest waiting": opened(actor),
        "open, by legal date": opened(actor, DUE),
        "open, of one's turn": opened(actor, turn="pharmacist"),
        "open, of a common product": opened(actor, product="MSV-HGA"),
        "open, of a rare product": opened(actor, product="RARE"),
        "open, of a common physician": opened(actor, physician="physician.hga"),
        "open, of a rare physician": opened(actor, physician="resident.hga"),
        "open, one's own": opened(actor, member_id=actor.account_id),
        "open, overdue": opened(actor, term=OVERDUE),
        "open, overdue, by legal date": opened(actor, DUE, term=OVERDUE),
        "all, deep": page(actor, after=deep(actor, SINCE)),
        "all, of a common product": page(actor, product="MSV-HGA"),
        "all, of a rare product": page(actor, product="RARE"),
        "all, of a rare physician": page(actor, physician="resident.hga"),
        "all, of one's turn": page(actor, turn="pharmacist"),
        "all, overdue": page(actor, term=OVERDUE),
        "all, of one state": page(actor, state="authorised"),
        "three centres, open": opened(several),
        "three centres, open, by legal date": opened(several, DUE),
        "three centres, all": page(several),
        "three centres, all, deep": page(several, after=deep(several, SINCE)),
        "three centres, all, by legal date, deep": page(several, DUE, deep(several, DUE)),
        "three centres, one of them": opened(several, centre="HGC"),
        "search, a whole code": lambda session: search(session, actor, "HGA-2016-000070"),
        "search, the beginning of ten codes": lambda session: search(session, actor, "HGA-2016-0000"),
        "search, the beginning of many": lambda session: search(session, several, "HGA-20"),
        "search, a rare product": lambda session: search(session, actor, "RARE"),
        "search, what is nothing": lambda session: search(session, actor, "HGA-2035-0"),
        "what filters may be set to": lambda session: known(session, several),
        "first screen, mine today": lambda session: worklists.waiting(
            session, several.centres(), ("awaiting_endorsement", "ready_to_submit"), "pharmacist"
        ),
        "first screen, a physician's": lambda session: worklists.of_physician(
            session, actor.centres(), actor.account_id
        ),
    }


def deep_cursor(session: Session, number: int) -> Callable[[Actor, str], str]:
    """The cursor of a page near the end of a list, by jumping there."""
    return lambda actor, order: list_cases(session, actor, Filters(), int(number * 0.75), order=order)[1]


def compared(name: str, engines: list[Engine], numbers: tuple[int, int]) -> list[list[str]]:
    """Milliseconds of each page at the small hospital and at the large one."""
    contestants: dict[str, Callable[[], object]] = {}
    sessions = [databases.open_session(engine) for engine in engines]
    for session, engine, number in zip(sessions, engines, numbers, strict=True):
        people = fill(engine, number)
        for label, work in works(*people, deep_cursor(session, number)).items():
            contestants[f"{number} {label}"] = partial(_repeat, work, session)
    found = interleaved(contestants)
    for session in sessions:
        session.close()
    labels = [each.partition(" ")[2] for each in contestants if each.startswith(f"{numbers[0]} ")]
    rows = []
    for label in labels:
        small, large = (found[f"{number} {label}"] / REPEATED for number in numbers)
        rows.append([name, label, f"{1000 * small:.2f}", f"{1000 * large:.2f}", ratio(large, small)])
    return rows


REPEATED = 2


def _repeat(work: Work, session: Session) -> None:
    for _ in range(REPEATED):
        work(session)


def main() -> None:
    """Measure on every database there is."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    numbers = SMALL, number
    rows: list[list[str]] = []
    with databases.sqlite() as first, databases.sqlite() as second:
        rows += compared("SQLite, full sync", [first, second], numbers)
    with databases.two_postgresql() as servers:
        rows += compared("PostgreSQL", servers, numbers) if servers else []
    heads = ("database", "page", f"{SMALL} cases, ms", f"{number} cases, ms", "ratio")
    print_table(f"An inbox of {OPEN} open cases, {PAGE} a page", heads, rows)


if __name__ == "__main__":
    main()
