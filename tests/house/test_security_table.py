"""docs/security.md is whole and honest: every requirement once, every named test there, every gap said aloud.

A test is found by reading the source, never by running it: the table stays quick to check.
"""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.house.source import ROOT, syntax

# How many requirements each group has, so that a row cannot be lost together with its gap.
GROUPS = {
    "AUT": 7, "SES": 7, "ACL": 7, "DAR": 5, "AUD": 8, "SIG": 5, "UPL": 8, "PDF": 7, "INJ": 7, "TIM": 7,
    "CON": 6, "DUR": 7, "BAK": 4, "RET": 6, "AVA": 3, "SUP": 3,
}  # fmt: skip
WANTED = [f"{group}-{number:02}" for group, count in GROUPS.items() for number in range(1, count + 1)]
ROW = re.compile(r"^\| ([A-Z]{3}-\d\d) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NODE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[tuple[str, str, str]]:
    return ROW.findall((ROOT / "docs" / "security.md").read_text("utf-8"))


def named() -> list[tuple[str, str, str]]:
    return [(row, path, test) for row, _, tests in rows() for path, test in NODE.findall(tests)]


@cache
def written_in(path: str) -> frozenset[str]:
    """The tests that a module has at its top, by name; none where there is no such module."""
    if not (ROOT / path).is_file():
        return frozenset()
    return frozenset(node.name for node in syntax(ROOT / path).body if isinstance(node, ast.FunctionDef))


def test_every_requirement_is_there_once_and_in_its_order():
    assert len(WANTED) == 97
    assert [row for row, _, _ in rows()] == WANTED


def test_every_named_test_exists():
    assert [f"{row}: {path}::{test}" for row, path, test in named() if test not in written_in(path)] == []


def test_nothing_but_tests_stands_where_tests_are_named():
    odd = {row: tests for row, _, tests in rows() if NODE.search(tests) and NODE.sub("", tests).strip()}
    assert odd == {}


@pytest.mark.parametrize(("row", "holds", "tests"), rows(), ids=[row for row, _, _ in rows()])
def test_every_row_says_what_holds_and_names_its_tests(row: str, holds: str, tests: str):
    assert NODE.search(tests), f"{row} names no test"
    assert len(holds) > 20, f"{row} does not say what holds"
