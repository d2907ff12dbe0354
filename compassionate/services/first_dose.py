"""The day of the first administration, corrected: every visit is counted from it, so all of them are planned anew.

RD 1015/2009 art. 11.1.d; Ley 39/2015 art. 109.2. The ledger keeps its movement as it was written; the dose says the
day that is right, and the history says both with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, NotFound
from compassionate.models import Case, Dose, SupplyEntry, Visit
from compassionate.services import visit_plan
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.days import day_errors
from compassionate.services.edits import hold
from compassionate.services.facts import today_at
from compassionate.services.given import Given
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.visit_schedule import BASELINE
from compassionate.workflow.values import read_date

SECTION, ACTION = "first_dose_day", "correct_first_dose"


def first_dose(session: Session, case: Case) -> Dose | None:
    """The dispensing or administration with which the treatment began."""
    wanted = select(Dose).where(Dose.case_id == case.id).order_by(Dose.given_on, Dose.id)
    return session.scalar(wanted.limit(1))


def correct(session: Session, actor: Actor, case: Case, given: Mapping[str, Any], now: datetime) -> Dose:
    """Correct the day of the first dose and plan the visits anew (fields given_on, reason).

    Raises Refused, NotFound before any dose, Invalid for a day before the batch was released, after a later dose or
    before a first visit that was made.
    """
    hold(session, case)
    require_edit(case, actor, SECTION)
    dose = first_dose(session, case)
    if dose is None:
        raise NotFound
    read = Given(given)
    text, reason = read.raw("given_on"), read.lines("reason", 500)
    if not reason:
        read.wrong("reason", "value.missing")
    read.errors += day_errors("given_on", text, today_at(case, now)) or _wrongs(session, case, dose, text)
    read.settle()
    day, before = read_date(text.strip()), dose.given_on
    dose.given_on = day
    visit_plan.plan(session, case, day)
    changes = differing({"given_on": before}, {"given_on": day})
    inputs = {"given_on": day, "reason": reason}
    record(session, case, actor, now, ACTION, role=role_for(SECTION, case, actor), inputs=inputs, changes=changes)
    return dose


def _wrongs(session: Session, case: Case, dose: Dose, text: str) -> tuple[FieldError, ...]:
    day = read_date(text.strip())
    if day == dose.given_on:
        return (FieldError("given_on", "rectify.same"),)
    released = _released_on(session, case, dose)
    if released and day < released:
        return (FieldError("given_on", "stock.before_release", {"batch": dose.batch, "on": released}),)
    wanted = select(Dose.given_on).where(Dose.case_id == case.id, Dose.id != dose.id).order_by(Dose.given_on)
    later = session.scalar(wanted.limit(1))
    if later and day > later:
        return (FieldError("given_on", "visit.after_later_dose", {"on": later}),)
    made = select(Visit.done_on).where(Visit.case_id == case.id, Visit.name == BASELINE, Visit.status == "done")
    first = session.scalar(made)
    return (FieldError("given_on", "visit.dose_before_baseline", {"on": first}),) if first and day < first else ()


def _released_on(session: Session, case: Case, dose: Dose) -> date | None:
    entries = select(SupplyEntry.on).where(SupplyEntry.case_id == case.id, SupplyEntry.batch == dose.batch)
    same = entries.where(SupplyEntry.kind == "released", SupplyEntry.line_number == dose.line_number)
    return session.scalar(same.order_by(SupplyEntry.on).limit(1))
