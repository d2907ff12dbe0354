"""Figures of time as geometry: places of strips, ticks and months, in per cent across so that words keep their size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log10
from typing import Any

from flask_babel import format_date

from compassionate.services.durations import Spread
from compassionate.web.duration_words import HOURS, days_said
from compassionate.web.templating import say

LEFT, ACROSS = 1.0, 94.0  # of a strip
FIRST, ALONG = 9.0, 89.0  # of a line of months
TOP, BOTTOM = 12, 172
LONGEST_LABEL = 36
MOST_LETTERS = 14  # so many months have each their letter; of more, the years alone are named
Picture = dict[str, Any]
Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale from 0 to a round number, in days or, where all is shorter than one, in hours."""

    top: float
    ticks: tuple[float, ...]

    @property
    def in_hours(self) -> bool:
        """Whether the scale is told in hours."""
        return self.top <= 1

    @property
    def said(self) -> list[str]:
        """The ticks in words."""
        return [f"{round(tick * (HOURS if self.in_hours else 1), 2):g}" for tick in self.ticks]

    @property
    def unit(self) -> str:
        """Days or hours."""
        return say("duration.axis_hours" if self.in_hours else "duration.axis_days")


def scale(largest: float) -> Scale:
    """A scale with three to six steps that holds the largest value."""
    factor = HOURS if largest <= 1 else 1
    wanted = max(largest * factor, 1.0)
    unit = 10.0 ** int(log10(wanted) - 0.5)
    step = next(each * unit for each in (0.5, 1, 2, 2.5, 5, 10, 20) if wanted / (each * unit) <= 5)
    count = ceil(wanted / step - 1e-9)
    return Scale(count * step / factor, tuple(number * step / factor for number in range(count + 1)))


def _reach(held: Spread) -> float:
    """How far a strip is drawn: nine in ten, or every value where they are few."""
    return held.maximum if held.is_few else held.p90


def strips(rows: Sequence[tuple[str, Spread]]) -> Picture | None:
    """One strip a row: eight in ten as a line, the middle half as a bar, the median; single values where few."""
    if not rows:
        return None
    held = scale(max(_reach(each) for _, each in rows))

    def at(days: float) -> float:
        return round(LEFT + ACROSS * days / held.top, 2)

    return {
        "unit": held.unit,
        "ticks": [{"x": at(tick), "text": text} for tick, text in zip(held.ticks, held.said, strict=True)],
        "rows": [_strip(label, each, at) for label, each in rows],
    }


def _strip(label: str, held: Spread, at: Place) -> Picture:
    text = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
    row: Picture = {"label": text, "figure": days_said(held.median_days), "points": [at(each) for each in held.points]}
    if not held.is_few:
        row |= {"low": at(held.p10), "high": at(held.p90), "first": at(held.p25), "third": at(held.p75)}
        row |= {"median": at(held.median_days), "bar": round(at(held.p75) - at(held.p25), 2)}
    return row


def months_between(from_on: date, until_on: date) -> list[date]:
    """The first days of the months from one day until before another."""
    first, last = (day.year * 12 + day.month - 1 for day in (from_on, until_on))
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, max(last, first + 1))]


def line(found: dict[str, Spread], months: Sequence[date]) -> Picture | None:
    """The median of each month as a line, its middle half as a bar; a month of few cases is a hollow point."""
    if not found:
        return None
    held = scale(max(each.maximum if each.is_few else each.p75 for each in found.values()))

    def up(days: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * days / held.top, 1)

    step = ALONG / len(months)
    points = [
        _point(found.get(f"{month:%Y-%m}"), round(FIRST + step * (place + 0.5), 2), up)
        for place, month in enumerate(months)
    ]
    return {
        "unit": held.unit,
        "ticks": [{"y": up(tick), "text": text} for tick, text in zip(held.ticks, held.said, strict=True)],
        "points": [each for each in points if each],
        "lines": list(_lines(points)),
        "names": _names(months, step),
    }


def _point(held: Spread | None, x: float, up: Place) -> Picture | None:
    if held is None:
        return None
    return {
        "x": x,
        "y": up(held.median_days),
        "few": held.is_few,
        "first": up(held.p25),
        "third": up(held.p75),
    }


def _lines(points: Iterable[Picture | None]) -> Iterable[Picture]:
    """From each month to the next: a month without a case breaks the line."""
    before: Picture | None = None
    for each in points:
        if before and each:
            yield {"x1": before["x"], "y1": before["y"], "x2": each["x"], "y2": each["y"]}
        before = each


def _names(months: Sequence[date], step: float) -> list[Picture]:
    """The letters of the months, with the year under the first of each; of many months the years alone."""
    letters = len(months) <= MOST_LETTERS
    alone = letters and all(
        month.month != 1 for month in months[:3]
    )  # two years side by side would run into each other
    return [
        {
            "x": round(FIRST + step * (place + 0.5), 2),
            "letter": str(format_date(month, "LLLLL")) if letters else "",
            "year": str(month.year) if month.month == 1 or (alone and place == 0) else "",
        }
        for place, month in enumerate(months)
    ]
