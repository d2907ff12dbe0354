"""The tables as people and scripts read them."""

from __future__ import annotations

import json
from dataclasses import replace

from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.publish import moves, pages, permissions_page, state_label, table_json, workflow_page
from compassionate.workflow.roles import Role
from tests.workflow.published_table import PUBLISHED, STATES
from tests.workflow.situations import PATHWAY

TABLE = table_json(PATHWAY)


def rows(name: str, region: str = "case") -> list[dict[str, object]]:
    return [row for row in TABLE["transitions"] if (row["name"], row["region"]) == (name, region)]


def test_the_table_is_plain_data_with_the_names_that_scripts_rely_on():
    assert json.loads(json.dumps(TABLE)) == TABLE
    assert {"id", "version", "initial", "final", "states", "transitions"} <= set(TABLE)
    assert (TABLE["id"], TABLE["version"], TABLE["initial"], TABLE["final"]) == (
        "es-individual",
        "2026-12",
        "draft",
        ["closed"],
    )
    wanted = ("name", "region", "sources", "target", "roles", "guards", "legal_basis", "inputs", "opens", "closes")
    assert all(set(row) >= {*wanted, "documents"} for row in TABLE["transitions"])


def test_every_state_is_there_with_its_label():
    labels = {state["id"]: state["label"] for state in TABLE["states"] if state["region"] == "case"}
    assert list(labels) == STATES
    assert labels["awaiting_endorsement"] == "Pendiente del visto bueno de Dirección"
    assert all(set(state) == {"id", "label", "region"} for state in TABLE["states"])
    assert not any("." in state["label"] for state in TABLE["states"])


def test_every_source_and_target_is_a_state_of_its_region():
    states = {(state["region"], state["id"]) for state in TABLE["states"]}
    for row in TABLE["transitions"]:
        assert {(row["region"], state) for state in (*row["sources"], row["target"])} <= states


def test_every_agreed_row_is_published():
    for region, written in PUBLISHED.items():
        assert {row["name"] for row in TABLE["transitions"] if row["region"] == region} == {row.name for row in written}


def test_a_row_says_what_it_asks_for_and_what_it_opens():
    (submit,) = rows("submit")
    assert submit["opens"] == ["K-RES", "K-INF"]
    assert submit["guards"] == ["endorsement_current", "dossier_current"]
    assert {"name": "submitted_at", "type": "datetime", "required": True} in submit["inputs"]
    (refer,) = rows("refer")
    assert refer["inputs"][0]["choices"][0] == "research"
    (endorse,) = rows("endorse")
    assert (endorse["documents"], endorse["signed"]) == (["dossier"], True)


def test_a_step_that_leaves_the_state_as_it_is_is_a_row_a_state():
    assert [(row["sources"], row["target"]) for row in rows("destroy_supply", "supply")] == [
        ([state], state) for state in ("ordered", "promised", "in_quarantine", "released", "rejected")
    ]


def test_rows_of_one_name_say_which_fact_picks_them():
    assert [(row["target"], row["when"]) for row in rows("record_suspension_lifted")] == [
        ("authorised", "never_treated"),
        ("interrupted", "treated"),
    ]


def test_a_continuation_says_its_states_in_the_words_of_the_case():
    assert state_label("continuation", "denied") == state_label("case", "denied") == "Denegada"
    assert state_label("supply", "released", "en") == "Released"


def test_the_page_of_the_workflow_holds_every_state_and_step():
    page = workflow_page([PATHWAY])
    for region in PATHWAY.regions:
        assert f"`{region.name}`" in page
        assert all(f"| `{state.id}` |" in page for state in region.states)
        assert all(f"| `{row.name}`" in page for row in region.transitions)
    assert "every state but `deceased`, `closed`" in page
    assert page.endswith((".\n", "```\n"))


def test_what_is_drawn_and_what_is_named_below_are_together_every_step():
    page = workflow_page([PATHWAY])
    not_drawn = " ".join(line for line in page.splitlines() if line.startswith("Not drawn"))
    for region in PATHWAY.regions:
        for row in region.transitions:
            drawn = [f"--> {target}: {row.name}" for _, target in moves(row)]
            assert all(arrow in page for arrow in drawn) or f"`{row.name}`" in not_drawn


def test_two_versions_of_a_pathway_stand_one_below_the_other():
    page = workflow_page([PATHWAY, replace(PATHWAY, version="2027-03")])
    assert page.index("version `2026-12`") < page.index("version `2027-03`")


def test_the_page_of_permissions_holds_every_part_step_and_role():
    page = permissions_page([PATHWAY])
    assert all(f"| `{name}` |" in page for name in SECTIONS)
    assert all(role.value in page for role in Role)
    assert all(f"| `{row.name}` |" in page for region in PATHWAY.regions for row in region.transitions)


def test_both_pages_are_published_into_the_docs():
    assert set(pages()) == {"docs/workflow.md", "docs/permissions.md"}
