"""A report as tables of plain values: what a page, a workbook and a PDF say the same numbers from.

Texts are words already. A value that is not told is a mark: HIDDEN (so few people that somebody could be recognised),
UNKNOWN (nobody wrote it down: never nothing) and NOTHING (there is none to tell).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any, Literal

Kind = Literal["text", "count", "decimal", "money"]
CENTS, NBSP = 100, "\u00a0"


class Mark(Enum):
    """Why a cell has no value."""

    HIDDEN = "hidden"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


Value = str | int | Decimal | date | Mark


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head in words, what stands in it, and how many letters wide it is."""

    head: str
    kind: Kind = "text"
    width: int = 14


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `bars`: the column whose numbers a picture shows beside the first one; money is in cents.

    `picture`: another picture of its rows, as geometry with its words (documents/outcome_charts.py).
    """

    code: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...] = ()
    bars: int | None = None
    picture: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report."""

    code: str
    title: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report in words: its title, what it is about (label and value), its parts; `is_demo`: nothing in it is real."""

    title: str
    subtitle: str
    about: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    language: str = "es"
    is_demo: bool = False


def rounded(days: float) -> Decimal:
    """Days to one decimal, halves away from zero as people round."""
    return Decimal(repr(days)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def grouped(number: int, language: str) -> str:
    """A whole number with its thousands apart, from ten thousand on."""
    text = f"{number:,}" if abs(number) >= 10_000 else str(number)
    return text if language == "en" else text.replace(",", ".")


def shown(value: Value, kind: Kind, marks: dict[Mark, str], language: str = "es") -> str:
    """A cell as people read it: 1.234,50 · 3,5 · 30/06/2026."""
    if isinstance(value, Mark):
        return marks[value]
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if kind == "money":
        return _with_cents(int(value), language)
    return grouped(value, language) if isinstance(value, int) else _decimal(value, language)


def _decimal(value: Decimal, language: str) -> str:
    whole, _, part = f"{value:f}".partition(".")
    point = "." if language == "en" else ","
    return f"{whole}{point}{part}" if part else whole


def _with_cents(cents: int, language: str) -> str:
    sign, (whole, rest) = "-" if cents < 0 else "", divmod(abs(cents), CENTS)
    text, point = f"{whole:,}", "."
    if language != "en":
        text, point = text.replace(",", "."), ","
    return f"{sign}{text}{point}{rest:02d}"


def longest(values: Sequence[str]) -> int:
    """The length of the longest text."""
    return max((len(each) for each in values), default=0)
