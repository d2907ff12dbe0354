"""Days of a calendar as they are typed or pasted from the official journal: a date and a name, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from compassionate.deadlines.calendars import SATURDAY
from compassionate.services.given import Given
from compassionate.text import single_line
from compassionate.workflow.values import read_date

MOST_LINES, LONGEST_NAME = 60, 120


def read_lines(read: Given, year: int, kind: str) -> dict[date, str]:
    """The days by date; every line that cannot be taken is named in the field `days`."""
    typed = read.lines("days", 4000).splitlines()
    lines = [(number, single_line(line)) for number, line in enumerate(typed, 1) if line.strip()]
    if not lines:
        read.wrong("days", "value.missing")
    if len(lines) > MOST_LINES:
        read.wrong("days", "calendar.too_many", most=MOST_LINES)
    found: dict[date, str] = {}
    for number, line in lines[:MOST_LINES]:
        text, _, rest = line.partition(" ")
        try:
            on, name = read_date(text.rstrip(":;,")), rest.strip(" \t-–:;,")
        except ValueError:
            read.wrong("days", "calendar.line", number=number)
            continue
        if wrong := _wrong(on, name, year, kind, found):
            read.wrong("days", wrong, number=number, year=year, on=on)
        found[on] = name
    return found


def _wrong(on: date, name: str, year: int, kind: str, found: Mapping[date, str]) -> str:
    if on.year != year:
        return "calendar.other_year"
    if on in found:
        return "calendar.twice"
    if kind == "off" and on.weekday() >= SATURDAY:
        return "calendar.weekend"
    return "calendar.name" if len(name) > LONGEST_NAME or (kind == "off" and not name) else ""
