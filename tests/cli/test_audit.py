"""`flask audit` and the tool with which a third party verifies what was taken away."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from compassionate.models import AuditEntry, ReadEntry
from tests.house.source import ROOT

WHOLE = {"ok": True, "rows": 0, "head": "0" * 64, "withheld": 0, "heads": 0, "stamps": 0, "first_bad": None}
TOOL = ROOT / "tools" / "verify_audit.py"


def verified(*arguments: str | Path) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, "-I", str(TOOL), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_the_chain_is_whole_and_its_head_holds_later(flask, world, write):
    world.open_case()
    world.session.commit()
    found = flask("audit", "verify", "--json").json
    assert (found["ok"], found["first_bad"]) == (True, None)
    head = flask("audit", "head", "--json").json
    assert (head["rows"], head["head"]) == (found["rows"], found["head"])
    world.open_case(nhc="2")
    world.session.commit()
    assert flask("audit", "verify", "--against", write("head.json", head)).code == 0


def test_a_head_of_another_history_is_not_met(flask, world, write):
    head = flask("audit", "head", "--json").json
    longer = write("longer.json", head | {"rows": head["rows"] + 1})
    other = write("other.json", head | {"head": "f" * 64})
    assert flask("audit", "verify", "--against", longer, "--json").json["first_bad"]["seq"] == head["rows"] + 1
    answer = flask("audit", "verify", "--against", other, "--json")
    assert (answer.code, answer.json["first_bad"]["seq"]) == (1, head["rows"])
    assert flask("audit", "verify", "--against", write("none.json", {"rows": "many"})).code == 2


@pytest.mark.one_database
def test_an_export_is_verified_without_our_package(flask, world, write, tmp_path):
    world.open_case()
    world.session.commit()
    file = tmp_path / "audit.jsonl"
    exported = flask("audit", "export", str(file), "--json").json
    head = write("head.json", flask("audit", "head", "--json").json)
    assert verified(file, "--against", head) == (
        0, WHOLE | {"rows": exported["rows"], "head": exported["head"], "heads": 1},
    )  # fmt: skip


@pytest.mark.one_database
def test_the_tool_names_every_line_that_was_changed(flask, world, tmp_path):
    file = tmp_path / "audit.jsonl"
    flask("audit", "export", str(file))
    lines = file.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        row = json.loads(line)
        changes = [{"row": row["row"].replace('"ok"', '"ko"')}, {"hash": "0" * 64}, {"previous": "1" * 64}]
        for change in changes:
            changed = [*lines[: number - 1], json.dumps(row | change), *lines[number:]]
            file.write_text("\n".join(changed) + "\n", encoding="utf-8")
            if number in (1, 2, len(lines)):
                code, found = verified(file)
                assert (code, found["first_bad"]["seq"]) == (1, number)


@pytest.mark.one_database
def test_the_tool_sees_lines_gone_doubled_or_swapped(flask, world, write, tmp_path):
    file = tmp_path / "audit.jsonl"
    flask("audit", "export", str(file))
    head = write("head.json", flask("audit", "head", "--json").json)
    lines = file.read_text("utf-8").splitlines()
    for changed, seq in (
        (lines[1:], 1),
        ([*lines[:3], *lines[4:]], 4),
        ([*lines[:3], lines[2], *lines[3:]], 4),
        ([*lines[:2], lines[3], lines[2], *lines[4:]], 3),
        (lines[:-2], len(lines) - 1),
        ([*lines, "not json"], len(lines) + 1),
    ):
        file.write_text("\n".join(changed) + "\n", encoding="utf-8")
        code, found = verified(file, "--against", head)
        assert (code, found["first_bad"]["seq"]) == (1, seq)


def test_the_tool_says_what_it_cannot_read(tmp_path):
    assert verified(tmp_path / "nothing.jsonl")[0] == 2
    (tmp_path / "audit.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "head.json").write_text('["no head"]', encoding="utf-8")
    assert verified(tmp_path / "audit.jsonl", "--against", tmp_path / "head.json")[0] == 2
    assert verified(tmp_path / "audit.jsonl") == (0, WHOLE)


@pytest.fixture
def outside(app, tmp_path) -> Path:
    """A folder of somebody else, in which heads are kept."""
    folder = tmp_path / "outside"
    folder.mkdir()
    settings = replace(app.extensions["compassionate.settings"], audit_heads=str(folder))
    app.extensions["compassionate.settings"] = settings
    return folder


def tampered(app, *statements: str) -> None:
    """What somebody does who holds the database itself: the bars are down, and rows change."""
    with app.extensions["compassionate"].engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for statement in [*(f"DROP TRIGGER {name}" for name in names), *statements]:
            connection.exec_driver_sql(statement)
        connection.commit()


@pytest.mark.one_database
def test_heads_that_are_kept_outside_are_held_against_the_chains_by_themselves(app, flask, world, outside):
    flask("audit", "head", "--to", str(outside))
    case = world.open_case()
    world.session.commit()
    flask("cases", "show", case.code)
    kept = flask("audit", "head", "--to", str(outside), "--json").json
    assert len((outside / "compassionate-heads.jsonl").read_text().splitlines()) == 2
    assert flask("audit", "verify", "--json").json["heads"] == 2
    back = kept["rows"] - 1
    move = "UPDATE audit_chains SET count = {0}, head = (SELECT hash FROM {1} WHERE seq = {0}) WHERE name = '{2}'"
    tampered(app, f"DELETE FROM audit_entries WHERE seq > {back}", move.format(back, "audit_entries", "audit"))
    found = flask("audit", "verify", "--json")
    assert (found.code, found.json["first_bad"]["seq"]) == (1, kept["rows"])


@pytest.mark.one_database
def test_a_cut_chain_of_reads_is_seen_against_a_kept_head_too(app, flask, world, outside, tmp_path):
    case = world.open_case()
    world.session.commit()
    flask("cases", "show", case.code)
    flask("cases", "list")
    flask("audit", "head", "--to", str(outside))
    taken = tmp_path / "reads.jsonl"
    assert flask("audit", "export", str(taken), "--chain", "reads", "--json").json["rows"] == 2
    heads = outside / "compassionate-heads.jsonl"
    assert verified(taken, "--against", heads, "--chain", "reads")[1]["heads"] == 1
    tampered(
        app,
        "DELETE FROM read_entries WHERE seq > 1",
        "UPDATE audit_chains SET count = 1, head = (SELECT hash FROM read_entries) WHERE name = 'reads'",
    )
    found = flask("audit", "verify", "--json")
    assert (found.code, found.json["ok"], found.json["reads"]["first_bad"]["seq"]) == (1, False, 2)
    taken.write_text(taken.read_text("utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert verified(taken, "--against", heads, "--chain", "reads")[1]["first_bad"]["seq"] == 2


def test_what_a_command_shows_stands_in_the_chain_of_reads(flask, world):
    case = world.open_case()
    world.session.commit()
    for command in (("cases", "show"), ("cases", "why"), ("documents", "list")):
        assert flask(*command, case.code, "--json").code == 0
    flask("cases", "list", "--json")
    world.session.rollback()
    rows = [json.loads(row) for row in world.session.scalars(select(ReadEntry.row).order_by(ReadEntry.seq))]
    assert [(row["action"], row["case"], row["detail"]["page"]) for row in rows] == [
        ("command", case.code, "cases show"), ("command", case.code, "cases why"),
        ("command", case.code, "documents list"), ("list", "", "cases list"),
    ]  # fmt: skip
    assert all(row["operator"] for row in rows)


def test_a_refused_command_is_on_record(flask, world):
    case = world.open_case()
    world.session.commit()
    assert flask("cases", "advance", case.code, "submit", "--as", world.accounts["nurse"].username).code == 1
    world.session.rollback()
    row = json.loads(world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq.desc())).first() or "")
    assert (row["action"], row["result"], row["case"]) == ("refused", "refused", case.code)
    assert row["detail"]["reasons"]
    assert row["actor"] == world.accounts["nurse"].id
