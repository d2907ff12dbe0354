"""Who answers for a case: whoever holds the role today; who answers already stays until somebody says otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compassionate.errors import Invalid
from compassionate.services.team import holders, set_team
from compassionate.workflow.roles import Role
from tests.world import World


@pytest.fixture
def world(session):
    return World(session)


def leave(world, name):
    membership = world.accounts[name].memberships[0]
    membership.until_on = world.today - timedelta(days=1)
    world.session.flush()


def names(world, case, role):
    return [account.username for account in holders(world.session, case, role, world.now)]


def test_whoever_left_the_hospital_is_offered_no_case(world):
    case = world.case_in("preparing")
    world.add_person("second", Role.PHYSICIAN)
    assert "second.hga" in names(world, case, Role.PHYSICIAN)
    leave(world, "second")
    assert "second.hga" not in names(world, case, Role.PHYSICIAN)
    with pytest.raises(Invalid) as refusal:
        set_team(world.session, world.people["pharmacist"], case, world.accounts["second"].id, "", world.now)
    assert [error.code for error in refusal.value.errors] == ["value.not_a_choice"]


def test_the_physician_of_a_case_who_left_stays_until_another_is_named(world):
    case = world.case_in("preparing")
    physician = case.physician_id
    leave(world, "physician")
    pharmacist = world.accounts["pharmacist"].id
    set_team(world.session, world.people["pharmacist"], case, physician, pharmacist, world.now)
    assert (case.physician_id, case.pharmacist_id) == (physician, pharmacist)
