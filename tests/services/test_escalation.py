"""A clock near its end, and past it: told once to whoever must act, then to those above; never an act of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from compassionate.clock import civil_date
from compassionate.deadlines.calendars import Calendar
from compassionate.models import Case, Clock
from compassionate.services.escalation import escalate, warns_on
from tests.services.notice_world import Telling

pytestmark = pytest.mark.one_database  # but for what two of them do at once

MADRID = Calendar(("ES-MD",))


@pytest.fixture
def held(fresh_engine, vault) -> Iterator[Telling]:
    found = Telling(fresh_engine, vault)
    yield found
    found.world.session.close()


@pytest.fixture
def case(held: Telling) -> Case:
    """One whose correction the agency asked for: the house has ten working days."""
    world = held.world
    asked = world.case_in("submitted")
    world.act(
        asked, "pharmacist", "record_correction_request", notified_on=str(world.today), text="Falta", channel="mse"
    )
    world.session.commit()
    return asked


def due(held: Telling, name: str = "K-SUB") -> date:
    with held.read() as session:
        return session.scalars(select(Clock.due_on).where(Clock.clock == name)).one()


def run(held: Telling, day: date, hour: int = 12) -> int:
    at = datetime.combine(day, held.world.now.timetz()).replace(hour=hour)
    assert civil_date(at, "Europe/Madrid") == day
    return escalate(held.read, held.write, at)


def who(held: Telling, kind: str, clock: str = "K-SUB") -> set[str]:
    return {name for name, told, of in held.told() if (told, of) == (kind, clock)}


def test_a_warning_counts_working_days():
    assert warns_on(date(2026, 3, 13), 3, MADRID) == date(2026, 3, 10)
    assert warns_on(date(2026, 3, 10), 3, MADRID) == date(2026, 3, 5)  # a weekend between
    assert warns_on(date(2026, 4, 6), 3, MADRID) == date(2026, 3, 30)  # and Thursday and Friday of Holy Week
    assert warns_on(date(2026, 3, 13), 0, MADRID) == date(2026, 3, 13)


def test_near_its_end_those_who_must_act_are_told_once(held: Telling, case: Case):
    first = warns_on(due(held), 3, MADRID)
    assert run(held, first - timedelta(days=1)) == 0
    assert run(held, first) == 2
    assert who(held, "near") == {"physician", "pharmacist"}
    assert [run(held, first), run(held, first + timedelta(days=1)), run(held, first - timedelta(days=1))] == [0, 0, 0]


def test_past_its_end_those_above_are_told_too(held: Telling, case: Case):
    assert run(held, due(held)) == 2
    assert run(held, due(held) + timedelta(days=1)) == 4
    assert who(held, "past") == {"physician", "pharmacist", "regulatory", "director"}
    assert run(held, due(held) + timedelta(days=9)) == 0


def test_after_days_of_downtime_only_what_holds_now_is_told(held: Telling, case: Case):
    assert run(held, due(held) + timedelta(days=8)) == 4
    assert who(held, "near") == set()


def test_an_end_that_moved_is_told_again(held: Telling, case: Case):
    run(held, due(held))
    held.world.session.execute(update(Clock).where(Clock.clock == "K-SUB").values(due_on=due(held) + timedelta(days=7)))
    held.world.session.commit()
    assert run(held, due(held)) == 2


def test_a_closed_a_suspended_and_a_blocked_clock_tell_nobody(held: Telling, case: Case):
    session, day = held.world.session, due(held) + timedelta(days=1)
    session.execute(update(Case).values(blocked_at=held.world.now))
    session.commit()
    assert run(held, day) == 0
    session.execute(update(Case).values(blocked_at=None))
    session.execute(update(Clock).values(suspended_at=held.world.now))
    session.commit()
    assert run(held, day) == 0
    session.execute(update(Clock).values(suspended_at=None, closed_at=held.world.now))
    session.commit()
    assert run(held, day) == 0


def test_the_hospital_says_how_many_days_ahead(held: Telling, case: Case):
    held.world.centre.settings = {"warning_days": 0}
    held.world.session.commit()
    assert (run(held, due(held) - timedelta(days=1)), run(held, due(held))) == (0, 2)


def test_when_the_agency_is_late_the_regulatory_officer_claims_and_the_case_stands_still(held: Telling):
    case = held.world.case_in("submitted")
    held.world.session.commit()
    ends = due(held, "K-RES")
    assert run(held, ends) == 0
    assert run(held, ends + timedelta(days=1)) == 1
    assert who(held, "past", "K-RES") == {"regulatory"}
    held.world.session.refresh(case)
    assert case.state == "submitted"  # silence permits nothing (Ley 39/2015 art. 24.1)


@pytest.mark.both_databases
def test_two_runs_at_once_tell_once(held: Telling, case: Case):
    day = due(held) + timedelta(days=1)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: run(held, day), range(4))) == len(held.told()) == 4
