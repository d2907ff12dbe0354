"""When a clock ends, as people say it; whose it is, what its end means, how it moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext

from compassionate import clock
from compassionate.clock import AGENCY_ZONE
from compassionate.deadlines.explaining import rule_words
from compassionate.deadlines.rules import Rule, rules
from compassionate.models import Case, Clock, ClockExtension, ClockMove, ClockStop
from compassionate.services import case_lists
from compassionate.services.deadlines import rule_of
from compassionate.web.presenters import turn_words
from compassionate.web.templating import ago, day, exact, language, say

NEAR = case_lists.NEAR.days  # before its end a clock stands out


def days_left(on: date) -> int:
    """Days until the end; a term before the agency ends with the day at the agency's seat (Ley 39/2015 art. 31.2)."""
    return (on - clock.civil_date(clock.now(), AGENCY_ZONE.key)).days


def due_words(on: date | None, stands_still: bool = False) -> str:
    """How far away the end is: vence hoy, vence dentro de 5 días, venció ayer."""
    if stands_still or on is None:
        return say("clock_due.stands_still" if stands_still else "clock_due.unset")
    left = days_left(on)
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(left, "ahead" if left > 0 else "past")
    return say(f"clock_due.{named}", days=abs(left))


def due_tone(on: date | None) -> str:
    """The tone of an end: past, near, or neither."""
    if on is None or days_left(on) > NEAR:
        return ""
    return "stop" if days_left(on) < 0 else "wait"


def head_due(case: Case) -> dict[str, str]:
    """What the head of every page of a case says of its nearest end."""
    if case.due_on is None:
        return {}
    said = f"{say(f'clock.{case.due_clock}')}, {due_words(case.due_on)} ({day(case.due_on)})"
    return {"due": said, "due_tone": due_tone(case.due_on)}


def row(held: Clock, case: Case) -> dict[str, Any]:
    """One clock in the list of its case."""
    rule = rule_of(held, case.centre)
    runs = held.closed_at is None
    due = due_words(held.due_on, held.suspended_at is not None) if runs else day(held.due_on)
    return {
        "id": held.id,
        "name": say(f"clock.{held.clock}"),
        "code": held.clock,
        "due": due,
        "due_exact": day(held.due_on) if runs else "",
        "tone": due_tone(held.due_on) if runs and shows_tone(rule) else "",
        "provisional": held.provisional and runs,
        "order": (held.due_on or date.max, not rule.binds),
        "whose": turn_words(rule.owner),
        "lapse": say(f"deadline_lapse.{rule.lapse}"),
        "opened": ago(held.opened_at),
        "opened_exact": exact(held.opened_at),
        "closed": ago(held.closed_at),
        "closed_exact": exact(held.closed_at),
        "runs": runs,
        "state": say("clock_runs.suspended" if held.suspended_at else "clock_runs.running"),
    }


def shows_tone(rule: Rule) -> bool:
    """Whether a near end is worth a colour: another party's clock is shown and never urgent."""
    return rule.shown != "display"


def law(held: Clock, case: Case) -> str:
    """The rule of a clock in a sentence."""
    rule = rule_of(held, case.centre)
    return rule_words(rule, language()) if rule.amount is not None else ""


def counted_from(held: Clock) -> str:
    """The day that it counts from, and what happened on it."""
    rule = rules()[held.clock].variant(held.variant)
    event = say(f"deadline_event.{rule.counted}")
    return f"{day(held.starts_on)}, {event}" if held.starts_on else ""


def amount_words(rule: Rule, amount: int) -> str:
    """A length in the unit of a rule."""
    return say(f"clock_unit_one.{rule.unit}") if amount == 1 else f"{amount} {say(f'clock_unit.{rule.unit}')}"


def stop_lines(stops: Iterable[ClockStop]) -> list[str]:
    """The times in which it stood still."""
    return [
        gettext("Después del %(since)s y hasta el %(until)s", since=day(each.since_on), until=day(each.until_on))
        if each.until_on
        else gettext("Desde el %(since)s, sin reanudar", since=day(each.since_on))
        for each in stops
    ]


def extension_lines(rule: Rule, granted: Iterable[ClockExtension]) -> list[str]:
    """What was granted on top, when it was asked for and when it was given."""
    return [
        gettext(
            "%(amount)s más: pedida el %(asked)s, concedida el %(granted)s",
            amount=amount_words(rule, each.amount),
            asked=day(each.asked_on),
            granted=day(each.granted_on),
        )
        if each.asked_on
        else gettext(
            "%(amount)s más: concedida de oficio el %(granted)s",
            amount=amount_words(rule, each.amount),
            granted=day(each.granted_on),
        )
        for each in granted
    ]


def move_lines(moves: Iterable[ClockMove]) -> list[dict[str, str]]:
    """From when to when its end moved, and why."""
    return [
        {"text": _move(each), "when": ago(each.at), "exact": exact(each.at)}
        for each in moves
        if each.before_on or each.after_on
    ]


def _move(each: ClockMove) -> str:
    how = "said" if each.before_on and each.after_on else "to_nothing" if each.before_on else "from_nothing"
    why = say(f"clock_move.{each.why}")
    return say(f"clock_move.{how}", before=day(each.before_on), after=day(each.after_on), why=why)
