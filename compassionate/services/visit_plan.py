"""When the visits of a case are to be: their days from the first administration, their windows, those nobody planned.

RD 1015/2009 art. 11.1.d. A visit with a day of its own counts in days, one without in months; a window of its own comes
before the centre's setting. Whatever moves the first administration plans them all anew (`plan`).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.clock import months_after
from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, Dose, Visit, new_id
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.edits import hold
from compassionate.services.facts import today_at
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.visit_schedule import BASELINE
from compassionate.services.visit_window import off_days, window
from compassionate.workflow.values import read_date

MOST_UNSCHEDULED, FURTHEST = 20, timedelta(days=732)


def first_given_on(session: Session, case: Case) -> date | None:
    """The day of the first administration or dispensing, from which everything is counted."""
    return session.scalar(select(func.min(Dose.given_on)).where(Dose.case_id == case.id))


def plan(session: Session, case: Case, first_on: date) -> None:
    """Date every visit of the plan from the first administration, and say anew how far off those made already were."""
    for visit in session.scalars(select(Visit).where(Visit.case_id == case.id, Visit.unscheduled.is_(False))):
        by_months = months_after(first_on, visit.months)
        visit.planned_on = by_months if visit.day is None else first_on + timedelta(days=visit.day)
        visit.off_days = off_days(visit.done_on, *window(visit, case.centre))


def baseline_errors(session: Session, case: Case, name: str, done_on: date) -> tuple[FieldError, ...]:
    """What is measured after the treatment began is no baseline."""
    first_on = first_given_on(session, case) if name == BASELINE else None
    if first_on is None or done_on <= first_on:
        return ()
    return (FieldError("done_on", "visit.baseline_after_dose", {"on": first_on}),)


def add_visit(session: Session, actor: Actor, case: Case, on: str, now: datetime) -> Visit:
    """Add a visit that the plan does not have (field on: today or a day to come); raises Invalid, Refused."""
    hold(session, case)
    require_edit(case, actor, "visits")
    day, number = _day(on, today_at(case, now)), 1 + _unscheduled(session, case)
    if number > MOST_UNSCHEDULED:
        raise Invalid((FieldError("on", "visit.too_many", {"most": MOST_UNSCHEDULED}),))
    visit = Visit(id=new_id(), case_id=case.id, name=f"u{number}", months=_months(session, case, day), unscheduled=True)
    visit.planned_on, visit.status = day, "planned"
    session.add(visit)
    role, named = role_for("visits", case, actor), visit.name
    record(session, case, actor, now, "add_visit", role=role, region="visit", instance=named, inputs={"on": day})
    return visit


def _unscheduled(session: Session, case: Case) -> int:
    wanted = select(func.count()).where(Visit.case_id == case.id, Visit.unscheduled.is_(True))
    return session.scalar(wanted) or 0


def _day(text: str, today: date) -> date:
    try:
        day = read_date(text.strip())
    except ValueError as error:
        raise Invalid((FieldError("on", "value.date_format" if text.strip() else "value.missing"),)) from error
    if not today - FURTHEST <= day <= today + FURTHEST:
        raise Invalid((FieldError("on", "visit.too_far"),))
    return day


def _months(session: Session, case: Case, day: date) -> int:
    """Whole months since the first administration; none before it."""
    first_on = first_given_on(session, case)
    if first_on is None or day < first_on:
        return 0
    months = (day.year - first_on.year) * 12 + day.month - first_on.month
    return months if months_after(first_on, months) <= day else months - 1
