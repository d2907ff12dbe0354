"""docs/deadlines.md shows every clock as the rules have it."""

from __future__ import annotations

from compassionate.deadlines.calendars import CHECKED_YEARS
from compassionate.deadlines.explaining import rule_row
from compassionate.deadlines.rules import Rule, rules
from compassionate.services import fact_clocks
from compassionate.workflow.engine import pathways
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
    assert rows_below("## The clocks") == wanted


def rows_below(title: str) -> list[str]:
    section = PAGE.split(f"{title}\n")[1].split("\n## ")[0]
    return [each for each in section.splitlines() if each.startswith("| K-")]


def steps(clock: str, verb: str) -> dict[str, None]:
    """The steps of every published table that open (with the variant) or close a clock, in the order of the tables."""
    found: dict[str, None] = {}
    for row in (row for pathway in pathways() for region in pathway.regions for row in region.transitions):
        for name in getattr(row, verb):
            of, _, variant = name.partition(":")
            if of == clock:
                found[f"`{row.name}`" + (f" ({variant})" if variant else "")] = None
    return found


def code(name: str) -> str:
    return f"`{name}`" if name.isidentifier() else name


def opening_line(clock: str) -> str:
    told = (("opens", fact_clocks.BEGUN), ("closes", fact_clocks.ENDED))
    said = [steps(clock, verb) | {code(name): None for name in facts.get(clock, ())} for verb, facts in told]
    opened, closed = (", ".join(names) for names in said)
    return f"| {clock} | {opened or f'not opened: {fact_clocks.UNRECORDED[clock]}'} | {closed or '–'} |"


def test_the_page_says_of_every_clock_what_opens_and_closes_it_or_why_nothing_does():
    assert rows_below("## What opens and closes each clock") == [opening_line(clock) for clock in rules()]


def test_a_clock_that_nothing_opens_is_one_of_which_the_fact_is_not_recorded_and_no_other():
    opened = {clock for clock in rules() if steps(clock, "opens") or clock in fact_clocks.BEGUN}
    assert set(rules()) - opened == set(fact_clocks.UNRECORDED)


def test_the_page_names_the_years_that_were_compared():
    assert f"{CHECKED_YEARS[0]}–{CHECKED_YEARS[-1]}" in PAGE
