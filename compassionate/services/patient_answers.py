"""What patients answered by themselves: kept as they said it, accepted into the visit by a clinician or set aside.

RD 1015/2009 art. 11.1.c-d. Nothing that a patient sends is a measurement of the visit until somebody who answers for
it has read it; both stay, theirs and the visit's. What they write of symptoms reaches the physician at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, PatientLink, Visit
from compassionate.models.vault import seal, unseal
from compassionate.questionnaires import Questionnaire, relevant, validate
from compassionate.questionnaires.patient_questions import SYMPTOMS, SYMPTOMS_TEXT, patient_questions
from compassionate.services import audit, visits
from compassionate.services.actors import Actor
from compassionate.services.answers import find, form_for, save
from compassionate.services.cases import require_edit
from compassionate.services.edits import hold
from compassionate.services.patient_links import SECTION
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.telling import People, give
from compassionate.text import clean
from compassionate.workflow.notices import SAFETY, VISIT
from compassionate.workflow.roles import Role

ACCEPTED, DISCARDED = "accepted", "discarded"
ACTIONS = {ACCEPTED: "accept_patient_answers", DISCARDED: "discard_patient_answers"}
LONGEST_REASON = 500
OF_THEIR_OWN = frozenset({SYMPTOMS, SYMPTOMS_TEXT})  # what no visit form asks: a clinician judges it


@dataclass(frozen=True, slots=True)
class Answered:
    """What a patient answered with one link, and what became of it."""

    row: PatientLink
    answers: Mapping[str, Any] = field(default_factory=dict)
    decided_by: str = ""

    @property
    def waits(self) -> bool:
        """Whether nobody has decided on it yet."""
        return not self.row.verdict

    @property
    def symptoms(self) -> str:
        """What they wrote of symptoms."""
        return str(self.answers.get(SYMPTOMS_TEXT) or "")

    @property
    def alarms(self) -> bool:
        """Whether they noticed something, with words of it or without."""
        return _alarms(self.answers)


def questions(session: Session, case: Case, visit: Visit) -> Questionnaire:
    """What the patient is asked before a visit."""
    return patient_questions(form_for(session, case, visits.visit_form(session, case), visit.name))


def answer(
    session: Session, row: PatientLink, case: Case, visit: Visit, given: Mapping[str, Any], now: datetime
) -> None:
    """Keep what the patient answered, sealed, and tell physician and nurse; raises Invalid.

    The link is used up. An answer without a single question answered is none.
    """
    form = questions(session, case, visit)
    told = {SYMPTOMS: True} if given.get(SYMPTOMS_TEXT) else {}  # who tells of it has noticed it, ticked or not
    said = relevant(form, {**given, **told})
    errors = validate(form, said)
    if errors or not said:
        raise Invalid(tuple(errors) or (FieldError(form.items[0].link_id, "patient.nothing_answered"),))
    seal(session, row, "answers", case.key_id, said)
    row.answered_at = now
    session.flush()
    audit.append(session, None, "answer_by_patient", now, case, link=row.id, visit=visit.name)
    _tell(session, row, case, visit, said, now)


def _alarms(said: Mapping[str, Any]) -> bool:
    return said.get(SYMPTOMS) is True or bool(said.get(SYMPTOMS_TEXT))


def _tell(session: Session, row: PatientLink, case: Case, visit: Visit, said: Mapping[str, Any], now: datetime) -> None:
    """A notice without a word of what was said: it waits in the application (RET-03)."""
    alarming = _alarms(said)
    people = People(session, now)
    told = people.of_roles(case, (Role.PHYSICIAN.value, Role.NURSE.value))
    params = {"visit": visit.name, "stage": "symptoms" if alarming else "answered"}
    give(people, case, told.values(), SAFETY if alarming else VISIT, f"patient-{row.id}", params)


def answered(session: Session, case: Case, visit: Visit) -> list[Answered]:
    """Everything that the patient answered for a visit, the newest first."""
    wanted = select(PatientLink).where(PatientLink.visit_id == visit.id, PatientLink.answered_at.is_not(None))
    rows = session.scalars(wanted.order_by(PatientLink.answered_at.desc(), PatientLink.id.desc()))
    return [_answered(session, case, row) for row in rows]


def _answered(session: Session, case: Case, row: PatientLink) -> Answered:
    account = session.get(Account, row.verdict_by_id) if row.verdict_by_id else None
    given = unseal(session, row, "answers", case.key_id) or {}
    return Answered(row, given, account.name if account else "")


def accept(
    session: Session, actor: Actor, case: Case, name: str, link_id: str, chosen: Collection[str], now: datetime
) -> None:
    """Take the chosen answers into the visit; the others stay beside it. Raises Refused, NotFound, Conflict."""
    visit, held = _waiting(session, actor, case, name, link_id)
    form = visits.visit_form(session, case)
    taken = {key: value for key, value in held.answers.items() if key in chosen and key not in OF_THEIR_OWN}
    stored = find(session, case, form, name)
    before = unseal(session, stored, "answers", case.key_id) if stored else {}
    if taken:
        save(session, actor, case, form, before | taken, now, subject=name)
    _decide(session, actor, case, visit, held, ACCEPTED, now, {"accepted": sorted(taken)})


def discard(session: Session, actor: Actor, case: Case, name: str, link_id: str, reason: str, now: datetime) -> None:
    """Set the answers aside, with the reason; they stay readable. Raises Refused, NotFound, Invalid."""
    visit, held = _waiting(session, actor, case, name, link_id)
    text = clean(reason)
    if not text or len(text) > LONGEST_REASON:
        code = "value.too_long" if text else "value.missing"
        raise Invalid((FieldError("why", code, {"limit": LONGEST_REASON, "length": len(text)}),))
    _decide(session, actor, case, visit, held, DISCARDED, now, {"reason": text})


def _waiting(session: Session, actor: Actor, case: Case, name: str, link_id: str) -> tuple[Visit, Answered]:
    hold(session, case)
    require_edit(case, actor, SECTION)
    visit = visits.visit_of(session, case, name)
    held = next((each for each in answered(session, case, visit) if each.row.id == link_id and each.waits), None)
    if held is None:
        raise NotFound
    return visit, held


def _decide(
    session: Session,
    actor: Actor,
    case: Case,
    visit: Visit,
    held: Answered,
    verdict: str,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    held.row.verdict, held.row.verdict_at, held.row.verdict_by_id = verdict, now, actor.account_id
    inputs = {"answered_at": held.row.answered_at, "answers": dict(held.answers), **told}
    role, name = role_for(SECTION, case, actor), ACTIONS[verdict]
    record(session, case, actor, now, name, role=role, region="visit", instance=visit.name, inputs=inputs)
