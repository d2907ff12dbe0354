"""A role holds from its first day to its last, both whole, whether the database is asked or a row that was read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Membership
from compassionate.services.memberships import holders, in_force, in_force_on, is_over
from compassionate.workflow.roles import Role
from tests.world import World

SPANS = {
    "without an end": (-9, None, True),
    "from today": (0, None, True),
    "until today": (-9, 0, True),
    "for one day, today": (0, 0, True),
    "from tomorrow": (1, None, False),
    "until yesterday": (-9, -1, False),
}


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def spanned(world: World, first: int, last: int | None) -> Membership:
    row: Membership = world.accounts["nurse"].memberships[0]
    row.from_on = day(world, first)
    row.until_on = None if last is None else day(world, last)
    world.session.flush()
    return row


def day(world: World, after: int) -> date:
    return world.today + timedelta(days=after)


@pytest.mark.parametrize(("first", "last", "holds"), SPANS.values(), ids=SPANS)
def test_a_role_holds_from_its_first_day_to_its_last(world: World, first: int, last: int | None, holds: bool):
    row = spanned(world, first, last)
    stored = select(Membership.id).where(Membership.id == row.id, in_force_on(world.today))
    here = holders(world.session, world.centre.id, Role.NURSE, world.today)
    assert in_force(row, world.today) is holds
    assert (world.session.scalar(stored) == row.id) is holds
    assert (world.accounts["nurse"] in here) is holds


def test_what_has_not_begun_is_not_over(world: World):
    assert not is_over(spanned(world, 1, 2), world.today)
    assert is_over(spanned(world, -2, -1), world.today)


def test_a_disabled_account_holds_nothing(world: World):
    world.accounts["nurse"].active = False
    assert holders(world.session, world.centre.id, Role.NURSE, world.today) == []
