"""A term in words: its rule, each of its days, and what about its calendar is not certain."""

from __future__ import annotations

from compassionate.deadlines.counting import Counted, Due
from compassionate.deadlines.rules import Rule
from compassionate.words import SPANISH, say


def rule_words(rule: Rule, language: str = SPANISH) -> str:
    """What the rule says: how long, of what days, counted from what, by which law."""
    length = length_words(rule, language)
    way = "back" if rule.backwards else "now" if rule.amount == 0 else "after"
    event = say(f"deadline_event.{rule.counted}", language)
    return say(f"deadline_rule.{way}", language, length=length, event=event, basis=rule.legal_basis)


def length_words(rule: Rule, language: str = SPANISH) -> str:
    """How long a clock runs, in its own unit."""
    table = "deadline_unit_one" if rule.amount == 1 else "deadline_unit"
    return say(f"{table}.{rule.unit}", language, amount=rule.amount or 0)


def step_words(step: Counted, language: str = SPANISH) -> str:
    """Why a day counts or does not."""
    return say(f"deadline_step.{step.why}", language, name=step.name, where=place_words(step.where, language))


def place_words(where: str, language: str = SPANISH) -> str:
    """A territory or a municipality as people call it."""
    territory, _, town = where.partition("/")
    if not where:
        return ""
    return say("deadline_place.town", language, town=town) if town else say(f"territory.{territory}", language)


def warnings(due: Due, language: str = SPANISH) -> list[str]:
    """What is not certain: calendars that are not official yet, towns of which no day was entered (TIM-03)."""
    told = (("provisional", due.provisional), ("unknown_local", due.unknown_local))
    return [say(f"deadline.{name}", language, which=listed(places, language)) for name, places in told if places]


def listed(places: tuple[tuple[str, int], ...], language: str = SPANISH) -> str:
    """Places with their years, by commas."""
    return ", ".join(f"{place_words(where, language)} {year}" for where, year in places)


def rule_row(rule: Rule, language: str = SPANISH) -> list[str]:
    """One clock as a table shows it: what it is, how long, from what, by which days, more, whose, by which law."""
    length = length_words(rule, language) if rule.amount is not None else "–"
    more = f"+{rule.extension} ({rule.extension_basis})" if rule.extension else "–"
    return [
        rule.id,
        say(f"clock.{rule.id}", language),
        f"−{length}" if rule.backwards else length,
        say(f"deadline_event.{rule.counted}", language),
        say(f"deadline_calendar.{rule.calendar}", language),
        more,
        ", ".join(rule.owner) or "–",
        rule.legal_basis,
    ]
