"""A term in words: its rule, each of its days, and what about its calendar is not certain."""

from __future__ import annotations

from compassionate.deadlines.counting import Counted, Due
from compassionate.deadlines.rules import Rule
from compassionate.words import say


def rule_words(rule: Rule) -> str:
    """What the rule says: how long, of what days, counted from what, by which law."""
    length = say(f"deadline_unit.{rule.unit}", amount=rule.amount or 0)
    way = "back" if rule.backwards else "now" if rule.amount == 0 else "after"
    return say(
        f"deadline_rule.{way}", length=length, event=say(f"deadline_event.{rule.counted}"), basis=rule.legal_basis
    )


def step_words(step: Counted) -> str:
    """Why a day counts or does not."""
    return say(f"deadline_step.{step.why}", name=step.name, where=step.where)


def warnings(due: Due) -> list[str]:
    """What is not certain: calendars that are not official yet, towns of which no day was entered (TIM-03)."""
    found = []
    if due.provisional:
        found.append(say("deadline.provisional", which=_listed(due.provisional)))
    if due.unknown_local:
        found.append(say("deadline.unknown_local", which=_listed(due.unknown_local)))
    return found


def _listed(places: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{where.rpartition('/')[2]} {year}" for where, year in places)
