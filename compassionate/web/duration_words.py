"""Durations as people say them: days, hours where it is less than one; steps, owners and stages in words."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import format_date, format_decimal

from compassionate.services.durations import MONTH, OWNER, PRODUCT, STAGE
from compassionate.web.due import owner_words, turn_short
from compassionate.web.templating import say
from compassionate.words import has_words

HOURS = 24
WHOLE_FROM = 10  # from so many days on, a tenth of one says nothing


def rounded(days: float, places: int) -> Decimal:
    """Rounded as people and spreadsheets do, halves up."""
    return Decimal(repr(days)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def days_said(days: float) -> str:
    """A duration in short: 5 h, 3,2 d, 45 d."""
    hours = days * HOURS
    if 0 < hours < 1:
        return say("duration.under_hour")
    if 0 < days < 1 and rounded(hours, 0) < HOURS:
        return say("duration.hours", n=rounded(hours, 0))
    tenths = rounded(days, 1)
    return say("duration.days", n=format_decimal(rounded(days, 0) if tenths >= WHOLE_FROM else tenths, "#,##0.#"))


def between(low: float, high: float) -> str:
    """A range in short; one duration where both ends read the same."""
    first, last = days_said(low), days_said(high)
    return first if first == last else say("duration.range", low=first, high=last)


def name_said(kind: str, name: str) -> str:
    """A step, an owner or a stage in words."""
    if kind == STAGE:
        return say(f"stage.{name}")
    return owner_words(name) if kind == OWNER else say(f"state.{name}")


def name_short(kind: str, name: str) -> str:
    """The same in so few words that a picture holds it."""
    if kind == OWNER:
        return turn_short(name.split(","))
    if kind == STAGE:
        return say(f"stage_short.{name}")
    return say(f"state_short.{name}" if has_words(f"state_short.{name}") else f"state.{name}")


def group_said(group: str, value: str, products: dict[str, tuple[str, str]]) -> str:
    """A month, a medicine or a service in words."""
    if group == MONTH:
        return month_said(date.fromisoformat(f"{value}-01"))
    if group == PRODUCT:
        return products.get(value, ("", value))[1]
    return value or say("duration.no_service")


def month_said(month: date) -> str:
    """A month and its year."""
    return str(format_date(month, "LLLL yyyy"))
