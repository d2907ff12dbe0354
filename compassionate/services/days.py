"""Days as people type them into small forms: read, and refused where they cannot be."""

from __future__ import annotations

from datetime import date

from compassionate.errors import FieldError, Invalid
from compassionate.workflow.values import read_date


def day_errors(name: str, text: str, today: date) -> tuple[FieldError, ...]:
    """What is wrong with the day of something that has happened: nothing there, no date, in the future."""
    try:
        day = read_date(text.strip())
    except ValueError:
        return (FieldError(name, "value.date_format" if text.strip() else "value.missing"),)
    return (FieldError(name, "value.date_in_future"),) if day > today else ()


def past_day(name: str, text: str, today: date) -> date:
    """The day of something that has happened; raises Invalid."""
    if errors := day_errors(name, text, today):
        raise Invalid(errors)
    return read_date(text.strip())
