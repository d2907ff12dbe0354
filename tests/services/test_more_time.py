"""More time that the agency granted: before the end, no more than the law knows, by who may, and on record (TIM-07)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Case, Clock, ClockExtension, ClockMove
from compassionate.services.calendars import Calendars
from compassionate.services.explanations import explain
from compassionate.services.more_time import grant_extension
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def asked(world: World) -> Case:
    """A case of which the agency asked something today."""
    return world.asked_case()


def clock(case: Case, name: str, world: World) -> Clock:
    return world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == name)).one()


def grant(world: World, case: Case, name: str = "K-SUB", who: str = "pharmacist", **values: Any) -> Clock:
    given = {"asked_on": str(world.today), "granted_on": str(world.today), "amount": "5", **values}
    return grant_extension(world.session, world.people[who], case, clock(case, name, world).id, given, world.tick())


def wrong(world: World, case: Case, **values: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        grant(world, case, **values)
    return {error.field: error.code for error in refusal.value.errors}


def test_five_days_more_move_the_end_of_the_clock_and_of_the_case_and_are_on_record(world: World, asked: Case) -> None:
    held = clock(asked, "K-SUB", world)
    before, version = held.due_on, asked.version
    grant(world, asked)
    due = explain(world.session, held, asked.centre, Calendars(world.session))
    assert due is not None
    assert sum(step.counted for step in due.steps) == 15
    assert held.due_on == due.due_on == asked.due_on
    assert held.due_on > before
    moves = world.session.scalars(select(ClockMove).where(ClockMove.clock_id == held.id)).all()
    assert [(row.before_on, row.after_on, row.why) for row in moves] == [(before, held.due_on, "extension")]
    row = world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq.desc())).first()
    assert (json.loads(row)["action"], asked.version) == ("extend_clock", version + 1)


def test_what_the_agency_grants_of_its_own_motion_was_not_asked_for(world: World, asked: Case) -> None:
    held = grant(world, asked, asked_on="", amount="2")
    row = world.session.scalars(select(ClockExtension).where(ClockExtension.clock_id == held.id)).one()
    assert (row.asked_on, row.amount) == (None, 2)


def test_a_grant_is_recorded_after_the_end_when_it_was_given_before_and_never_one_given_afterwards(
    world: World, asked: Case
) -> None:
    """Ley 39/2015 art. 32.3: the request and the decision both come before the term expires."""
    ended = clock(asked, "K-SUB", world).due_on
    assert ended is not None
    world.tick(24 * 30)
    late = str(ended + DAY)
    assert wrong(world, asked, asked_on=late, granted_on=late) == {
        "asked_on": "deadline.asked_on_after_the_end",
        "granted_on": "deadline.granted_on_after_the_end",
    }
    assert wrong(world, asked, asked_on=str(ended), granted_on=late) == {
        "granted_on": "deadline.granted_on_after_the_end"
    }
    assert grant(world, asked, asked_on=str(ended), granted_on=str(ended)).due_on > ended


def test_days_out_of_order_and_more_than_the_law_knows_are_told_at_their_fields(world: World, asked: Case) -> None:
    today = world.today
    assert wrong(world, asked, amount="6") == {"amount": "value.between"}
    assert wrong(world, asked, amount="0") == {"amount": "value.between"}
    assert wrong(world, asked, granted_on="") == {"granted_on": "value.missing"}
    assert wrong(world, asked, granted_on=str(today + DAY)) == {"granted_on": "value.date_in_future"}
    assert wrong(world, asked, asked_on=str(today - DAY)) == {"asked_on": "deadline.before_its_start"}
    world.tick(24)
    assert wrong(world, asked, granted_on=str(today)) == {"granted_on": "deadline.granted_before_asked"}


def test_two_grants_together_are_no_more_than_five_days(world: World, asked: Case) -> None:
    grant(world, asked, amount="3")
    assert wrong(world, asked, amount="3") == {"amount": "value.between"}
    grant(world, asked, amount="2")
    with pytest.raises(Refused) as refusal:
        grant(world, asked, amount="1")
    assert [reason.code for reason in refusal.value.reasons] == ["deadline.all_granted"]


def test_a_clock_that_the_law_does_not_extend_a_closed_one_and_a_stranger_are_refused(
    world: World, asked: Case
) -> None:
    with pytest.raises(Refused) as refusal:
        grant(world, asked, name="K-INF")
    assert [reason.code for reason in refusal.value.reasons] == ["deadline.not_extendable"]
    with pytest.raises(Refused) as refusal:
        grant(world, asked, who="physician")
    assert [reason.code for reason in refusal.value.reasons] == ["role.missing"]
    world.act(asked, "pharmacist", "answer_correction", answered_at=world.now.isoformat(), text="Va", channel="mse")
    with pytest.raises(NotFound):
        grant(world, asked)
    assert world.session.scalars(select(ClockExtension)).all() == []
