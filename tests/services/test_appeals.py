"""The appeal against a denial: two clocks that run at once, a court that waits, and silence that closes nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from compassionate.errors import Refused
from compassionate.models import Case, Clock, Decision
from compassionate.services.advance import ask, possible
from compassionate.services.appeals import of_request, undecided
from compassionate.services.replay import disagreements
from tests.world import World

MADRID = ZoneInfo("Europe/Madrid")
NOTIFIED = date(2026, 7, 31)


@pytest.fixture
def world(session):
    return World(session)


def deny(world: World, appeal: str = "reposicion", on: date = NOTIFIED) -> Case:
    """A case denied, and notified on a day."""
    case = world.case_in("submitted")
    world.now = datetime(on.year, on.month, on.day, 9, tzinfo=MADRID)
    denial: dict[str, Any] = {"channel": "mse", "decided_on": str(on), "notified_on": str(on), "grounds": ["risk"]}
    world.act(case, "pharmacist", "record_denial", **denial, appeal_named=appeal)
    return case


def at(world: World, day: date) -> None:
    world.now = datetime(day.year, day.month, day.day, 9, tzinfo=MADRID)


def running(world: World, case: Case) -> dict[str, date | None]:
    """The clocks that are open, each with its end; one that stands still has none to say."""
    rows = world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None)))
    return {":".join(filter(None, (row.clock, row.variant))): None if row.suspended_at else row.due_on for row in rows}


def act(world: World, case: Case, step: str, **values: str) -> None:
    world.act(case, "regulatory", f"{step}@appeal-0", **values)


def file(world: World, case: Case, step: str = "file_appeal", **values: str) -> None:
    act(world, case, step, filed_at=world.now.isoformat(), **values)


def dismissed(on: date) -> dict[str, str]:
    return {"decided_on": str(on), "notified_on": str(on), "channel": "mse"}


def state(case: Case, number: int = 0) -> str:
    return of_request(case, number)[-1].state


def why_not(world: World, case: Case, step: str) -> list[str]:
    answer = ask(world.session, world.people["regulatory"], case, step, world.tick())
    return [reason.code for reason in answer.reasons]


def test_a_denial_opens_both_ways_at_once_and_august_counts_for_one_of_them_only(world):
    case = deny(world)
    assert state(case) == "open"
    # A month date to date from 31 July; two months without August end on 31 October, a Saturday, and the Monday is a
    # holiday in Madrid.
    assert running(world, case) == {"K-REP": date(2026, 8, 31), "K-CON": date(2026, 11, 3)}
    assert (case.due_clock, case.due_on) == ("K-REP", date(2026, 8, 31))


def test_once_the_appeal_is_filed_the_court_waits(world):
    case = deny(world)
    at(world, date(2026, 8, 20))
    file(world, case)
    assert state(case) == "filed"
    assert running(world, case) == {"K-REPR": date(2026, 9, 21), "K-CON": None}  # 20 September is a Sunday
    assert "state.not_source" in why_not(world, case, "file_court@appeal-0")
    assert undecided(case)
    assert "appeal.open" in why_not(world, case, "close")


def test_a_dismissal_opens_two_new_months_from_its_own_notification(world):
    case = deny(world)
    at(world, date(2026, 8, 20))
    file(world, case)
    at(world, date(2026, 9, 10))
    act(world, case, "record_appeal_dismissed", **dismissed(date(2026, 9, 10)))
    assert state(case) == "dismissed"
    assert running(world, case) == {"K-CON": date(2026, 11, 10)}


def test_silence_is_nothing_before_the_term_is_over_and_closes_nothing_after_it(world):
    case = deny(world)
    at(world, date(2026, 8, 20))
    file(world, case)
    at(world, date(2026, 9, 21))
    assert why_not(world, case, "record_appeal_silence@appeal-0") == ["appeal.answer_in_time"]
    at(world, date(2026, 10, 5))
    assert (state(case), running(world, case)["K-REPR"]) == ("filed", date(2026, 9, 21))  # time alone moves nothing
    act(world, case, "record_appeal_silence")
    # Six months from the day on which the silence came about, not from the day on which somebody wrote it down.
    assert running(world, case) == {"K-CON:silence": date(2027, 3, 22)}
    act(world, case, "record_appeal_dismissed", **dismissed(date(2026, 10, 5)))  # a late answer is an answer
    # 5 December is a Saturday, the two days after the Sunday are holidays.
    assert running(world, case) == {"K-CON": date(2026, 12, 9)}


def test_the_other_appeal_takes_three_months_and_the_court_opens_after_it_only(world):
    case = deny(world, "alzada", on=date(2026, 9, 1))
    assert list(running(world, case)) == ["K-REP"]
    assert why_not(world, case, "file_appeal@appeal-0") == ["appeal.higher_named"]
    assert why_not(world, case, "file_court@appeal-0") == ["appeal.higher_first"]
    assert why_not(world, case, "forgo_appeal@appeal-0") == ["appeal.higher_first"]
    file(world, case, "file_higher_appeal")
    assert running(world, case) == {"K-REPR:alzada": date(2026, 12, 1)}
    at(world, date(2026, 10, 1))
    act(world, case, "record_appeal_dismissed", **dismissed(date(2026, 10, 1)))
    file(world, case, "file_court", court="Audiencia Nacional")
    assert (state(case), running(world, case)) == ("court", {})


def test_a_denial_that_names_no_higher_appeal_has_none(world):
    case = deny(world)
    assert why_not(world, case, "file_higher_appeal@appeal-0") == ["appeal.higher_not_named"]


def test_one_may_go_straight_to_the_court_and_the_case_stays_open_until_its_judgment(world):
    case = deny(world)
    at(world, date(2026, 8, 31))
    act(world, case, "forgo_appeal", reason="La vía administrativa no aportaría nada")
    assert (state(case), running(world, case)) == ("court_open", {"K-CON": date(2026, 11, 3)})
    file(world, case, "file_court", court="Juzgado Central")
    assert why_not(world, case, "close") == ["appeal.open"]
    act(world, case, "record_judgment", notified_on=str(world.today), judgment="dismissed")
    assert state(case) == "final"
    world.act(case, "regulatory", "close")
    assert case.state == "closed"


def test_waiving_closes_both_clocks_with_its_reason_and_the_case_may_be_closed(world):
    case = deny(world)
    assert why_not(world, case, "close") == ["clocks.open"]
    act(world, case, "waive_appeal", reason="Se pedirá de nuevo con más pruebas")
    assert (state(case), running(world, case), case.due_on) == ("waived", {}, None)
    world.act(case, "regulatory", "close")


def grant(world: World, case: Case) -> None:
    day = str(world.today)
    values = {"channel": "mse", "decided_on": day, "seen_on": day, "packs_granted.1": "2"}
    world.act(case, "regulatory", "record_appeal_upheld", **values)


def test_an_appeal_upheld_authorises_and_ends_what_ran(world):
    case = deny(world)
    file(world, case)
    grant(world, case)
    assert (case.state, state(case), running(world, case)) == ("authorised", "upheld", {})
    assert not undecided(case)
    assert list(disagreements(world.session)) == []  # both moved, each by an event of its own


def test_what_was_upheld_in_part_leaves_the_court_for_the_rest(world):
    case = deny(world, on=date(2026, 9, 1))
    file(world, case)
    act(world, case, "record_appeal_partly_upheld", **dismissed(date(2026, 9, 1)))
    grant(world, case)
    assert (case.state, state(case), list(running(world, case))) == ("authorised", "upheld", ["K-CON"])
    act(world, case, "accept_resolution", reason="Basta con lo autorizado")
    assert (state(case), running(world, case)) == ("final", {})


def test_a_request_denied_again_has_an_appeal_of_its_own(world):
    case = deny(world)
    world.act(case, "physician", "prepare_again")
    assert state(case) == "open"  # asking anew takes no appeal away
    assert {"K-REP", "K-CON"} <= set(running(world, case))
    again = [each.action for each in possible(world.session, world.people["regulatory"], case, world.tick())]
    assert {"file_appeal@appeal-0", "waive_appeal@appeal-0"} <= set(again)


def test_the_denial_of_a_continuation_has_its_own_appeal_and_treatment_goes_on(world):
    case = world.case_in("in_treatment")
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    region = next(row for row in case.regions if row.kind == "continuation")
    region.state = "submitted"
    world.session.flush()
    day = str(world.today)
    values: dict[str, Any] = {"channel": "mse", "decided_on": day, "notified_on": day, "grounds": ["risk"]}
    world.act(case, "pharmacist", "record_denial@continuation-1", **values, appeal_named="reposicion")
    assert [row.instance for row in case.regions if row.kind == "appeal"] == ["appeal-1"]
    granted = {"channel": "mse", "decided_on": day, "seen_on": day, "packs_granted.1": "2"}
    world.act(case, "regulatory", "record_appeal_upheld@continuation-1", **granted)
    assert (case.state, state(case, 1), running(world, case)) == ("in_treatment", "upheld", {})
    assert len(list(world.session.scalars(select(Decision).where(Decision.case_id == case.id)))) == 3


def test_an_appeal_is_the_regulatory_officers_alone_and_gives_no_dose(world):
    case = deny(world)
    with pytest.raises(Refused):
        world.act(case, "physician", "waive_appeal@appeal-0", reason="No procede")
    assert state(case) == "open"
    with pytest.raises(Refused):
        world.dose(case)
