"""The engine itself: what it refuses to load, how it picks a row, that it moves nothing by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from transitions import MachineError

from compassionate.errors import UnknownCode
from compassionate.workflow import engine
from compassionate.workflow.roles import Role
from compassionate.workflow.table import CASE, NONE, SAME, Pathway, Region, State, Transition
from tests.workflow.situations import EVERYTHING_HOLDS, PATHWAY, asker, holding

PHY = (Role.PHYSICIAN,)
DOOR = Region(
    CASE,
    "shut",
    (State("shut"), State("open"), State("gone", final=True)),
    (
        Transition("push", ("shut",), "open", PHY, basis="art. 1"),
        Transition("lean", ("open",), SAME, PHY),
        Transition("leave", ("open",), "gone", PHY, when="treated"),
        Transition("leave", ("open",), "shut", PHY, when="never_treated"),
        Transition("wait", ("open",), "gone", PHY, when="treated"),
    ),
)


def table(*rows: Transition, initial: str = "shut") -> Pathway:
    return Pathway("doors", "1", (replace(DOOR, initial=initial, transitions=rows),))


# Loading.


def test_a_table_whose_names_all_exist_is_taken():
    engine.check(Pathway("doors", "1", (DOOR,)))


def test_a_table_is_refused_for_all_unknown_names_at_once():
    wrong = table(
        Transition("push", ("shot",), "opened", PHY, guards=("pushed_hard",), when="is_weekend"), initial="ajar"
    )
    with pytest.raises(UnknownCode) as refusal:
        engine.check(wrong)
    for name in ("doors 1", "ajar", "shot", "opened", "pushed_hard", "is_weekend"):
        assert name in str(refusal.value)


def test_a_row_may_leave_what_has_not_begun_and_stay_where_it_is():
    engine.check(table(Transition("build", (NONE,), "shut", PHY), Transition("lean", ("open",), SAME, PHY)))


def test_a_published_pathway_is_found_by_id_and_version():
    assert engine.pathway("es-individual", "2026-12") is PATHWAY
    assert PATHWAY in engine.pathways()
    assert engine.latest("es-individual") is PATHWAY


def test_a_pathway_that_was_never_published_is_unknown():
    for unknown in (("es-individual", "1999-01"), ("es-nobody", "2026-11")):
        with pytest.raises(UnknownCode):
            engine.pathway(*unknown)
    with pytest.raises(UnknownCode):
        engine.latest("es-nobody")


def test_the_newest_version_of_a_pathway_is_the_latest(monkeypatch: pytest.MonkeyPatch):
    newer = replace(PATHWAY, version="2027-03")
    monkeypatch.setattr(engine, "pathways", lambda: (newer, PATHWAY))
    assert engine.latest("es-individual") is newer


# Moving.


def test_firing_says_from_where_to_where():
    assert engine.fire(DOOR, "push", "shut", EVERYTHING_HOLDS) == ("shut", "open")


def test_a_step_that_leaves_the_state_as_it_is_ends_where_it_began():
    assert engine.fire(DOOR, "lean", "open", EVERYTHING_HOLDS) == ("open", "open")
    assert engine.ask(DOOR, "lean", "open", EVERYTHING_HOLDS, None).target == "open"


@pytest.mark.parametrize(("doses", "target"), [(0, "shut"), (1, "gone")])
def test_a_fact_picks_one_row_among_rows_of_one_name(doses: int, target: str):
    facts = holding(doses_given=doses)
    assert engine.ask(DOOR, "leave", "open", facts, None).target == target
    assert engine.fire(DOOR, "leave", "open", facts) == ("open", target)


@pytest.mark.parametrize(("doses", "target"), [(0, "authorised"), (1, "interrupted")])
def test_a_lifted_suspension_goes_back_to_where_the_gate_is_asked_again(doses: int, target: str):
    facts = holding(doses_given=doses, case_state="suspended")
    assert engine.fire(PATHWAY.case, "record_suspension_lifted", "suspended", facts) == ("suspended", target)


def test_firing_where_no_row_fits_is_a_mistake_of_the_caller():
    with pytest.raises(UnknownCode, match="leads nowhere"):
        engine.fire(DOOR, "wait", "open", holding(doses_given=0))
    with pytest.raises(MachineError):
        engine.fire(DOOR, "push", "open", EVERYTHING_HOLDS)


def test_nothing_moves_but_by_a_row_of_the_table():
    machine = engine._machine(PATHWAY.case)
    assert set(machine.events) == {row.name for row in PATHWAY.case.transitions}
    assert not any(name.startswith("to_") for name in machine.events)


def test_one_machine_serves_every_case_and_keeps_none_of_them():
    first = engine._machine(DOOR)
    engine.fire(DOOR, "push", "shut", EVERYTHING_HOLDS)
    assert engine._machine(DOOR) is first
    assert first.models == []


def test_a_region_that_has_not_begun_starts_from_nothing():
    supply = PATHWAY.region("supply")
    assert engine.fire(supply, "order_supply", NONE, EVERYTHING_HOLDS) == (NONE, "ordered")


# Asking.


def test_a_step_that_the_region_lacks_is_unknown():
    with pytest.raises(UnknownCode, match="has no transition fly"):
        engine.ask(DOOR, "fly", "shut", EVERYTHING_HOLDS, None)


def test_asking_without_saying_who_leaves_role_and_person_out():
    facts = holding(contributors=frozenset({"a stranger to the request"}))
    assert engine.ask(PATHWAY.case, "endorse", "awaiting_endorsement", facts, None).allowed


def test_all_reasons_come_at_once_role_and_law_alike():
    facts = holding(sponsor_willing=False, committee="asked")
    answer = engine.ask(PATHWAY.case, "request_endorsement", "preparing", facts, asker("nurse"))
    codes = [reason.code for reason in answer.reasons]
    assert codes == ["role.missing", "sponsor.willingness_missing", "committee.not_favourable"]
    assert not answer.allowed


def test_an_answer_names_its_region_and_its_row():
    answer = engine.ask(PATHWAY.case, "submit", "ready_to_submit", EVERYTHING_HOLDS, asker("pharmacist"))
    assert (answer.region, answer.row.name, answer.target, answer.allowed) == ("case", "submit", "submitted", True)


def test_asking_from_a_wrong_state_gives_the_row_that_would_be_taken():
    answer = engine.ask(PATHWAY.case, "close", "draft", EVERYTHING_HOLDS, None)
    assert (answer.row.name, answer.target) == ("close", "closed")


def test_a_step_is_taken_under_the_first_of_its_roles_that_one_holds():
    (_, row), *_ = PATHWAY.rows("start_treatment")
    assert engine.asker_role(row, asker("nurse", "physician")) == "physician"
    assert engine.asker_role(row, asker("auditor")) == ""


def test_the_rows_that_leave_a_state_come_in_table_order():
    assert [row.name for row in engine.leaving(DOOR, "open")] == ["lean", "leave", "leave", "wait"]


# The table's own questions.


def test_a_pathway_finds_its_regions_and_rows_by_name():
    assert PATHWAY.region("consent").name == "consent"
    assert [region.name for region, _ in PATHWAY.rows("endorse")] == ["case", "continuation"]
    with pytest.raises(KeyError):
        PATHWAY.region("kitchen")


def test_a_region_finds_its_states_by_name():
    assert DOOR.state("gone").final
    with pytest.raises(KeyError):
        DOOR.state("ajar")


def test_only_a_case_ends_for_good():
    assert engine.is_final(DOOR, "gone")
    assert not engine.is_final(DOOR, "open")
    assert not engine.is_final(PATHWAY.region("supply"), "exhausted")
