"""The code's table is the table that was agreed, row by row, and as a graph it keeps the law's promises."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from compassionate.workflow import engine
from compassionate.workflow.request_part import request_part
from compassionate.workflow.table import CASE, Region, Transition
from tests.workflow import published_table
from tests.workflow.published_table import PUBLISHED, Written
from tests.workflow.situations import PATHWAY

CASE_REGION = PATHWAY.case
REGIONS = list(PUBLISHED)


def as_written(region: Region) -> set[Written]:
    """The code's rows in the form of the written table: rows of one name and target are one row."""
    merged: dict[tuple[str, str], Written] = {}
    for row in region.transitions:
        before = merged.get((row.name, row.target))
        sources = frozenset(row.sources) | (before.sources if before else frozenset())
        found = Written(row.name, sources, row.target, frozenset(role.value for role in row.roles), row.guards)
        assert before is None or (before.roles, before.guards) == (found.roles, found.guards)
        merged[row.name, row.target] = found
    return set(merged.values())


def test_the_pathway_has_the_regions_that_were_agreed():
    assert [region.name for region in PATHWAY.regions] == REGIONS
    assert (PATHWAY.id, PATHWAY.version) == ("es-individual", "2026-12")


@pytest.mark.parametrize("name", REGIONS)
def test_every_row_is_the_row_that_was_agreed(name: str):
    assert as_written(PATHWAY.region(name)) == set(PUBLISHED[name])


def test_the_case_has_the_states_that_were_agreed_and_begins_as_a_draft():
    assert [state.id for state in CASE_REGION.states] == published_table.STATES
    assert CASE_REGION.initial == "draft"
    assert [state.id for state in CASE_REGION.states if state.final] == ["closed"]


@pytest.mark.parametrize("name", published_table.REGION_STATES)
def test_a_region_has_the_states_that_were_agreed(name: str):
    assert [state.id for state in PATHWAY.region(name).states] == published_table.REGION_STATES[name].split()


def test_it_is_the_turn_of_whom_the_table_says():
    turns = {state.id: " ".join(state.turn) for state in CASE_REGION.states if state.id != "preparing" and state.turn}
    assert turns == published_table.TURNS


def rows_of_requests() -> Iterable[Transition]:
    return (
        row for name in (CASE, "continuation", "appeal", "notification") for row in PATHWAY.region(name).transitions
    )


def clocks(row: Transition) -> str:
    said = {"opens": row.opens, "suspends": row.suspends, "closes": row.closes, "resumes": row.resumes}
    return ", ".join(f"{verb} {' '.join(sorted(names))}" for verb, names in said.items() if names)


def test_each_step_does_to_the_clocks_what_the_law_says():
    found = {row.name: clocks(row) for row in rows_of_requests() if clocks(row) and row.name != "withdraw_request"}
    assert found == published_table.CLOCKS


def test_withdrawing_after_submission_ends_the_agencys_clocks_and_asks_for_the_letter():
    before, after = (row for row in CASE_REGION.transitions if row.name == "withdraw_request")
    assert clocks(before) == ""
    assert clocks(after) == "closes K-ALE K-INF K-RES K-SUB"
    assert {asked.name for asked in after.inputs} - {asked.name for asked in before.inputs} == {"letter_on", "paper"}


@pytest.mark.parametrize("name", published_table.DEMANDED)
def test_a_step_demands_the_values_that_the_table_names(name: str):
    demanded = set(published_table.DEMANDED[name].split())
    for _, row in PATHWAY.rows(name):
        assert demanded <= {asked.name for asked in row.inputs if asked.required}


def test_a_decision_may_come_without_its_number_its_end_and_its_conditions():
    (_, row), *_ = PATHWAY.rows("record_authorisation")
    optional = {asked.name for asked in row.inputs if not asked.required}
    assert {"reference", "valid_until", "conditions", "follow_up_forms"} <= optional


def test_a_transcribed_act_demands_its_date():
    dates = {"date", "datetime"}
    transcribed = [row for row in CASE_REGION.transitions if row.name.startswith("record_")]
    own = {"record_lost_to_follow_up", "record_contact_regained"}
    undated = {row.name for row in transcribed if not any(each.kind in dates and each.required for each in row.inputs)}
    assert undated == own


def test_only_the_endorsement_is_signed_as_a_step_and_it_gives_the_dossier():
    assert {row.name for row in rows_of_requests() if row.signed} == {"endorse"}
    assert {row.documents for row in rows_of_requests() if row.signed} == {("dossier",)}


# The graph.


def reached(
    region: Region, start: str, *, without_states: Iterable[str] = (), without_rows: Iterable[str] = ()
) -> set[str]:
    """The states that can be reached, on paths that avoid some states and rows."""
    barred, left_out = set(without_states), set(without_rows)
    found, border = {start}, [start]
    while border:
        state = border.pop()
        targets = {row.target for row in engine.leaving(region, state) if row.name not in left_out}
        border += targets - found - barred
        found |= targets - barred
    return found


def test_every_state_of_the_case_can_be_reached_from_a_draft():
    assert reached(CASE_REGION, "draft") == set(published_table.STATES)


@pytest.mark.parametrize("state", published_table.STATES)
def test_every_state_of_the_case_can_reach_its_closing(state: str):
    assert "closed" in reached(CASE_REGION, state)


def test_nothing_leaves_a_closed_case():
    assert engine.leaving(CASE_REGION, "closed") == ()
    assert engine.is_final(CASE_REGION, "closed")
    assert not any(engine.is_final(CASE_REGION, state) for state in published_table.STATES[:-1])


def test_no_path_to_treatment_avoids_the_authorisation():
    assert "in_treatment" in reached(CASE_REGION, "draft")
    assert "in_treatment" not in reached(CASE_REGION, "draft", without_states={"authorised"})


def test_no_path_to_treatment_avoids_the_treatment_gate():
    gated = {row.name for row in CASE_REGION.transitions if "treatment_gate" in row.guards}
    assert gated == {"start_treatment", "record_dose", "resume_treatment"}
    assert "in_treatment" not in reached(CASE_REGION, "draft", without_rows=gated)
    assert all("treatment_gate" in row.guards for row in CASE_REGION.transitions if row.target == "in_treatment")


def test_no_path_to_submission_avoids_an_endorsement():
    assert "submitted" in reached(CASE_REGION, "draft")
    assert "submitted" not in reached(CASE_REGION, "draft", without_rows={"endorse"})


@pytest.mark.parametrize("decision", ["authorised", "denied", "deemed_withdrawn"])
def test_no_path_to_a_decision_avoids_the_submission(decision: str):
    assert decision not in reached(CASE_REGION, "draft", without_rows={"submit"})


def test_an_authorisation_is_recorded_by_a_decision_or_an_appeal_upheld():
    into = {row.name for row in CASE_REGION.transitions if row.target == "authorised"}
    assert into == {"record_authorisation", "record_appeal_upheld", "record_suspension_lifted"}


def test_after_a_change_of_content_the_endorsement_is_asked_for_again():
    for step in ("reopen_preparation", "return_for_changes", "prepare_again"):
        (_, row), *_ = PATHWAY.rows(step)
        assert row.target == "preparing"
    assert "submitted" not in reached(CASE_REGION, "preparing", without_rows={"endorse"})


def test_a_suspended_case_never_goes_straight_back_to_treatment():
    assert {row.target for row in engine.leaving(CASE_REGION, "suspended")}.isdisjoint({"in_treatment"})


def test_a_continuation_has_exactly_the_rows_of_the_request_part():
    continuation = PATHWAY.region("continuation")
    opening, *rest = continuation.transitions
    assert opening.name == "open_continuation"
    assert tuple(rest) == request_part()


def test_a_case_takes_its_first_request_by_the_same_rows():
    shared = {row.name for row in request_part()}
    case_rows = [row for row in CASE_REGION.transitions if row.name in shared]
    assert [row for row in case_rows if row.name != "withdraw_request"] == [
        row for row in request_part() if row.name != "withdraw_request"
    ]


@pytest.mark.parametrize("name", REGIONS[1:])
def test_every_state_of_a_region_can_be_reached_or_is_where_it_starts(name: str):
    region = PATHWAY.region(name)
    starts = {region.initial, "not_needed"}
    found = set().union(*(reached(region, start) for start in starts))
    assert {state.id for state in region.states} <= found


@pytest.mark.parametrize("state", published_table.REGION_STATES["appeal"].split())
def test_every_state_of_an_appeal_can_reach_an_end(state: str):
    assert published_table.APPEAL_ENDS & reached(PATHWAY.region("appeal"), state)


def test_an_appeal_ends_by_what_somebody_records_and_the_court_waits_for_the_agency():
    appeal = PATHWAY.region("appeal")
    assert not {row.name for row in engine.leaving(appeal, "filed")} & {"file_court"}
    assert {row.target for row in engine.leaving(appeal, "dismissed_by_silence")} == {
        "upheld", "dismissed", "court", "waived",
    }  # fmt: skip


def test_an_appeal_never_leads_into_treatment():
    targets = {row.target for row in PATHWAY.region("appeal").transitions}
    assert targets <= set(published_table.REGION_STATES["appeal"].split())
    assert not any("treatment_gate" in row.guards for row in PATHWAY.region("appeal").transitions)
