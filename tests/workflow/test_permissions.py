"""Who edits which part of a case in which states: the sections beside the steps."""

from __future__ import annotations

import itertools

import pytest

from compassionate.workflow.permissions import OPEN, READERS, SECTIONS, may_edit
from compassionate.workflow.roles import CLINICAL, Role
from tests.workflow.published_table import STATES

# Written a second time, by hand: part | roles | states ("open" is every state but closed, "any" every one).
EARLY = "draft screening preparing"
WRITTEN = """
open_case | physician pharmacist resident technician | any
patient | physician pharmacist resident technician | early
product | physician pharmacist resident technician | early
eligibility | physician resident | early
report | physician resident | early
sign_report | physician | early
posology | physician resident | early authorised in_treatment interrupted
packs | pharmacist technician | early
typing | pharmacist regulatory_officer technician resident physician | open
rectify | physician pharmacist regulatory_officer | submitted correction_requested refusal_notified
tell_rectification | pharmacist regulatory_officer | open
endorse_rectification | director | submitted correction_requested refusal_notified
papers | physician pharmacist regulatory_officer nurse resident technician director | open
withdraw_paper | physician pharmacist regulatory_officer | open
team | physician pharmacist | open
hand_over | physician pharmacist director administrator | open
accept_case | physician | open
record_acceptance | pharmacist regulatory_officer | open
tell_physician_change | pharmacist regulatory_officer | open
transfer | physician pharmacist | alive
issue_documents | physician pharmacist regulatory_officer director | any
supply_charge | pharmacist technician | any
complete_decision | pharmacist regulatory_officer | open
visits | physician nurse resident | authorised in_treatment interrupted suspended in_follow_up
patient_links | physician nurse | visited
first_dose_day | physician pharmacist | in_treatment interrupted suspended in_follow_up
contact_attempts | physician nurse resident | visited lost_to_follow_up
operations | physician nurse resident | open closed
print_labels | cell_unit responsible_person qualified_person physician pharmacist nurse | open
settle_clocks | regulatory_officer | open
extend_clocks | pharmacist regulatory_officer | open
move_version | regulatory_officer | open
settle_reactions | physician pharmacovigilance_officer | open
follow_up_forms | physician pharmacist regulatory_officer | open
converse | physician pharmacist director regulatory_officer nurse resident technician | open
sponsor_willingness | pharmacist regulatory_officer administrator | any
"""


def written() -> list[tuple[str, set[str], set[str]]]:
    words = {"early": EARLY, "open": " ".join(STATES[:-1]), "any": " ".join(STATES)}
    words["visited"] = "authorised in_treatment interrupted suspended in_follow_up"
    words["alive"] = words["open"].replace("deceased", "")
    rows = [tuple(cell.strip() for cell in line.split("|")) for line in WRITTEN.strip().splitlines()]
    return [
        (name, set(roles.split()), set(" ".join(words.get(each, each) for each in states.split()).split()))
        for name, roles, states in rows
    ]


@pytest.mark.parametrize(("name", "roles", "states"), written(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_part_is_edited_by_its_roles_in_its_states_and_by_nobody_else(name: str, roles: set[str], states: set[str]):
    for role, state in itertools.product(Role, STATES):
        assert may_edit(name, frozenset({role}), state) is (role.value in roles and state in states), (role, state)


def test_no_part_is_left_out():
    assert {name for name, _, _ in written()} == set(SECTIONS)


def test_open_is_every_state_but_the_closed_one():
    assert set(OPEN) == set(STATES[:-1])


def test_residents_and_technicians_prepare_and_never_sign():
    for role in (Role.RESIDENT, Role.TECHNICIAN):
        assert may_edit("patient", frozenset({role}), "draft")
        assert not may_edit("sign_report", frozenset({role}), "preparing")


def test_nobody_without_a_role_edits_anything():
    assert not any(may_edit(name, frozenset(), state) for name in SECTIONS for state in STATES)


def test_an_auditor_reads_and_an_administrator_of_accounts_does_not():
    assert Role.AUDITOR in READERS
    assert Role.ADMINISTRATOR not in READERS
    assert not any(may_edit(name, frozenset({Role.AUDITOR}), state) for name in SECTIONS for state in STATES)
    assert set(CLINICAL) <= set(READERS)


def test_the_parts_that_an_endorsement_binds_are_shut_while_it_is_asked_for_and_after():
    for name in ("patient", "product", "eligibility", "report", "posology", "packs"):
        for state in ("awaiting_endorsement", "ready_to_submit", "submitted"):
            assert not may_edit(name, frozenset(Role), state)
