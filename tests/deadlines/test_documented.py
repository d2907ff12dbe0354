"""docs/deadlines.md shows every clock as the rules have it."""

from __future__ import annotations

from compassionate.deadlines.calendars import CHECKED_YEARS
from compassionate.deadlines.explaining import rule_row
from compassionate.deadlines.rules import Rule, rules
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "deadlines.md").read_text("utf-8")
ENGLISH = "en"


def line(rule: Rule, variant: str = "") -> str:
    first, *others = rule_row(rule, ENGLISH)
    return "| " + " | ".join([f"{first} ({variant})" if variant else first, *others]) + " |"


def test_the_table_of_the_page_is_that_of_the_rules():
    wanted = [
        line(held, name) for rule in rules().values() for name, held in {"": rule, **(rule.variants or {})}.items()
    ]
    assert [each for each in PAGE.splitlines() if each.startswith("| K-")] == wanted


def test_the_page_names_the_years_that_were_compared():
    assert f"{CHECKED_YEARS[0]}–{CHECKED_YEARS[-1]}" in PAGE
