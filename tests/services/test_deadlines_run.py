"""Counting again: twice at once, after days of downtime, when the hour changes and when the machine's clock jumps.

TIM-04, TIM-06, TIM-07: the same facts and calendars give the same days whenever and however often they are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE
from compassionate.models import CalendarDay, Case, Clock, ClockMove, ClockStop, new_id
from compassionate.models.database import WRITE
from compassionate.models.vault import Vault
from compassionate.services import recounting
from compassionate.services.deadlines import ANSWERED, DAYS, day_of
from compassionate.services.recounting import Run
from compassionate.workflow.inputs import Input
from compassionate.workflow.values import Reading, read
from tests.world import World

FAR = timedelta(days=40)
# The instants around which the hour changes in Spain: 29 March 2026 has 23 hours, 25 October 2026 has 25.
CHANGES = [
    datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
]


@pytest.fixture
def held(fresh_engine: Engine, vault: Vault) -> Iterator[tuple[World, Case]]:
    """A committed case of which the agency asked something, and a day off entered behind everybody's back."""
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case = world.asked_case()
        session.commit()
        yield world, case


def correct(world: World, case: Case) -> date:
    """Enter the clock's last day as a day off; returns that day."""
    on = case.due_on
    assert on is not None
    world.session.add(
        CalendarDay(id=new_id(), place="ES-MD", on=on, name="Luto", by_id=case.opened_by_id, at=world.now)
    )
    world.session.commit()
    return on


def counted(engine: Engine, world: World, now: datetime) -> Run:
    @contextmanager
    def write() -> Iterator[Session]:
        with Session(engine, info=world.session.info) as session:
            session.connection(execution_options=WRITE)
            yield session

    return recounting.run(write, now)


def ends(world: World) -> dict[str, date | None]:
    world.session.expire_all()
    found = {row.clock: row.due_on for row in world.session.scalars(select(Clock))}
    world.session.rollback()
    return found


def test_two_runs_at_once_note_a_move_once(
    fresh_engine: Engine, held: tuple[World, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, case = held
    before = correct(world, case)
    now, meeting, settle = world.tick(), Barrier(2), recounting.settle

    def slowly(*given: object) -> bool:
        with suppress(BrokenBarrierError):  # where one waits for the other, as it must, they never meet here
            meeting.wait(0.5)
        return settle(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(recounting, "settle", slowly)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: counted(fresh_engine, world, now), range(2)))
    assert sorted(len([name for _, name, *_ in run.moved if name == "K-SUB"]) for run in runs) == [0, 1]
    clock = world.session.scalars(select(Clock).where(Clock.clock == "K-SUB")).one()
    moves = world.session.scalars(select(ClockMove).where(ClockMove.clock_id == clock.id)).all()
    assert [(row.before_on, row.after_on, row.why) for row in moves] == [(before, clock.due_on, "calendar")]


def test_a_run_after_weeks_of_downtime_finds_what_daily_runs_would_have_found(
    fresh_engine: Engine, held: tuple[World, Case]
) -> None:
    world, case = held
    correct(world, case)
    late = counted(fresh_engine, world, world.now + FAR)
    assert "K-SUB" in {name for _, name, *_ in late.moved}
    after = ends(world)
    for days in range(3):
        assert counted(fresh_engine, world, world.now + FAR + timedelta(days=days)).moved == []
    assert ends(world) == after


def test_neither_a_change_of_the_hour_nor_a_jump_of_the_clock_moves_an_end(
    fresh_engine: Engine, held: tuple[World, Case]
) -> None:
    world, _ = held
    before, day = ends(world), timedelta(days=1)
    for now in (*CHANGES, world.now + day, world.now - day, world.now):
        assert counted(fresh_engine, world, now).moved == [], now
    assert ends(world) == before


@pytest.mark.parametrize(
    ("filed", "on"),
    [
        ("2026-03-28T22:59:00+00:00", date(2026, 3, 28)),
        ("2026-03-28T23:30:00+00:00", date(2026, 3, 29)),
        ("2026-03-29T21:59:00+00:00", date(2026, 3, 29)),
        ("2026-03-29T22:00:00+00:00", date(2026, 3, 30)),
        ("2026-10-24T22:00:00+00:00", date(2026, 10, 25)),
        ("2026-10-25T22:59:59+00:00", date(2026, 10, 25)),
        ("2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ("2026-12-31T23:00:00+00:00", date(2027, 1, 1)),
        ("2026-07-05T23:30:00-01:00", date(2026, 7, 6)),
    ],
)
def test_the_day_of_a_filing_is_that_of_the_agencys_seat_also_in_the_days_of_23_and_25_hours(
    filed: str, on: date
) -> None:
    """Ley 39/2015 art. 31.2: the registry's own date and hour."""
    assert day_of({"submitted_at": filed}, DAYS["filing"], datetime(2026, 1, 1, tzinfo=UTC)) == on
    assert day_of({"answered_at": datetime.fromisoformat(filed)}, ANSWERED, datetime(2026, 1, 1, tzinfo=UTC)) == on


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # an hour that there is not: the one after
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # an hour that comes twice: the first
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_hours_that_are_not_or_are_twice_keep_their_day(typed: str, instant: datetime) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    asked = Input("submitted_at", "datetime")
    found = read((asked,), {"submitted_at": typed}, Reading(now=now, zone=AGENCY_ZONE.key))["submitted_at"]
    assert found == instant
    assert day_of({"submitted_at": found}, DAYS["filing"], now) == date.fromisoformat(typed[:10])


def test_clocks_that_were_opened_before_days_were_kept_get_them_from_their_steps(
    fresh_engine: Engine, held: tuple[World, Case]
) -> None:
    world, case = held
    session = world.session
    clocks = {row.clock: row for row in session.scalars(select(Clock).where(Clock.case_id == case.id))}
    known = {name: (row.starts_on, row.due_on) for name, row in clocks.items()}
    session.execute(delete(ClockMove))
    session.execute(delete(ClockStop))
    for row in clocks.values():
        row.starts_on = row.due_on = None
    session.commit()
    assert counted(fresh_engine, world, world.now).moved == []
    session.expire_all()
    assert {name: (row.starts_on, row.due_on) for name, row in clocks.items()} == known
    assert clocks["K-RES"].due_on is None
    assert session.scalars(select(ClockMove)).all() == []
