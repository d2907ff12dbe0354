"""Questions and answers on a case, between those who prepare, dispense and sign it.

Whoever works the case asks, answers and closes (permissions: `converse`); every reader of it reads them, auditors
among them. The words are the case's own: sealed with its key, gone with it. Nobody becomes an author of the request by
talking about it: a director who asks may still endorse (RD 1015/2009 art. 8.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Account, Case, Cover, OutboxMessage, Question, QuestionAnswer
from compassionate.models.vault import seal, unseal
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.visibility import not_blocked
from compassionate.text import clean
from compassionate.workflow.permissions import SECTIONS

SECTION = "converse"
LIMIT = 4000
PAGE = 20
MOST = 30
TO_ROLES = SECTIONS[SECTION].roles
# What a question may be about: parts of a case that have a page of their own (paths.py).
ABOUT = (
    "patient", "product", "eligibility", "report", "posology", "packs", "papers", "sponsor", "committee", "consent",
    "supply", "treatment", "follow_up", "decision", "deadlines",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said: its words, by whom, in which role and when."""

    text: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A question with what was answered."""

    row: Question
    asked: Said
    answers: tuple[Said, ...]

    @property
    def status(self) -> str:
        """`waiting`, `answered` or `closed`."""
        return "closed" if self.row.closed_at else "waiting" if self.row.awaits_answer else "answered"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that waits for somebody: the case's code and product, since when, in whose place."""

    code: str
    product: str
    question_id: str
    asked_at: datetime
    by: str
    instead_of: str = ""


def team(case: Case) -> dict[str, Account]:
    """The persons of a case who may be asked by name."""
    return {each.id: each for each in (case.physician, case.pharmacist, case.opened_by) if each is not None}


def _words(text: object, field: str = "text") -> str:
    words = clean(str(text or "")).strip()
    if not words:
        raise Invalid((FieldError(field, "value.missing"),))
    if len(words) > LIMIT:
        raise Invalid((FieldError(field, "value.too_long", {"limit": LIMIT, "length": len(words)}),))
    return words


def _addressee(case: Case, to: str) -> tuple[str, str | None]:
    """(role, None) or ("", account) from what the form says; raises Invalid for anybody else."""
    kind, _, value = to.partition(":")
    if kind == "role" and value in {role.value for role in TO_ROLES}:
        return value, None
    if kind == "person" and value in team(case):
        return "", value
    raise Invalid((FieldError("to", "value.missing" if not to else "value.not_a_choice"),))


def ask(session: Session, actor: Actor, case: Case, given: Mapping[str, Any], now: datetime) -> Question:
    """Ask: `to` (`role:ROLE` or `person:ID`), `about` (a part of the case, may be empty), `text`.

    Raises Invalid with every wrong field, Refused. One event, one audit row, one outbox row (`ask_question`).
    """
    require_edit(case, actor, SECTION)
    errors: list[FieldError] = []
    to_role, to_id, words = "", None, ""
    about = str(given.get("about") or "")
    try:
        to_role, to_id = _addressee(case, str(given.get("to") or ""))
    except Invalid as wrong:
        errors += wrong.errors
    try:
        words = _words(given.get("text"))
    except Invalid as wrong:
        errors += wrong.errors
    if about not in ("", *ABOUT):
        errors.append(FieldError("about", "value.not_a_choice"))
    if errors:
        raise Invalid(tuple(errors))
    role = role_for(SECTION, case, actor)
    row = Question(
        case_id=case.id, to_role=to_role, to_id=to_id, about=about, by_id=actor.account_id, role=role, asked_at=now,
        awaits_answer=True,
    )  # fmt: skip
    seal(session, row, "text", case.key_id, words)
    record(session, case, actor, now, "ask_question", role=role, inputs={"question": words})
    session.add(row)
    _tell(session, case, "conversation.asked", row.id, {"question": row.id, "role": to_role, "to": to_id or ""}, now)
    session.flush()
    return row


def _tell(session: Session, case: Case, kind: str, key: str, payload: dict[str, Any], now: datetime) -> None:
    """Something to tell whom it concerns: who and where, never a word of what was said."""
    session.add(OutboxMessage(at=now, kind=kind, key=f"{kind}-{key}", case_id=case.id, payload=payload))


def answer(session: Session, actor: Actor, case: Case, question_id: str, text: object, now: datetime) -> Question:
    """Answer a question that is not closed; what the asker adds makes it wait again; raises Invalid, Refused."""
    require_edit(case, actor, SECTION)
    row = _open(session, case, question_id)
    words, role = _words(text), role_for(SECTION, case, actor)
    said = QuestionAnswer(question_id=row.id, by_id=actor.account_id, role=role, at=now)
    seal(session, said, "text", case.key_id, words)
    record(session, case, actor, now, "answer_question", role=role, inputs={"answer": words})
    row.answers.append(said)
    row.awaits_answer = row.by_id == actor.account_id
    session.flush()
    told = {"question": row.id, "role": row.to_role, "to": row.to_id or ""} if row.awaits_answer else {"to": row.by_id}
    _tell(session, case, "conversation.answered", said.id, {"question": row.id} | told, now)
    return row


def close(session: Session, actor: Actor, case: Case, question_id: str, now: datetime) -> Question:
    """Close a question: the asker, or somebody of the role that asked. Raises Refused, NotFound."""
    require_edit(case, actor, SECTION)
    row = _open(session, case, question_id)
    if not may_close(actor, case, row):
        raise Refused((Reason("conversation.not_the_asker", who=row.role, cure="case"),))
    role = role_for(SECTION, case, actor)
    record(session, case, actor, now, "close_question", role=role)
    row.closed_at, row.closed_by_id, row.awaits_answer = now, actor.account_id, False
    session.flush()
    return row


def may_close(actor: Actor, case: Case, row: Question) -> bool:
    """Whether this person asked, or holds the role that asked."""
    return actor.account_id == row.by_id or row.role in {role.value for role in actor.roles_at(case.centre_id)}


def _open(session: Session, case: Case, question_id: str) -> Question:
    row = one(session, case, question_id)
    if row.closed_at is not None:
        raise Refused((Reason("conversation.closed", cure="case"),))
    return row


def one(session: Session, case: Case, question_id: str) -> Question:
    """A question of this case; raises NotFound."""
    row = session.scalar(select(Question).where(Question.id == question_id, Question.case_id == case.id))
    if row is None:
        raise NotFound
    return row


def thread(session: Session, case: Case, row: Question) -> Thread:
    """A question and its answers, opened with the case's key."""
    said = [Said(unseal(session, each, "text", case.key_id), each.by.name, each.role, each.at) for each in row.answers]
    asked = Said(unseal(session, row, "text", case.key_id), row.by.name, row.role, row.asked_at)
    return Thread(row, asked, tuple(said))


def threads(
    session: Session, case: Case, closed: bool = False, after: str = "", about: str = ""
) -> tuple[list[Thread], str]:
    """A page of a case's questions (those open, or those closed), newest first; and the cursor of the next page.

    `about` leaves those about one part of the case.
    """
    wanted = select(Question).where(Question.case_id == case.id)
    wanted = wanted.where(Question.about == about) if about else wanted
    wanted = wanted.where(Question.closed_at.is_not(None) if closed else Question.closed_at.is_(None))
    last = session.get(Question, after) if after else None
    if last is not None and last.case_id == case.id:
        wanted = wanted.where(tuple_(Question.asked_at, Question.id) < (last.asked_at, last.id))
    rows = list(session.scalars(wanted.order_by(Question.asked_at.desc(), Question.id.desc()).limit(PAGE + 1)))
    found = [thread(session, case, row) for row in rows[:PAGE]]
    return found, rows[PAGE - 1].id if len(rows) > PAGE else ""


def _to(actor: Actor, covered: Sequence[Cover] = ()) -> ColumnElement[bool]:
    """The condition that an open question waits for this person: by name, or by a role held at the case's centre.

    Also by the name of a colleague for whom they stand in.
    """
    asked = [and_(Question.to_role == held.role.value, Case.centre_id == held.centre_id) for held in actor.held]
    by_name = and_(Question.to_id == actor.account_id, Case.centre_id.in_(actor.centres()))
    instead = [and_(Question.to_id == row.account_id, Case.centre_id == row.centre_id) for row in covered]
    return and_(Question.awaits_answer.is_(True), Question.closed_at.is_(None), or_(by_name, *asked, *instead))


def waiting_for(session: Session, actor: Actor, covered: Sequence[Cover] = ()) -> Sequence[Waiting]:
    """Every question that waits for this person or whom they stand in for, longest waiting first (at most MOST)."""
    wanted: Select[Any] = (
        select(Question).join(Case, Question.case_id == Case.id).where(_to(actor, covered), not_blocked(actor))
    ).order_by(Question.asked_at, Question.id)
    names = {row.account_id: row.account.name for row in covered}
    rows = session.execute(wanted.add_columns(Case).limit(MOST))
    return [
        Waiting(case.code, case.product.name, row.id, row.asked_at, row.by.name, names.get(row.to_id or "", ""))
        for row, case in rows
    ]


def count_for(session: Session, actor: Actor, case: Case) -> int:
    """How many questions of a case wait for this person."""
    wanted = select(func.count(Question.id)).join(Case, Question.case_id == Case.id)
    return session.scalar(wanted.where(Question.case_id == case.id, _to(actor))) or 0


def open_by_part(session: Session, case: Case) -> dict[str, int]:
    """How many questions about each part of a case nobody has closed; "" for those about the case in general."""
    wanted = select(Question.about, func.count(Question.id)).where(
        Question.case_id == case.id, Question.closed_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(wanted.group_by(Question.about))}


def count_open(session: Session, case: Case) -> int:
    """How many questions of a case nobody has closed."""
    wanted = select(func.count(Question.id)).where(Question.case_id == case.id, Question.closed_at.is_(None))
    return session.scalar(wanted) or 0
