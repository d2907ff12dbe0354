"""Follow-up visits: done with their answers, missed or waived with a reason; attempts to reach a patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Case, ContactAttempt, Visit, new_id
from compassionate.models.vault import seal
from compassionate.services.actors import Actor
from compassionate.services.answers import save
from compassionate.services.cases import require_edit
from compassionate.services.criteria import forms_of
from compassionate.services.facts import today_at
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.text import clean
from compassionate.workflow.values import read_date

CONTACT_CHANNELS = ("telephone", "letter", "email", "home", "other_centre")


def visit_form(session: Session, case: Case) -> str:
    """The questionnaire of this product's visits."""
    kind = case.product.programme.split("-")[0]
    name = f"follow-up-{kind}" if kind else "follow-up-general"
    return name if name in forms_of(session).names() else "follow-up-general"


def visit_of(session: Session, case: Case, name: str) -> Visit:
    """A planned visit by its name; raises NotFound."""
    visit = session.scalar(select(Visit).where(Visit.case_id == case.id, Visit.name == name))
    if visit is None:
        raise NotFound
    return visit


def record_visit(
    session: Session,
    actor: Actor,
    case: Case,
    name: str,
    done_on: str,
    answers: Mapping[str, Any],
    now: datetime,
    version: int | None = None,
) -> Visit:
    """Record that a visit took place, with its answers; raises Invalid, Refused, Conflict, NotFound."""
    require_edit(case, actor, "visits")
    visit = visit_of(session, case, name)
    try:
        day = read_date(done_on.strip())
    except ValueError:
        raise Invalid((FieldError("done_on", "value.date_format" if done_on.strip() else "value.missing"),)) from None
    if day > today_at(case, now):
        raise Invalid((FieldError("done_on", "value.date_in_future"),))
    save(session, actor, case, visit_form(session, case), answers, now, subject=name, version=version)
    visit.status, visit.done_on, visit.reason = "done", day, None
    record(
        session, case, actor, now, "record_visit", role=role_for("visits", case, actor), region="visit", instance=name
    )
    return visit


def skip_visit(session: Session, actor: Actor, case: Case, name: str, status: str, reason: str, now: datetime) -> Visit:
    """Record that a visit was missed or is waived, with the reason; raises Invalid, Refused, NotFound."""
    require_edit(case, actor, "visits")
    visit, text = visit_of(session, case, name), clean(reason).strip()
    errors = [FieldError("status", "value.not_a_choice")] if status not in ("missed", "waived") else []
    errors += [] if text else [FieldError("reason", "value.missing")]
    errors += [FieldError("status", "visit.already_done")] if visit.status == "done" else []
    if errors:
        raise Invalid(tuple(errors))
    visit.status = status
    seal(session, visit, "reason", case.key_id, text)
    record(
        session,
        case,
        actor,
        now,
        f"record_visit_{status}",
        role=role_for("visits", case, actor),
        region="visit",
        instance=name,
    )
    return visit


def record_attempt(
    session: Session, actor: Actor, case: Case, given: Mapping[str, Any], now: datetime
) -> ContactAttempt:
    """Record one attempt to reach the patient (fields on, channel, outcome); raises Invalid, Refused."""
    require_edit(case, actor, "contact_attempts")
    errors = []
    channel, outcome = str(given.get("channel") or ""), clean(str(given.get("outcome") or "")).strip()
    try:
        on = read_date(str(given.get("on") or "").strip())
    except ValueError:
        on = None
    if on is None or on > today_at(case, now):
        errors.append(FieldError("on", "value.date_format" if on is None else "value.date_in_future"))
    errors += [] if channel in CONTACT_CHANNELS else [FieldError("channel", "value.not_a_choice")]
    errors += [] if outcome else [FieldError("outcome", "value.missing")]
    if errors or on is None:
        raise Invalid(tuple(errors))
    row = ContactAttempt(id=new_id(), case_id=case.id, on=on, channel=channel, by_id=actor.account_id)
    seal(session, row, "outcome", case.key_id, outcome)
    session.add(row)
    record(session, case, actor, now, "record_attempt", role=role_for("contact_attempts", case, actor))
    return row
