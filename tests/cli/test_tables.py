"""`flask workflow` and `flask instruments`: what is published, and a score."""

from __future__ import annotations

import json

import pytest

from tests.house.source import ROOT

pytestmark = pytest.mark.one_database
WOMAC = {"pain": 4, "stiffness": 2, "function": 20}
ROW = {
    "name",
    "region",
    "sources",
    "target",
    "roles",
    "guards",
    "legal_basis",
    "inputs",
    "opens",
    "closes",
    "documents",
}


def test_the_table_is_one_document(flask):
    (before, pathway) = flask("workflow", "table", "--json").json["pathways"]
    assert (pathway["id"], pathway["version"], pathway["initial"], pathway["final"]) == (
        "es-individual", "2026-12", "draft", ["closed"],
    )  # fmt: skip
    assert (before["id"], before["version"]) == ("es-individual", "2026-11")
    assert sum(state["region"] == "case" for state in pathway["states"]) == 23
    assert all(row.keys() >= ROW for row in pathway["transitions"])
    assert "start_treatment" in flask("workflow", "table").out


def test_an_unpublished_pathway_is_a_mistake(flask):
    assert flask("workflow", "table", "--pathway", "es-collective").code == 2
    assert flask("workflow", "table", "--version", "1999-01").code == 2


def test_published_pages_are_written_and_checked(flask, tmp_path, monkeypatch):
    monkeypatch.setattr("compassionate.cli.workflow.ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    assert flask("workflow", "publish", "--check", "--json").json["stale"] == [
        "docs/workflow.md",
        "docs/permissions.md",
    ]
    assert flask("workflow", "publish", "--check").code == 1
    assert flask("workflow", "publish").code == 0
    assert flask("workflow", "publish", "--check").code == 0
    assert (tmp_path / "docs/workflow.md").read_text("utf-8") == (ROOT / "docs/workflow.md").read_text("utf-8")


def test_instruments_are_listed_with_their_thresholds(flask):
    held = {row["id"]: row for row in flask("instruments", "list", "--json").json["instruments"]}
    assert {"vas", "nrs", "odi", "womac"} <= held.keys()
    assert [score["name"] for score in held["odi"]["scores"]] == ["total"]
    assert any(row["kind"] == "mic" and row["value"] == 15 for row in held["vas"]["change_thresholds"])


@pytest.mark.parametrize(
    ("instrument", "answers", "scores", "answered", "of", "band"),
    [
        ("odi", {"items": [5, 5, 3, 3, 0, 0, 0, 0, 0, None]}, {"total": 35.5556}, 9, 10, "moderate"),
        ("odi", {"items": [5, 5, None, None, 0, 0, 0, 0, 0, 0]}, {"total": None}, 8, 10, None),
        ("vas", {"items": [40]}, {"total": 40}, 1, 1, "mild"),
        ("womac", WOMAC, WOMAC | {"total": 26}, 3, 3, None),
    ],
)
def test_answers_are_scored_unrounded(flask, instrument, answers, scores, answered, of, band):
    found = flask("instruments", "score", instrument, "--answers", json.dumps(answers), "--json").json
    rounded = {name: score if score is None else round(score, 4) for name, score in found["scores"].items()}
    assert rounded == scores
    assert (found["instrument"], found["answered"], found["of"], found["band"]) == (instrument, answered, of, band)


def test_every_instrument_of_the_interface_is_there(flask):
    listed = {row["id"] for row in flask("instruments", "list", "--json").json["instruments"]}
    assert listed >= {
        "vas", "nrs", "odi", "rand36", "sf12", "eq5d5l", "womac", "koos", "koos-ps", "lequesne", "roland-morris",
        "pfirrmann", "modic", "kellgren-lawrence", "naranjo",
    }  # fmt: skip


def test_a_causality_says_what_one_implanted_dose_cannot_reach(flask):
    words = ["yes", "yes", "unknown", "unknown", "no", "unknown", "unknown", "unknown", "yes", "yes"]
    found = flask("instruments", "score", "naranjo", "--answers", json.dumps({"items": words}), "--json").json
    assert (found["scores"], found["band"]) == ({"total": 7}, "probable")
    assert found["single_implanted_dose"] == {"maximum": 7, "unreachable": ["definite"]}


def test_what_was_not_seen_in_its_source_says_so(flask):
    found = flask("instruments", "score", "koos", "--answers", '{"P": 50}', "--json").json
    assert found["scores"]["P"] == 50
    assert {row["status"] for row in found["change_thresholds"]} == {"unverified"}


def test_the_page_of_instruments_is_written_and_checked(flask, tmp_path, monkeypatch):
    monkeypatch.setattr("compassionate.cli.instruments.ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    assert flask("instruments", "publish", "--check").code == 1
    assert flask("instruments", "publish").code == 0
    assert flask("instruments", "publish", "--check").code == 0


def test_answers_may_stand_in_a_file(flask, write):
    path = write("answers.json", {"items": [7]})
    assert flask("instruments", "score", "nrs", "--answers", f"@{path}", "--json").json["scores"] == {"total": 7}


@pytest.mark.parametrize(
    ("instrument", "answers", "code"),
    [
        ("odi", '{"items": [1, 2]}', 1),
        ("vas", '{"items": [101]}', 1),
        ("vas", '{"items": ["much"]}', 1),
        ("vas", "[40]", 2),
        ("vas", "{", 2),
        ("womac", '{"mood": 3}', 2),
        ("tarot", '{"items": [1]}', 2),
        ("vas", "@/nowhere.json", 2),
        ("vas", '{"items": {"a": 1}}', 1),
        ("vas", '{"items": [[]]}', 1),
        ("vas", '{"items": [NaN]}', 1),
        ("vas", '{"pain": 1e999}', 1),
        ("vas", '{"\\ud800": 1}', 2),
        ("vas", '{"pain": "\\ud800"}', 1),
        ("vas", "[" * 100_000, 2),
        ("vas", '{"pain": ' + "9" * 5000 + "}", 2),
        ("pfirrmann", '{"items": [3], "scale": ["modified"]}', 2),
        ("kellgren-lawrence", '{"items": [3], "version": {}}', 2),
        ("koos", '{"P": [1, 2]}', 1),
        ("lequesne", '{"adl": 2}', 1),
        ("rand36", '{"PF": 40}', 1),
    ],
)
def test_answers_that_cannot_be_scored(flask, instrument, answers, code):
    assert flask("instruments", "score", instrument, "--answers", answers).code == code
