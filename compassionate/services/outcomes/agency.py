"""Figures for the agency's follow-up forms, of one case and of a whole programme: to be copied field by field.

RD 1015/2009 art. 11.1.d (the follow-up that the authorisation asks for) and 10.f. What is nowhere on record is said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case
from compassionate.services.outcomes.cohort import Cohort
from compassionate.services.outcomes.rows import PatientCourse, patients


@dataclass(frozen=True, slots=True)
class Copied:
    """What is copied: patients treated, visits due, done and out of window, operations, suspected reactions."""

    treated: int
    first_on: date | None
    visits_due: int
    visits_done: int
    visits_off: int
    visits_missing: int
    operated: int
    reactions: int
    reactions_open: int


def copied(found: tuple[PatientCourse, ...] | list[PatientCourse]) -> Copied:
    """The figures of some patients."""
    seen = [each for patient in found for each in patient.visits]
    due, done = sum(each.is_due for each in seen), sum(each.status == "done" for each in seen)
    return Copied(
        treated=len(found),
        first_on=min((each.treated_on for each in found), default=None),
        visits_due=due,
        visits_done=done,
        visits_off=sum(each.is_off for each in seen),
        visits_missing=due - done,
        operated=sum(each.operated_on is not None for each in found),
        reactions=sum(each.reactions for each in found),
        reactions_open=sum(each.reactions_open for each in found),
    )


def of_cohort(held: Cohort) -> Copied:
    """The figures of a programme."""
    return copied(held.patients)


def course_of(session: Session, case: Case, now: datetime) -> PatientCourse | None:
    """One case as its programme counts it; None before its first dose."""
    programme = case.programme or case.product.programme
    found, _ = patients(session, programme, [Case.id == case.id], civil_date(now, case.centre.zone))
    return found[0] if found else None
