"""Follow-up visits: done with their answers, missed or waived with a reason; attempts to reach a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.instruments import INSTRUMENTS
from compassionate.models import Account, AnswerSet, Case, ContactAttempt, Visit, new_id
from compassionate.models.vault import seal, unseal
from compassionate.questionnaires import Questionnaire, missing
from compassionate.services import fact_clocks, visit_plan, visit_window
from compassionate.services.actors import Actor
from compassionate.services.answers import find, form_for, save
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.criteria import forms_of
from compassionate.services.days import day_errors, past_day
from compassionate.services.edits import hold
from compassionate.services.facts import today_at
from compassionate.services.reactions import owe_triage
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.scores import scores_of
from compassionate.services.visit_schedule import in_order
from compassionate.text import clean

CONTACT_CHANNELS = ("telephone", "letter", "email", "home", "other_centre")
SKIPPED, TRACING = ("missed", "waived"), fact_clocks.TRACING
LONGEST_TEXT = 2000
LOST = "lost_to_follow_up"


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit as a list shows it: its window, its scores, and whether it is due or overdue today."""

    row: Visit
    opens_on: date | None
    closes_on: date | None
    today: date
    scores: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    is_lost: bool = False

    @property
    def timing(self) -> str:
        """While planned `undated`, `ahead`, `open`, `due`, `overdue` or `lost`; then `done`, `done_off`, or its status.

        From the first day of its window it is open, from its own day on it is due, after the last day it is overdue.
        """
        if self.row.status != "planned":
            return "done_off" if self.off_days else self.row.status
        if self.is_lost:
            return "lost"
        if self.opens_on is None or self.closes_on is None or self.row.planned_on is None:
            return "undated"
        if self.today > self.closes_on:
            return "overdue"
        return "ahead" if self.today < self.opens_on else "open" if self.today < self.row.planned_on else "due"

    @property
    def off_days(self) -> int:
        """How many days before (negative) or after its window it took place; 0 inside, or where nobody can say."""
        kept = self.row.off_days
        return (visit_window.off_days(self.row.done_on, self.opens_on, self.closes_on) if kept is None else kept) or 0

    @property
    def is_off(self) -> bool:
        """Whether it took place outside its window."""
        return self.off_days != 0


def planned(session: Session, case: Case, now: datetime) -> list[Planned]:
    """The visits of a case, one after the other."""
    rows = in_order(session.scalars(select(Visit).where(Visit.case_id == case.id)))
    form, today = visit_form(session, case), today_at(case, now)
    return [_planned(session, case, row, find(session, case, form, row.name), today) for row in rows]


def _planned(session: Session, case: Case, row: Visit, held: AnswerSet | None, today: date) -> Planned:
    opens, closes = visit_window.window(row, case.centre)
    scores = scores_of(unseal(session, held, "answers", case.key_id)) if held and row.status == "done" else {}
    reason = unseal(session, row, "reason", case.key_id) or ""
    return Planned(row, opens, closes, today, scores, reason, case.state == LOST)


def visit_form(session: Session, case: Case) -> str:
    """The questionnaire of this product's visits."""
    kind = case.product.programme.split("-")[0]
    names = [f"follow-up-{each}" for each in (case.programme, kind) if each]
    return next((name for name in names if name in forms_of(session).names()), "follow-up-general")


def visit_of(session: Session, case: Case, name: str) -> Visit:
    """A planned visit by its name; raises NotFound."""
    visit = session.scalar(select(Visit).where(Visit.case_id == case.id, Visit.name == name))
    if visit is None:
        raise NotFound
    return visit


def answers_of(session: Session, case: Case, visit: Visit) -> Mapping[str, Any]:
    """What is stored for a visit, made or not yet."""
    held = find(session, case, visit_form(session, case), visit.name)
    found: Mapping[str, Any] = unseal(session, held, "answers", case.key_id) if held else {}
    return found


def record_visit(
    session: Session,
    actor: Actor,
    case: Case,
    name: str,
    done_on: str,
    answers: Mapping[str, Any],
    now: datetime,
    version: int | None = None,
    demanding: bool = False,
) -> Visit:
    """Record that a visit took place, with its answers; raises Invalid, Refused, Conflict, NotFound.

    `demanding`: what was forgotten is Invalid too, field by field (a page on which somebody types it now).
    An adverse event that it tells of is a suspected reaction until a physician has settled it (art. 11.1.c).
    """
    hold(session, case)
    require_edit(case, actor, "visits")
    visit = visit_of(session, case, name)
    day = past_day("done_on", done_on, today_at(case, now))
    if errors := visit_plan.baseline_errors(session, case, name, day):
        raise Invalid(errors)
    form = form_for(session, case, visit_form(session, case), name)
    if demanding and (gaps := forgotten(form, answers)):
        raise Invalid(gaps)
    save(session, actor, case, visit_form(session, case), answers, now, subject=name, version=version)
    before = _state(session, case, visit)
    visit.status, visit.done_on, visit.reason = "done", day, None
    visit.off_days = visit_window.off_days(day, *visit_window.window(visit, case.centre))
    changes, role = differing(before, _state(session, case, visit)), role_for("visits", case, actor)
    named = {"region": "visit", "instance": name}
    event = record(session, case, actor, now, "record_visit", role=role, inputs={"on": day}, changes=changes, **named)
    fact_clocks.end(session, case, event, TRACING, now, _tracing(name))
    fact_clocks.end(session, case, event, TRACING, now, until=day)  # who came later was found
    if answers.get("adverse_events") is True:
        owe_triage(session, case, "suspected", name, event, day, now)
    return visit


def skip_visit(session: Session, actor: Actor, case: Case, name: str, status: str, reason: str, now: datetime) -> Visit:
    """Record that a visit was missed or is waived, with the reason; raises Invalid, Refused, NotFound.

    Nobody missed a visit whose window is open, nor one for which nobody looked for them. From a missed one on the
    patient is looked for (K-LTFU, the hospital's own length; art. 11.1.d).
    """
    hold(session, case)
    require_edit(case, actor, "visits")
    visit, text = visit_of(session, case, name), clean(reason)
    errors = [] if status in SKIPPED else [FieldError("status", "value.not_a_choice" if status else "value.missing")]
    errors += _text_errors("reason", text)
    errors += [FieldError("status", "visit.already_done")] if visit.status == "done" else []
    errors += _not_missed(session, case, visit, now) if status == "missed" else []
    if errors:
        raise Invalid(tuple(errors))
    before = _state(session, case, visit)
    visit.status = status
    seal(session, visit, "reason", case.key_id, text)
    changes, role = differing(before, _state(session, case, visit)), role_for("visits", case, actor)
    named, action = {"region": "visit", "instance": name}, f"record_visit_{status}"
    event = record(session, case, actor, now, action, role=role, inputs={"reason": text}, changes=changes, **named)
    if status == "missed":
        on = visit.planned_on or today_at(case, now)
        fact_clocks.begin(session, case, event, TRACING, _tracing(name), on, now)
    else:
        fact_clocks.end(session, case, event, TRACING, now, _tracing(name))
    return visit


def _not_missed(session: Session, case: Case, visit: Visit, now: datetime) -> list[FieldError]:
    """Why a visit cannot be called missed yet: its window is open, or no attempt to reach the patient is on record."""
    opens, closes = visit_window.window(visit, case.centre)
    if opens is None or closes is None:
        return [FieldError("status", "visit.undated")]
    if today_at(case, now) <= closes:
        return [FieldError("status", "visit.window_open", {"on": closes})]
    return [] if attempts_for(session, case, opens) else [FieldError("status", "visit.no_attempt")]


def attempts_for(session: Session, case: Case, opens: date) -> list[ContactAttempt]:
    """The attempts to reach the patient since a window opened, oldest first."""
    wanted = select(ContactAttempt).where(ContactAttempt.case_id == case.id, ContactAttempt.on >= opens)
    return list(session.scalars(wanted.order_by(ContactAttempt.on, ContactAttempt.id)))


def forgotten(form: Questionnaire, answers: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """What a visit lacks: required questions, and parts of an instrument of which too few were answered for a score."""
    fields = [error.field for error in missing(form, dict(answers))]
    for instrument in INSTRUMENTS.values():
        for scale in instrument.scales:
            fields += _left_out(form, answers, [instrument.link_id(item) for item in scale.items], scale.least)
    return tuple(FieldError(field, "visit.forgotten") for field in dict.fromkeys(fields))


def _left_out(form: Questionnaire, answers: Mapping[str, Any], parts: list[str], least: int) -> list[str]:
    blank = [each for each in parts if form.has(each) and answers.get(each) is None]
    answered = sum(answers.get(each) is not None for each in parts)
    return blank if 0 < answered < least else []


def before(session: Session, case: Case, visit: Visit) -> tuple[Visit, Mapping[str, Any]] | None:
    """The visit made last before this one, with its answers: what a page shows beside each field."""
    made = [
        each
        for each in session.scalars(select(Visit).where(Visit.case_id == case.id, Visit.status == "done"))
        if each.id != visit.id and (visit.done_on is None or (each.done_on and each.done_on < visit.done_on))
    ]
    last = max(made, key=lambda each: (each.done_on or date.min, each.id), default=None)
    held = find(session, case, visit_form(session, case), last.name) if last else None
    return (last, unseal(session, held, "answers", case.key_id)) if last and held else None


def _tracing(name: str) -> str:
    return f"visit-{name}"


def _state(session: Session, case: Case, visit: Visit) -> dict[str, Any]:
    reason = unseal(session, visit, "reason", case.key_id)
    held = {"visit_status": visit.status, "done_on": visit.done_on, "reason": reason}
    return held | {"off_days": visit.off_days or None}


def _text_errors(name: str, text: str) -> list[FieldError]:
    if len(text) > LONGEST_TEXT:
        return [FieldError(name, "value.too_long", {"limit": LONGEST_TEXT, "length": len(text)})]
    return [] if text else [FieldError(name, "value.missing")]


def record_attempt(
    session: Session, actor: Actor, case: Case, given: Mapping[str, Any], now: datetime
) -> ContactAttempt:
    """Record one attempt to reach the patient (fields on, channel, outcome); raises Invalid, Refused."""
    require_edit(case, actor, "contact_attempts")
    today, on = today_at(case, now), str(given.get("on") or "")
    channel, outcome = str(given.get("channel") or ""), clean(str(given.get("outcome") or ""))
    errors = [*day_errors("on", on, today)]
    if channel not in CONTACT_CHANNELS:
        errors.append(FieldError("channel", "value.not_a_choice" if channel else "value.missing"))
    errors += _text_errors("outcome", outcome)
    if errors:
        raise Invalid(tuple(errors))
    row = ContactAttempt(
        id=new_id(), case_id=case.id, on=past_day("on", on, today), channel=channel, by_id=actor.account_id
    )
    seal(session, row, "outcome", case.key_id, outcome)
    session.add(row)
    record(session, case, actor, now, "record_attempt", role=role_for("contact_attempts", case, actor))
    return row


def attempts(session: Session, case: Case) -> list[tuple[ContactAttempt, str, str]]:
    """Each attempt to reach the patient with its outcome and who made it, newest first."""
    wanted = select(ContactAttempt).where(ContactAttempt.case_id == case.id)
    rows = session.scalars(wanted.order_by(ContactAttempt.on.desc(), ContactAttempt.id.desc()))
    return [(row, unseal(session, row, "outcome", case.key_id), _name(session, row.by_id)) for row in rows]


def _name(session: Session, account_id: str) -> str:
    account = session.get(Account, account_id)
    return account.name if account else ""
