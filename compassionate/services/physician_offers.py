"""Hand-overs of cases to another physician, as they are found and read: those that wait, those before, of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from compassionate.models import Account, Case, PhysicianChange
from compassionate.models.physician_changes import ACCEPTED, PENDING
from compassionate.models.vault import unseal
from compassionate.services.actors import Actor
from compassionate.services.visibility import not_blocked

MOST = 30


@dataclass(frozen=True, slots=True)
class Change:
    """One hand-over with its sealed words opened and everybody by name."""

    row: PhysicianChange
    reason: str
    answer: str
    statement: str
    from_name: str
    to_name: str
    by_name: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A hand-over that waits, for a first screen: `mine` where it is this person who must answer."""

    code: str
    product: str
    at: datetime
    from_name: str
    to_name: str
    mine: bool


def pending(session: Session, case: Case) -> PhysicianChange | None:
    """The hand-over that waits for an answer."""
    wanted = select(PhysicianChange).where(PhysicianChange.case_id == case.id, PhysicianChange.status == PENDING)
    return session.scalar(wanted)


def history(session: Session, case: Case) -> list[Change]:
    """Every hand-over of a case, the newest first."""
    wanted = select(PhysicianChange).where(PhysicianChange.case_id == case.id)
    rows = session.scalars(wanted.order_by(PhysicianChange.offered_at.desc(), PhysicianChange.id.desc()))
    return [opened(session, case, row) for row in rows]


def opened(session: Session, case: Case, row: PhysicianChange) -> Change:
    """A hand-over with its words and names."""
    words = unseal(session, row, "details", case.key_id)
    people = [session.get(Account, each) if each else None for each in _people(row)]
    names = [each.name if each else "" for each in people]
    return Change(row, words["reason"], words.get("answer", ""), words.get("statement", ""), *names)


def _people(row: PhysicianChange) -> tuple[str | None, ...]:
    return row.from_id, row.to_id, row.offered_by_id, row.answered_by_id


def owes_telling(case: Case, row: PhysicianChange) -> bool:
    """Whether the agency has a request of this case and was not told who answers for it now."""
    filed = any(request.submitted_at for request in case.requests)
    return row.status == ACCEPTED and row.told_on is None and filed


def concerned(session: Session, case: Case, at: datetime) -> tuple[str, ...]:
    """Whom an offer or an answer of that moment concerns, by account: who is asked, who handed over, who offered."""
    held = select(PhysicianChange).where(
        PhysicianChange.case_id == case.id, or_(PhysicianChange.offered_at == at, PhysicianChange.answered_at == at)
    )
    row = session.scalar(held.order_by(PhysicianChange.offered_at.desc()).limit(1))
    return tuple(each for each in (row.to_id, row.from_id, row.offered_by_id) if each) if row else ()


def waiting_for(session: Session, actor: Actor) -> Sequence[Offered]:
    """The hand-overs that wait, of this person: those to answer first, then those offered; of known cases alone."""
    mine = or_(
        PhysicianChange.to_id == actor.account_id,
        PhysicianChange.from_id == actor.account_id,
        PhysicianChange.offered_by_id == actor.account_id,
    )
    wanted = (
        select(PhysicianChange, Case)
        .join(Case, PhysicianChange.case_id == Case.id)
        .where(PhysicianChange.status == PENDING, mine, Case.centre_id.in_(actor.centres()), not_blocked(actor))
        .order_by((PhysicianChange.to_id == actor.account_id).desc(), PhysicianChange.offered_at, PhysicianChange.id)
    )
    return [_offered(session, actor, row, case) for row, case in session.execute(wanted.limit(MOST))]


def _offered(session: Session, actor: Actor, row: PhysicianChange, case: Case) -> Offered:
    before, after = (session.get(Account, each) if each else None for each in (row.from_id, row.to_id))
    names = (before.name if before else "", after.name if after else "")
    return Offered(case.code, case.product.name, row.offered_at, *names, row.to_id == actor.account_id)
