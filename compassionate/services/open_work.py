"""Handing over what a person has open, when a role ends or a head asks for it: each thing, or all of it at once.

Who directs or administers the centre does it; they see codes and states, never what is in a case. Another physician is
asked and accepts in writing (services/physician_changes.py); a pharmacist and whoever answers a question are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Membership, PhysicianChange, Question
from compassionate.models.physician_changes import PENDING
from compassionate.services import memberships, physician_changes
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.conversation import TO_ROLES
from compassionate.services.edits import hold
from compassionate.services.given import Given
from compassionate.services.orphans import HEADS
from compassionate.services.physician_offers import pending
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.workflow.roles import Role

PHYSICIAN, PHARMACIST, OFFERED, QUESTIONS = KINDS = ("physician", "pharmacist", "offered", "questions")
HOLDERS: Mapping[str, tuple[Role, ...]] = {
    PHYSICIAN: (Role.PHYSICIAN,),
    PHARMACIST: (Role.PHARMACIST,),
    OFFERED: (Role.PHYSICIAN,),
    QUESTIONS: TO_ROLES,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is open: its case, where that stands and whose turn it is, who is asked to take it already."""

    id: str
    code: str
    state: str
    turn: tuple[str, ...]
    asked: str = ""


def person_of(session: Session, actor: Actor, username: str) -> Account:
    """Somebody who has or had a role where this person directs or administers; raises NotFound alike for any other."""
    here = Membership.centre_id.in_(actor.centres(*HEADS))
    wanted = select(Account).where(Account.username == username.strip().lower(), Account.memberships.any(here))
    account = session.scalar(wanted)
    if account is None:
        raise NotFound
    return account


def work_of(session: Session, actor: Actor, account: Account) -> dict[str, list[Item]]:
    """What a person has open at the centres of this head, by kind, oldest first."""
    return {
        PHYSICIAN: _cases(session, actor, Case.physician_id == account.id, True),
        PHARMACIST: _cases(session, actor, Case.pharmacist_id == account.id, False),
        OFFERED: _offered(session, actor, account),
        QUESTIONS: _questions(session, actor, account),
    }


def people(session: Session, actor: Actor) -> list[tuple[str, str, int]]:
    """Who answers for open cases at the centres of this head: user name, name and how many, by name."""
    found: Counter[tuple[str, str]] = Counter()
    for column in (Case.physician_id, Case.pharmacist_id):
        wanted = select(Account.username, Account.name, func.count(Case.id)).join(Account, column == Account.id)
        for username, name, count in session.execute(wanted.where(*_known(actor)).group_by(Account.id)):
            found[username, name] += count
    return sorted(((*who, count) for who, count in found.items()), key=lambda each: (each[1], each[0]))


def _known(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return Case.centre_id.in_(actor.centres(*HEADS)), Case.state != "closed", Case.blocked_at.is_(None)


def _cases(session: Session, actor: Actor, whose: ColumnElement[bool], asks: bool) -> list[Item]:
    rows = session.scalars(select(Case).where(*_known(actor), whose).order_by(Case.since_at, Case.id)).all()
    asked = _asked(session, [case.id for case in rows]) if asks else {}
    return [_item(case, case.code, asked.get(case.id, "")) for case in rows]


def _asked(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """Who is asked already to take each of these cases over."""
    wanted = select(PhysicianChange.case_id, Account.name).join(Account, PhysicianChange.to_id == Account.id)
    rows = session.execute(wanted.where(PhysicianChange.case_id.in_(ids), PhysicianChange.status == PENDING))
    return {row.case_id: row.name for row in rows}


def _offered(session: Session, actor: Actor, account: Account) -> list[Item]:
    wanted = select(Case).join(PhysicianChange, PhysicianChange.case_id == Case.id)
    asked = PhysicianChange.to_id == account.id, PhysicianChange.status == PENDING
    rows = session.scalars(wanted.where(*_known(actor), *asked).order_by(PhysicianChange.offered_at, Case.id))
    return [_item(case, case.code) for case in rows]


def _questions(session: Session, actor: Actor, account: Account) -> list[Item]:
    waits = Question.to_id == account.id, Question.awaits_answer.is_(True), Question.closed_at.is_(None)
    wanted = select(Question.id, Case).join(Case, Question.case_id == Case.id).where(*_known(actor), *waits)
    rows = session.execute(wanted.order_by(Question.asked_at, Question.id)).all()
    return [_item(case, question_id) for question_id, case in rows]


def _item(case: Case, item_id: str, asked: str = "") -> Item:
    return Item(item_id, case.code, case.state, tuple(part for part in case.turn.split(",") if part), asked)


def count_of(session: Session, actor: Actor, account: Account) -> int:
    """How many things a person has open where this person directs or administers."""
    return sum(len(items) for items in work_of(session, actor, account).values())


def takers(session: Session, actor: Actor, account: Account, kind: str, now: datetime) -> list[Account]:
    """Who may hold such work today at every centre of this head where the person works or worked, by name."""
    today = civil_date(now, AGENCY_ZONE.key)
    ids = {row.centre_id for row in account.memberships} & set(actor.centres(*HEADS))
    found = {each.id: each for centre in ids for each in _holders(session, centre, kind, today)}
    return sorted((each for each in found.values() if each.id != account.id), key=lambda each: (each.name, each.id))


def _holders(session: Session, centre_id: str, kind: str, today: date) -> list[Account]:
    return [each for role in HOLDERS[kind] for each in memberships.holders(session, centre_id, role, today)]


def hand_over(
    session: Session, actor: Actor, account: Account, given: Mapping[str, Any], now: datetime
) -> tuple[int, int]:
    """Give things of one kind to one person; returns how many were given and how many wait for an acceptance.

    Fields: kind, item (several), to, reason. All or none: raises Invalid, Refused.
    """
    read = Given(given)
    kind = read.one_of("kind", KINDS)
    read.settle()
    held = {each.id: each for each in work_of(session, actor, account)[kind]}
    to = read.one_of("to", [each.id for each in takers(session, actor, account, kind, now)])
    chosen, reason = read.some_of("item", held), read.lines("reason", required=True)
    read.settle()
    cases = _locked(session, [held[each].code for each in chosen])
    waiting = sum(_give(session, actor, cases[held[each].code], kind, each, to, reason, now) for each in chosen)
    return len(chosen) - waiting, waiting


def _locked(session: Session, codes: Sequence[str]) -> dict[str, Case]:
    """Every case first, in one order: of two people who hand over at once the second waits here, not half-way."""
    wanted = select(Case).where(Case.code.in_(codes)).order_by(Case.id).with_for_update()
    return {case.code: case for case in session.scalars(wanted)}


def _give(
    session: Session, actor: Actor, case: Case, kind: str, item_id: str, to: str, reason: str, now: datetime
) -> bool:
    """Hand one thing over; whether its new holder has still to accept."""
    hold(session, case)
    require_edit(case, actor, "hand_over")
    if to not in {each.id for each in _holders(session, case.centre_id, kind, civil_date(now, case.centre.zone))}:
        raise Invalid((FieldError("to", "handing.not_at_that_centre", {"case": case.code}),))
    if kind == QUESTIONS:
        return _readdress(session, actor, case, item_id, to, now)
    if kind == PHARMACIST or not physician_changes.needs_acceptance(session, case):
        return _name(session, actor, case, kind, to, reason, now)
    if pending(session, case) is not None:
        physician_changes.withdraw(session, actor, case, reason, now)
    physician_changes.offer(session, actor, case, to, reason, now)
    return True


def _name(session: Session, actor: Actor, case: Case, kind: str, to: str, reason: str, now: datetime) -> bool:
    field = PHARMACIST if kind == PHARMACIST else PHYSICIAN
    before, after = getattr(case, field), session.get_one(Account, to)
    setattr(case, field, after)
    names = [{field: f"{each.name} ({each.username})"} if each else {} for each in (before, after)]
    role, changes = role_for("hand_over", case, actor), differing(*names)
    record(session, case, actor, now, "hand_over_case", role=role, inputs={"reason": reason}, changes=changes)
    return False


def _readdress(session: Session, actor: Actor, case: Case, question_id: str, to: str, now: datetime) -> bool:
    row = session.scalar(select(Question).where(Question.id == question_id, Question.case_id == case.id))
    if row is None or row.closed_at is not None:
        raise NotFound
    row.to_id, row.to_role = to, ""
    record(session, case, actor, now, "readdress_question", role=role_for("hand_over", case, actor))
    return False
