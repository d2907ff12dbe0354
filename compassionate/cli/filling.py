"""What `flask cases answer` may fill in: questionnaires, and the parts that have a page of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.cli.answering import wrong
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case
from compassionate.questionnaires import AnotherForm, from_response
from compassionate.services import accounts, answers, requests, team
from compassionate.services.actors import Actor
from compassionate.services.criteria import forms_of
from compassionate.services.snapshots import report_subject

Given = Mapping[str, Any]


def account_named(session: Session, username: str) -> Account:
    """The account of that user name; leaves with 2."""
    try:
        return accounts.find(session, username)
    except NotFound:
        wrong(f"No hay ninguna cuenta «{username}».")


def _posology(session: Session, actor: Actor, case: Case, number: int, given: Given, now: datetime) -> None:
    requests.save_posology(session, actor, case, number, given, now)


def _packs(session: Session, actor: Actor, case: Case, number: int, given: Given, now: datetime) -> None:
    requests.save_packs(session, actor, case, number, given, now)


def _team(session: Session, actor: Actor, case: Case, number: int, given: Given, now: datetime) -> None:
    ids = {
        name: account_named(session, given[name]).id if given.get(name) else "" for name in ("physician", "pharmacist")
    }
    team.set_team(session, actor, case, ids["physician"], ids["pharmacist"], now)


PARTS: Mapping[str, Callable[[Session, Actor, Case, int, Given, datetime], None]] = {
    "posology": _posology,
    "packs": _packs,
    "team": _team,
}
SUBJECTS = ("clinical-report", "progress-report")


def read_answers(session: Session, case: Case, form: str, subject: str, given: dict[str, Any]) -> dict[str, Any]:
    """The answers in a document: a QuestionnaireResponse of that form, or plain ones; raises Invalid."""
    try:
        return from_response(answers.form_for(session, case, form, subject), given)
    except AnotherForm as error:
        raise Invalid((FieldError("questionnaire", error.code, error.params),)) from error


def fill(
    session: Session, actor: Actor, case: Case, form: str, number: int, given: dict[str, Any], now: datetime
) -> None:
    """Save one form or part of a case; raises Invalid, Refused, Conflict; leaves with 2 for an unknown form."""
    if form in PARTS:
        PARTS[form](session, actor, case, number, given, now)
        return
    known = [name for name in forms_of(session).names() if not name.startswith("follow-up")]
    if form not in known:
        wrong(f"No hay ningún formulario «{form}»; los hay: {', '.join([*known, *PARTS])}.")
    subject = report_subject(number) if form in SUBJECTS else ""
    answers.save(session, actor, case, form, read_answers(session, case, form, subject, given), now, subject=subject)
