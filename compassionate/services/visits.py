"""Follow-up visits: done with their answers, missed or waived with a reason; attempts to reach a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, AnswerSet, Case, ContactAttempt, Visit, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import fact_clocks
from compassionate.services.actors import Actor
from compassionate.services.answers import find, save
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
from compassionate.text import clean

CONTACT_CHANNELS = ("telephone", "letter", "email", "home", "other_centre")
SKIPPED, TRACING = ("missed", "waived"), fact_clocks.TRACING
LONGEST_TEXT = 2000
WINDOW_SETTING, USUAL_WINDOW = "visit_window_days", 14


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit as a list shows it: its window, its scores, and whether it is due or overdue today."""

    row: Visit
    opens_on: date | None
    closes_on: date | None
    today: date
    scores: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    @property
    def timing(self) -> str:
        """`undated`, `ahead`, `due` or `overdue` while it is planned; otherwise its status."""
        if self.row.status != "planned":
            return self.row.status
        if self.opens_on is None or self.closes_on is None:
            return "undated"
        return "ahead" if self.today < self.opens_on else "due" if self.today <= self.closes_on else "overdue"

    @property
    def is_off(self) -> bool:
        """Whether it took place outside its window."""
        done, opens, closes = self.row.done_on, self.opens_on, self.closes_on
        return bool(done and opens and closes and not opens <= done <= closes)


def planned(session: Session, case: Case, now: datetime) -> list[Planned]:
    """The visits of a case in the order of their months."""
    rows = session.scalars(select(Visit).where(Visit.case_id == case.id).order_by(Visit.months))
    form, today = visit_form(session, case), today_at(case, now)
    return [_planned(session, case, row, find(session, case, form, row.name), today) for row in rows]


def _planned(session: Session, case: Case, row: Visit, held: AnswerSet | None, today: date) -> Planned:
    room = timedelta(days=int(case.centre.settings.get(WINDOW_SETTING, USUAL_WINDOW)))
    opens = row.planned_on - room if row.planned_on else None
    # The first visit is the state before the treatment: its window ends with the first dose.
    closes = row.planned_on + (room if row.months else timedelta()) if row.planned_on else None
    scores = scores_of(unseal(session, held, "answers", case.key_id)) if held else {}
    return Planned(row, opens, closes, today, scores, unseal(session, row, "reason", case.key_id) or "")


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
    """Record that a visit took place, with its answers; raises Invalid, Refused, Conflict, NotFound.

    An adverse event that it tells of is a suspected reaction until a physician has settled it (art. 11.1.c).
    """
    hold(session, case)
    require_edit(case, actor, "visits")
    visit = visit_of(session, case, name)
    day = past_day("done_on", done_on, today_at(case, now))
    save(session, actor, case, visit_form(session, case), answers, now, subject=name, version=version)
    before = _state(session, case, visit)
    visit.status, visit.done_on, visit.reason = "done", day, None
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

    From a missed one on the patient is looked for (K-LTFU, the hospital's own length; art. 11.1.d).
    """
    hold(session, case)
    require_edit(case, actor, "visits")
    visit, text = visit_of(session, case, name), clean(reason)
    errors = [] if status in SKIPPED else [FieldError("status", "value.not_a_choice" if status else "value.missing")]
    errors += _text_errors("reason", text)
    errors += [FieldError("status", "visit.already_done")] if visit.status == "done" else []
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


def _tracing(name: str) -> str:
    return f"visit-{name}"


def _state(session: Session, case: Case, visit: Visit) -> dict[str, Any]:
    reason = unseal(session, visit, "reason", case.key_id)
    return {"visit_status": visit.status, "done_on": visit.done_on, "reason": reason}


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
