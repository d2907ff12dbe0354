"""Legal dates, and delays with their owner, as lists and pages say them: colour never without words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from compassionate import clock
from compassionate.services.case_lists import NEAR
from compassionate.services.delays import Delay
from compassionate.web.templating import day, say


def today() -> date:
    """The day by which legal dates are near or past: the agency's."""
    return clock.civil_date(clock.now(), clock.AGENCY_ZONE.key)


def tone(due_on: date | None, now: date) -> str:
    """`stop` for a date that is past, `wait` for one that is near."""
    if due_on is None or due_on > now + NEAR:
        return ""
    return "stop" if due_on < now else "wait"


def due_tone(due_on: date | None) -> str:
    """The same, today."""
    return tone(due_on, today())


def term(due_on: date, now: date) -> str:
    """How far off a legal date is, in short: vencido, 3 d; vence hoy; en 40 d."""
    days = (due_on - now).days
    code = {"stop": "past", "wait": {0: "today", 1: "tomorrow"}.get(days, "near")}.get(tone(due_on, now), "later")
    return say(f"due.{code}", days=abs(days))


def due_cell(due_on: date | None, name: str) -> Any:
    """The nearest legal date of a listed case: how far off, its clock in short; the day and its whole name on hover."""
    if due_on is None:
        return ""
    exact = say("due.exact", day=day(due_on), clock=say(f"clock.{name}"))
    cell = {"text": term(due_on, today()), "exact": exact, "iso": due_on.isoformat(), "sub": say(f"clock_short.{name}")}
    held = due_tone(due_on)
    return cell | {"tone": held} if held else cell


def owner_words(owner: str) -> str:
    """Whom a case waits for, in words."""
    return " + ".join(say(f"turn.{who}") for who in owner.split(",") if who) or say("turn.nobody")


def turn_short(turn: Iterable[str]) -> str:
    """The same in so few words that a line of a list holds it."""
    return " + ".join(say(f"turn_short.{who}") for who in turn) or say("turn_short.nobody")


def days_words(delay: Delay) -> str:
    """A time in whole days, as people say it."""
    whole = int(delay.days)
    return say("delay.less_than_one") if not whole else say("delay.one" if whole == 1 else "delay.days", days=whole)


def delay_cell(delays: Iterable[Delay]) -> Any:
    """Who was waited on longest, and how long; everybody on hover."""
    held = [each for each in delays if each.owner]
    if not held:
        return ""
    said = ", ".join(say("delay.of", owner=owner_words(each.owner), days=days_words(each)) for each in held)
    longest = say("delay.short", owner=turn_short(held[0].owner.split(",")), days=int(held[0].days))
    return {"text": longest, "exact": said}


def delay_bars(delays: Iterable[Delay]) -> list[dict[str, Any]]:
    """Where the time of a case went, as bars: whose, how long, the share of the longest in per cent."""
    held = list(delays)
    longest = max((each.time for each in held), default=None)
    return [
        {
            "owner": owner_words(each.owner),
            "days": days_words(each),
            "width": max(1, round(100 * (each.time / longest))) if longest else 0,
            "nobody": not each.owner,
        }
        for each in held
    ]
