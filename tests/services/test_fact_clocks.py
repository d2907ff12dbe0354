"""Clocks that facts open: a reaction that became known, a visit that was missed; and which clocks nothing opens yet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Clock, ClockMove
from compassionate.services import visits
from compassionate.services.advance import ask
from compassionate.services.reactions import open_reactions, settle_reaction
from tests.world import VISIT, World
from tests.world import miss as nobody_came

pytestmark = pytest.mark.one_database
DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def treated(world: World) -> Case:
    return world.case_in("in_follow_up")


def clocks(world: World, case: Case, name: str) -> list[Clock]:
    wanted = select(Clock).where(Clock.case_id == case.id, Clock.clock == name).order_by(Clock.opened_at, Clock.id)
    return list(world.session.scalars(wanted))


def visit(world: World, case: Case, name: str = "m3", on: date | None = None, **answers: Any) -> None:
    day = str(on or world.today)
    visits.record_visit(world.session, world.people["physician"], case, name, day, VISIT | answers, world.tick())


def ill(world: World, case: Case, on: date | None = None) -> None:
    visit(world, case, on=on, adverse_events=True, adverse_events_detail="Fiebre")


def miss(world: World, case: Case, name: str = "m3", status: str = "missed") -> None:
    if status == "missed":
        nobody_came(world, case, name)
    else:
        visits.skip_visit(world.session, world.people["nurse"], case, name, status, "No contesta", world.tick())


def settle(world: World, case: Case) -> None:
    owed = open_reactions(world.session, case)[0]
    settle_reaction(world.session, world.people["physician"], case, owed.id, "NotificaRAM 123", world.tick())


def why_not_close(world: World, case: Case) -> dict[str, Any]:
    answer = ask(world.session, world.people["regulatory"], case, "close", world.tick())
    return {reason.code: reason.params for reason in answer.reasons}


def test_a_suspected_reaction_is_owed_on_the_day_of_the_visit_that_told_of_it_until_it_is_settled(
    world: World, treated: Case
) -> None:
    """RD 1015/2009 art. 11.1.c: at once, so the last day is the day itself, also where it is written down later."""
    world.tick(24 * 5)
    heard = world.today - 3 * DAY
    ill(world, treated, on=heard)
    (held,) = clocks(world, treated, "K-ADR0")
    assert (held.starts_on, held.due_on, held.closed_at) == (heard, heard, None)
    assert (treated.due_on, treated.due_clock) == (heard, "K-ADR0")
    assert "reactions.open" in why_not_close(world, treated)
    settle(world, treated)
    assert held.closed_at is not None
    assert held.closed_by_event_id is not None
    assert treated.due_on is None
    assert {"reactions.open", "clocks.open"}.isdisjoint(why_not_close(world, treated))


def test_a_visit_whose_day_is_corrected_takes_the_open_clock_along_and_leaves_a_closed_one(
    world: World, treated: Case
) -> None:
    world.tick(24 * 5)
    ill(world, treated)
    (held,) = clocks(world, treated, "K-ADR0")
    told, right = held.due_on, world.today - 2 * DAY
    ill(world, treated, on=right)
    assert (held.starts_on, held.due_on, treated.due_on) == (right, right, right)
    world.session.flush()
    moves = world.session.scalars(select(ClockMove).where(ClockMove.clock_id == held.id)).all()
    assert [(move.before_on, move.after_on, move.why) for move in moves] == [(told, right, "fact")]
    settle(world, treated)
    ill(world, treated, on=right - DAY)
    assert [(row.due_on, row.closed_at is None) for row in clocks(world, treated, "K-ADR0")] == [(right, False)]


def test_a_death_after_treatment_owes_its_judgment_from_the_day_on_which_it_became_known(
    world: World, treated: Case
) -> None:
    day = str(world.today)
    world.tick(24 * 2)
    world.act(treated, "physician", "record_death", on=day, cause="Desconocida")
    (held,) = clocks(world, treated, "K-ADR0")
    assert held.due_on == world.today
    settle(world, treated)
    assert held.closed_at is not None


def test_a_patient_who_does_not_come_is_looked_for_until_a_later_visit_finds_them(world: World, treated: Case) -> None:
    treated_on = world.today
    miss(world, treated)
    (held,) = clocks(world, treated, "K-LTFU")
    assert held.starts_on is not None
    assert held.due_on == held.starts_on + 90 * DAY
    miss(world, treated)
    visit(world, treated, "baseline", on=treated_on)  # an earlier visit, written down late, finds nobody
    assert [row.closed_at for row in clocks(world, treated, "K-LTFU")] == [None]
    world.tick(24 * 200)
    visit(world, treated, "m6", on=world.today)
    assert held.closed_at is not None


@pytest.mark.parametrize("how", ["waived", "done", "lost", "dead"])
def test_whatever_else_ends_the_search_ends_its_clock(world: World, treated: Case, how: str) -> None:
    miss(world, treated)
    (held,) = clocks(world, treated, "K-LTFU")
    if how == "waived":
        miss(world, treated, status="waived")
    elif how == "done":
        visit(world, treated, "m3")
    elif how == "lost":
        for channel in ("telephone", "letter", "email"):
            given = {"on": str(world.today), "channel": channel, "outcome": "Nadie contesta"}
            visits.record_attempt(world.session, world.people["nurse"], treated, given, world.tick())
        world.act(treated, "nurse", "record_lost_to_follow_up")
    else:
        world.act(treated, "physician", "record_death", on=str(world.today), cause="Desconocida")
    assert held.closed_at is not None


def test_looking_for_a_patient_stands_in_the_way_of_no_closing_and_ends_with_it(world: World, treated: Case) -> None:
    miss(world, treated, "m12")
    for name in ("baseline", "m3", "m6"):
        miss(world, treated, name, "waived")
    world.act(
        treated, "pharmacist", "destroy_supply@line-1", batch="L1", units="1", on=str(world.today), certificate="C-1"
    )
    assert why_not_close(world, treated) == {}
    world.act(treated, "regulatory", "close")
    assert clocks(world, treated, "K-LTFU")[0].closed_at is not None
