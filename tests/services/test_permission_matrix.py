"""Role x step x state x centre: what the engine lets pass is what the table prints, and nothing at another centre.

One case goes the main way; in each state that it reaches, every role is asked for every step of the pathway and for
every part that is edited, at its own hospital and as the same role of another one (ACL-02).
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from compassionate.errors import Refused
from compassionate.models import Account, Case
from compassionate.services import accounts, advance, cases
from compassionate.services.actors import Actor, actor_of
from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.roles import Role
from tests.world import Hospital, World

pytestmark = pytest.mark.one_database  # the table is no row of it

ROLE_REASON = "role.missing"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def people(world: Hospital) -> dict[Role, Actor]:
    """Somebody of each role at a hospital."""
    held = {}
    for role in Role:
        person = accounts.Person(f"one-{role.value}.{world.code}".lower(), f"Una persona {role.value}")
        account: Account = accounts.create(world.session, None, person, None, world.now)
        accounts.grant(world.session, None, account, world.centre, role, world.now, date(2020, 1, 1))
        held[role] = actor_of(account, world.today)
    return held


def printed(case: Case) -> dict[str, frozenset[str]]:
    """The roles of each step that leaves where the case and its regions stand, as the table has them."""
    found = advance.possible(session_of(case), None, case, NOW)
    return {step.action: frozenset(role.value for role in step.answer.row.roles) for step in found}


def session_of(case: Case) -> Session:
    held = Session.object_session(case)
    assert held is not None
    return held


def let_by_role(case: Case, actor: Actor) -> set[str]:
    """The steps that nothing of the person stands against."""
    steps = advance.possible(session_of(case), actor, case, NOW)
    return {step.action for step in steps if ROLE_REASON not in {reason.code for reason in step.answer.reasons}}


def edits(case: Case, actor: Actor) -> set[str]:
    """The parts that this person may edit."""
    allowed = set()
    for name in SECTIONS:
        try:
            cases.require_edit(case, actor, name)
        except Refused:
            continue
        allowed.add(name)
    return allowed


def printed_edits(case: Case, role: Role) -> set[str]:
    return {
        name for name, held in SECTIONS.items() if role in held.roles and (not held.states or case.state in held.states)
    }


def test_in_every_state_each_role_may_what_the_table_says_and_at_another_centre_nothing(session: Session):
    world, other = World(session), Hospital(session, code="HGB")
    here, there = people(world), people(other)
    case, tried = world.open_case(), 0
    for reached, how in world.route():
        table = printed(case)
        assert table
        for role in Role:
            expected = {action for action, roles in table.items() if role.value in roles}
            assert let_by_role(case, here[role]) == expected, (case.state, role)
            assert let_by_role(case, there[role]) == set(), (case.state, role)
            every = advance.possible(session, there[role], case, NOW, every=True)
            assert [step.action for step in every if step.answer.allowed] == [], (case.state, role)
            assert edits(case, here[role]) == printed_edits(case, role), (case.state, role)
            assert edits(case, there[role]) == set(), (case.state, role)
            tried += 2 * (len(table) + len(SECTIONS))
        how(case)
        assert case.state == reached
    assert tried > 4000


def test_a_step_of_another_centre_is_refused_and_nothing_is_written(session: Session):
    world, other = World(session), Hospital(session, code="HGB")
    case = world.case_in("submitted")
    version, state = case.version, case.state
    for role, actor in people(other).items():
        for action in ("record_authorisation", "withdraw_request", "record_denial"):
            with pytest.raises(Refused) as refused:
                advance.advance(session, actor, case, action, {"reason": "x"}, world.tick())
            assert ROLE_REASON in {reason.code for reason in refused.value.reasons}, (role, action)
    assert (case.version, case.state) == (version, state)
