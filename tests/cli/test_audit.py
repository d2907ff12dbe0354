"""`flask audit` and the tool with which a third party verifies what was taken away."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import ROOT

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


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_an_export_is_verified_without_our_package(flask, world, write, tmp_path):
    world.open_case()
    world.session.commit()
    file = tmp_path / "audit.jsonl"
    exported = flask("audit", "export", str(file), "--json").json
    head = write("head.json", flask("audit", "head", "--json").json)
    assert verified(file, "--against", head) == (
        0, {"ok": True, "rows": exported["rows"], "head": exported["head"], "first_bad": None},
    )  # fmt: skip


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_tool_names_every_line_that_was_changed(flask, world, tmp_path):
    file = tmp_path / "audit.jsonl"
    flask("audit", "export", str(file))
    lines = file.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        row = json.loads(line)
        changes = [{"row": row["row"].replace("create", "destroy")}, {"hash": "0" * 64}, {"previous": "1" * 64}]
        if "create" not in row["row"]:
            changes[0] = {"row": row["row"].replace("grant", "take")}
        for change in changes:
            changed = [*lines[: number - 1], json.dumps(row | change), *lines[number:]]
            file.write_text("\n".join(changed) + "\n", encoding="utf-8")
            if number in (1, 2, len(lines)):
                code, found = verified(file)
                assert (code, found["first_bad"]["seq"]) == (1, number)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
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
    assert verified(tmp_path / "audit.jsonl") == (0, {"ok": True, "rows": 0, "head": "0" * 64, "first_bad": None})
