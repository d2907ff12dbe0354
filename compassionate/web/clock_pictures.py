"""A term as a picture: its months with the days that count numbered, and a line for each day that does not."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import format_date

from compassionate.deadlines.counting import Counted, Due
from compassionate.deadlines.explaining import step_words
from compassionate.deadlines.rules import Rule
from compassionate.web.templating import day, language, say

MOST_MONTHS = 5
UNTOLD = ("counted", "weekend", "suspended")  # days too many for a line each: the picture and a number tell them
KINDS = {"counted": "counts", "event": "event", "suspended": "still", "stands_still": "still", "rolled": "counts"}
WEEK = Calendar()


def picture(rule: Rule, due: Due) -> dict[str, Any]:
    """What the page of a clock draws of its explanation."""
    days = rule.unit in ("working-days", "calendar-days") and not rule.backwards
    months = _months(due) if days else []
    return {
        "months": months if len(months) <= MOST_MONTHS else [],
        "lines": [
            {"on": day(step.on), "iso": step.on.isoformat(), "words": step_words(step, language())}
            for step in due.steps
            if step.why not in UNTOLD
        ],
        "counted": sum(step.counted for step in due.steps) if days else 0,
        "weekend": _number(due, "weekend"),
        "suspended": _number(due, "suspended"),
        "week": [format_date(date(2024, 1, number), "EEEEE") for number in range(1, 8)],
        "week_names": [format_date(date(2024, 1, number), "EEEE") for number in range(1, 8)],
    }


def _number(due: Due, why: str) -> int:
    return sum(step.why == why for step in due.steps)


def _months(due: Due) -> list[dict[str, Any]]:
    """The months from the first day of a term to its last."""
    told = {step.on: step for step in due.steps}
    numbers = _numbers(due.steps)
    first, last = min(told), due.due_on or max(told)
    spans = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [_month(*divmod(span, 12), told, numbers, due.due_on) for span in spans]


def _numbers(steps: Sequence[Counted]) -> dict[date, int]:
    """Which day of the term each counted day is."""
    counted = [step.on for step in steps if step.why == "counted"]
    return {on: number for number, on in enumerate(counted, 1)}


def _month(
    year: int, month: int, told: dict[date, Counted], numbers: dict[date, int], ends: date | None
) -> dict[str, Any]:
    weeks = WEEK.monthdatescalendar(year, month + 1)
    return {
        "title": format_date(date(year, month + 1, 1), "LLLL yyyy"),
        "weeks": [
            [_cell(on, told.get(on), numbers.get(on), ends) if on.month == month + 1 else None for on in week]
            for week in weeks
        ],
    }


def _cell(on: date, step: Counted | None, number: int | None, ends: date | None) -> dict[str, Any]:
    kind = "" if step is None else KINDS.get(step.why, "off")
    words = step_words(step, language()) if step else ""
    if on == ends:
        kind, words = "end", say("clock_picture.last")
    elif number:
        words = say("clock_picture.number", number=number)
    return {"day": on.day, "iso": on.isoformat(), "kind": kind, "number": number or "", "words": words}
