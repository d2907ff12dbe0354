"""Rectifying what people answered, who the patient is and when the request was filed: read, checked, written.

Each says what a field holds, reads a new value for it and writes that value where it is kept. RD 1015/2009 art. 8.1.a;
Ley 41/2002 art. 14-16; Ley 39/2015 art. 16.3, 21.3.b, 31.2.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.rules import rules as clocks
from compassionate.errors import Invalid
from compassionate.models import AnswerSet, Case, Clock, Request, Signature
from compassionate.models.vault import seal, unseal
from compassionate.questionnaires import Answers, Field, Item, ItemType, Questionnaire, fields, validate
from compassionate.questionnaires.values import said
from compassionate.services import answers, identity, patients
from compassionate.services.actors import Actor
from compassionate.services.binding import ENDORSEMENT
from compassionate.services.calendars import Calendars
from compassionate.services.deadlines import settle, settle_case
from compassionate.services.facts import today_at
from compassionate.services.given import Given
from compassionate.services.recording import record
from compassionate.services.snapshots import report_form, report_subject
from compassionate.text import clean
from compassionate.workflow.values import read_date

REPORT, REQUIREMENTS = "report", "requirements"
YES_NO = {"yes": True, "no": False}
LONGEST = 8000


def set_of(session: Session, case: Case, part: str, number: int) -> tuple[AnswerSet, Questionnaire] | None:
    """The answers that a part rests on, with their form; None where nobody answered it."""
    form, subject = (report_form(number), report_subject(number)) if part == REPORT else ("eligibility", "")
    held = answers.find(session, case, form, subject)
    return (held, answers.form_for(session, case, form, subject)) if held else None


def answered(session: Session, case: Case, part: str, number: int) -> dict[str, Field]:
    """The questions of a part that have one answer each, open and answered, by path."""
    found = set_of(session, case, part, number)
    if found is None:
        return {}
    held: Answers = unseal(session, found[0], "answers", case.key_id)
    every = (field for field in fields(found[1], held) if field.is_enabled and not field.item.hidden)
    return {each.path: each for each in every if _single(each.item) and each.answer not in (None, "", [])}


def _single(item: Item) -> bool:
    return item.is_question and not item.repeats


def in_words(field: Field) -> str:
    """An answer as people read it."""
    return said(field.item, field.answer)


def read_answer(session: Session, case: Case, part: str, number: int, path: str, given: Given) -> str:
    """The new answer as it will be kept in words; errors are noted in `given`."""
    field, found = answered(session, case, part, number)[path], set_of(session, case, part, number)
    assert found is not None
    value = _answer(field.item, given)
    if not given.errors:
        held = unseal(session, found[0], "answers", case.key_id)
        wrong = [each for each in validate(found[1], _placed(held, path, value)) if each.field == path]
        given.errors += [type(each)("value", each.code, each.params) for each in wrong]
    return said(field.item, value) if not given.errors else ""


def _answer(item: Item, given: Given) -> Any:
    text = given.lines("value", item.max_length or LONGEST, required=True)
    if not text:
        return ""
    if item.type is ItemType.BOOLEAN:
        given.one_of("value", YES_NO)
        return YES_NO.get(text, False)
    try:
        if item.type is ItemType.DATE:
            return read_date(text).isoformat()
        if item.type in (ItemType.DECIMAL, ItemType.INTEGER):
            number = Decimal(text.replace(",", "."))
            return int(number) if number == number.to_integral_value() else float(number)
    except (ValueError, InvalidOperation, OverflowError):
        given.wrong("value", "value.date_format" if item.type is ItemType.DATE else "value.number")
    return clean(text)


def _placed(held: Answers, path: str, value: Any) -> Answers:
    changed = deepcopy(held)
    place: Any = changed
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = value
    return changed


def write_answer(
    session: Session, actor: Actor, case: Case, part: str, number: int, path: str, given: Given, now: datetime
) -> None:
    """Keep the new answer in the set of answers that it belongs to."""
    field, found = answered(session, case, part, number)[path], set_of(session, case, part, number)
    assert found is not None
    row, held = found[0], unseal(session, found[0], "answers", case.key_id)
    seal(session, row, "answers", case.key_id, _placed(held, path, _answer(field.item, given)))
    row.saved_by_id, row.saved_at = actor.account_id, now


def identity_texts(session: Session, case: Case) -> dict[str, str]:
    """Who the patient is, field by field."""
    held = asdict(patients.identity_of(session, case.patient))
    return {name: value.isoformat() if hasattr(value, "isoformat") else value or "" for name, value in held.items()}


def read_identity(session: Session, case: Case, name: str, given: Given, now: datetime) -> str:
    """The new value of one field of the identity; errors, and a person it would make the same, are noted."""
    try:
        known = identity_texts(session, case) | {name: given.text("value", 120)}
        read = patients.read_identity(known, today_at(case, now))
    except Invalid as error:
        given.errors += [type(each)("value", each.code, each.params) for each in error.errors]
        return ""
    if identity.newly_same(session, case, patients.identity_of(session, case.patient), read):
        given.wrong("value", "patient.same_person")
    value = getattr(read, name)
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")


def write_identity(session: Session, actor: Actor, case: Case, name: str, new: str, role: str, now: datetime) -> None:
    """Keep it; the person's other cases see it as any other edit of theirs (services/edits.py)."""
    before = identity_texts(session, case)
    read = patients.read_identity(before | {name: new}, today_at(case, now))
    patients.write_identity(session, case.centre, case.patient, read)
    changes = {name: (before[name], new)}
    record(session, case, actor, now, "edit_patient", role=role, inputs={"fields": [name]}, changes=changes)


def filing_text(case: Case, request: Request) -> str:
    """When a request was filed, by the clock of the centre, to the minute."""
    at = request.submitted_at
    return at.astimezone(ZoneInfo(case.centre.zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def read_filing(session: Session, case: Case, number: int, given: Given, now: datetime) -> str:
    """Another moment of filing: not to come, not before the endorsement, not after what the agency answered to it."""
    at = _moment(case, given.text("value", 30, required=True))
    if at is None:
        given.wrong("value", "value.datetime_format")
        return ""
    if at > now:
        given.wrong("value", "value.date_in_future")
    signed = select(func.min(Signature.at)).where(
        Signature.case_id == case.id, Signature.request_number == number, Signature.meaning == ENDORSEMENT
    )
    endorsed = session.scalar(signed)
    if endorsed is not None and at < endorsed.replace(second=0, microsecond=0):
        given.wrong("value", "submission.before_endorsement")
    answered_on = session.scalar(_clocks(case, number, ("K-SUB", "K-ALE")).with_only_columns(func.min(Clock.starts_on)))
    if answered_on is not None and civil_date(at, AGENCY_ZONE.key) > answered_on:
        given.wrong("value", "rectify.after_answer")
    return at.astimezone(ZoneInfo(case.centre.zone)).strftime("%Y-%m-%dT%H:%M")


def _moment(case: Case, text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(case.centre.zone)).astimezone(ZoneInfo("UTC"))
    except ValueError:
        return None


def _clocks(case: Case, number: int, names: tuple[str, ...]) -> Any:
    instance = f"continuation-{number}" if number else ""
    return select(Clock).where(Clock.case_id == case.id, Clock.instance == instance, Clock.clock.in_(names))


def write_filing(session: Session, case: Case, request: Request, new: str, now: datetime) -> None:
    """Keep it, and count every open clock again that runs from the filing; each says that it moved, and why."""
    at = _moment(case, new)
    assert at is not None
    request.submitted_at = at
    session.flush()
    from_filing = tuple(name for name, rule in clocks().items() if rule.counted == "filing" and name != "K-REPR")
    calendars = Calendars(session)
    for clock in session.scalars(_clocks(case, request.number, from_filing).where(Clock.closed_at.is_(None))):
        clock.starts_on = civil_date(at, AGENCY_ZONE.key)
        settle(session, clock, case.centre, calendars, now, "filing")
    settle_case(session, case)
