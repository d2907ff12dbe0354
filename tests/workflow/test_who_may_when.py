"""Every state x role x step of every region, asked of the engine and compared with the written table."""

from __future__ import annotations

import itertools

import pytest

from compassionate.workflow import engine
from compassionate.workflow.roles import Role
from compassionate.workflow.table import NONE, SAME
from tests.workflow.published_table import PUBLISHED, REGION_STATES, STATES, Written
from tests.workflow.situations import DOSE, PATHWAY, asker, facts_for

STEPS = [(region, name) for region, rows in PUBLISHED.items() for name in dict.fromkeys(row.name for row in rows)]


def states_of(region: str) -> list[str]:
    return STATES if region == "case" else [NONE, *REGION_STATES[region].split()]


def written(region: str, name: str, state: str) -> list[Written]:
    return [row for row in PUBLISHED[region] if row.name == name and state in row.sources]


def values_for(name: str) -> dict[str, object]:
    return {**DOSE, "line_number": 1} if name != "resume_treatment" else {"note": None}


@pytest.mark.parametrize(("region", "name"), STEPS)
def test_a_step_is_allowed_in_its_states_to_its_roles_and_to_nobody_else(region: str, name: str):
    for state, role in itertools.product(states_of(region), Role):
        answer = engine.ask(PATHWAY.region(region), name, state, facts_for(name, state), asker(role), values_for(name))
        expected = any(role.value in row.roles for row in written(region, name, state))
        assert answer.allowed is expected, (state, role, answer.reasons)


@pytest.mark.parametrize(("region", "name"), STEPS)
def test_a_step_leads_where_the_table_says(region: str, name: str):
    for state in states_of(region):
        targets = {state if row.target == SAME else row.target for row in written(region, name, state)}
        if targets:
            facts = facts_for(name, state)
            assert engine.ask(PATHWAY.region(region), name, state, facts, None).target in targets
            assert engine.fire(PATHWAY.region(region), name, state, facts)[1] in targets


@pytest.mark.parametrize(("region", "name"), STEPS)
def test_a_step_from_any_other_state_is_refused_for_that_one_reason(region: str, name: str):
    for state in states_of(region):
        if not written(region, name, state):
            answer = engine.ask(PATHWAY.region(region), name, state, facts_for(name), asker("auditor"))
            assert [reason.code for reason in answer.reasons] == ["state.not_source"]
            assert answer.reasons[0].params == {"state": state, "region": region}


@pytest.mark.parametrize(("region", "name"), STEPS)
def test_somebody_without_the_role_is_told_which_roles_may(region: str, name: str):
    row = next(row for row in PUBLISHED[region] if row.name == name)
    for state in row.sources:
        answer = engine.ask(PATHWAY.region(region), name, state, facts_for(name, state), asker(), values_for(name))
        (reason,) = answer.reasons
        assert reason.code == "role.missing"
        assert set(reason.params["roles"]) == row.roles
        assert reason.who in row.roles


def test_an_auditor_and_an_administrator_take_no_step_at_all():
    assert all(row.roles.isdisjoint({"auditor", "administrator"}) for rows in PUBLISHED.values() for row in rows)
