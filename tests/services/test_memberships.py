"""A role holds from its first day to its last, both whole, whether the database is asked or a row that was read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import Membership
from compassionate.services import accounts, emergencies
from compassionate.services.memberships import holders, in_force, in_force_on, is_over
from compassionate.services.snapshots import snapshot
from compassionate.workflow.roles import Role
from tests.world import Hospital, World

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


def test_the_dossier_names_who_holds_the_office_today_and_once_filed_who_held_it_then(world: World):
    case = world.case_in("submitted")
    row: Membership = world.accounts["director"].memberships[0]
    row.until_on = world.today
    world.add_person("next", Role.DIRECTOR)
    later: Membership = world.accounts["next"].memberships[0]
    later.from_on = world.today + timedelta(days=1)
    world.session.flush()
    unfiled = world.case_in("preparing", nhc="200002")
    assert snapshot(world.session, case).centre.director == "Director de HGA"
    assert snapshot(world.session, unfiled).centre.director == "Next de HGA"  # it is later than the tests' own day


def test_an_emergency_access_says_where_its_person_worked_when_it_was_opened(world: World):
    elsewhere = Hospital(world.session, "HGB")
    case = world.case_in("preparing")
    row: Membership = elsewhere.accounts["physician"].memberships[0]
    row.until_on = world.today
    emergencies.open_access(
        world.session,
        elsewhere.people["physician"],
        {"case_code": case.code, "reason": "Ingresa en urgencias esta noche"},
        world.tick(),
        60,
    )
    assert [each.works_at for each in emergencies.of_centres(world.session, world.people["admin"], world.now)] == [
        "HGB"
    ]


@pytest.mark.parametrize(
    ("first", "last", "held"), [(-9, None, True), (-9, 5, True), (2, 9, True), (-9, -1, False), (20, None, False)]
)
def test_a_role_is_not_given_for_days_on_which_it_is_held(world: World, first: int, last: int | None, held: bool):
    spanned(world, first, last)
    account, new = world.accounts["nurse"], (day(world, 0), day(world, 10))
    if held:
        with pytest.raises(Invalid):
            accounts.grant(world.session, None, account, world.centre, Role.NURSE, world.tick(), *new)
    else:
        accounts.grant(world.session, None, account, world.centre, Role.NURSE, world.tick(), *new)
        assert len(account.memberships) == 2


def test_an_auditor_holds_no_other_role_on_any_day_of_theirs(world: World):
    account = world.accounts["auditor"]
    account.memberships[0].from_on, account.memberships[0].until_on = day(world, 5), day(world, 9)
    world.session.flush()
    accounts.grant(world.session, None, account, world.centre, Role.NURSE, world.tick(), day(world, 0), day(world, 4))
    with pytest.raises(Invalid):
        accounts.grant(world.session, None, account, world.centre, Role.PHYSICIAN, world.tick(), day(world, 0), None)


def test_what_has_not_begun_is_not_over(world: World):
    assert not is_over(spanned(world, 1, 2), world.today)
    assert is_over(spanned(world, -2, -1), world.today)


def test_a_disabled_account_holds_nothing(world: World):
    world.accounts["nurse"].active = False
    assert holders(world.session, world.centre.id, Role.NURSE, world.today) == []
