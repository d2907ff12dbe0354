"""Which visits a case begins with, and in which order they are told, everywhere the same (RD 1015/2009 art. 11.1.d)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from compassionate.models import Case, Visit
from compassionate.programmes import Programme

BASELINE = "baseline"


def in_order(visits: Iterable[Visit]) -> list[Visit]:
    """Visits as they follow one another: by day once they are dated, by months before."""
    return sorted(visits, key=lambda each: (each.planned_on or date.max, each.months, each.day or 0, each.name))


def visit_name(months: int) -> str:
    """The id of a visit so many months after the first dose: `baseline`, `m3`…"""
    return f"m{months}" if months else BASELINE


def first_visits(case: Case, programme: Programme | None, months: Iterable[int]) -> list[Visit]:
    """The visits of the programme with their days and windows; of a medicine without one, those of its months."""
    if programme is None:
        return [Visit(case_id=case.id, name=visit_name(each), months=each) for each in months]
    return [
        Visit(
            case_id=case.id,
            name=each.name,
            months=each.months,
            day=each.day,
            before_days=each.before_days,
            after_days=each.after_days,
        )
        for each in programme.visits
    ]
