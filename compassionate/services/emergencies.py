"""Opening a case of another centre in an emergency: with a reason, on record, told to that centre, for a short time.

ENS op.acc.4.3 (access beyond one's own needs a reason and a record); art. 6.1.d RGPD (vital interests). It gives
reading and nothing else: no role comes with it, so no step and no edit is ever allowed by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Case, EmergencyAccess, OutboxMessage, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import audit, memberships, notices
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.services.outbox import MAIL
from compassionate.workflow.roles import Role

# Who may meet a patient of another hospital in an emergency.
ASKERS = frozenset({Role.PHYSICIAN, Role.PHARMACIST})
SHORTEST_REASON, LONGEST_REASON = 15, 500
MOST_LISTED = 200
READ_ONLY = Reason("emergency.read_only")
REVIEW = "/administracion/accesos-urgentes"


@dataclass(frozen=True, slots=True)
class Listed:
    """One emergency access as a list shows it; `status` is open, ended or reviewed."""

    id: str
    code: str
    who: str
    works_at: str
    reason: str
    opened_at: datetime
    until: datetime
    status: str
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    is_mine: bool = False


def may_ask(actor: Actor) -> bool:
    """Whether this person may open a case in an emergency at all."""
    return bool(actor.roles() & ASKERS)


def _in_force(now: datetime) -> ColumnElement[bool]:
    return and_(EmergencyAccess.ended_at.is_(None), EmergencyAccess.ends_at > now)


def access_to(session: Session, actor: Actor, code: str, now: datetime) -> EmergencyAccess:
    """The access by which this person reads a case now; raises NotFound, like a case that does not exist."""
    wanted = (
        select(EmergencyAccess)
        .join(Case, Case.id == EmergencyAccess.case_id)
        .where(Case.code == code.strip().upper(), Case.blocked_at.is_(None))
        .where(EmergencyAccess.account_id == actor.account_id, _in_force(now))
        .order_by(EmergencyAccess.ends_at.desc())
        .limit(1)
    )
    held = session.scalar(wanted)
    if held is None or not may_ask(actor):
        raise NotFound
    return held


def open_access(
    session: Session, actor: Actor, values: Mapping[str, Any], now: datetime, minutes: int
) -> EmergencyAccess | Case:
    """Open the case of exactly that code for so many minutes; raises Refused, Invalid.

    Fields: case_code, reason. A case that the actor may read anyway comes back as it is, and nothing is opened.
    """
    if not may_ask(actor):
        raise Refused((Reason("role.missing", who=Role.PHYSICIAN, params={"roles": tuple(sorted(ASKERS))}),))
    read = Given(values)
    code, reason = read.text("case_code", 40, required=True).upper(), read.lines("reason", LONGEST_REASON)
    if len(reason) < SHORTEST_REASON:
        read.wrong("reason", "emergency.reason_too_short", shortest=SHORTEST_REASON)
    read.settle()
    case = session.scalar(select(Case).where(Case.code == code, Case.blocked_at.is_(None)))
    if case is None:
        raise Invalid((FieldError("case_code", "emergency.no_such_case"),))
    if case.centre_id in actor.centres():
        return case
    try:
        return access_to(session, actor, code, now)  # asked for twice (a double click), it is one access
    except NotFound:
        return _open(session, actor, case, reason, now, minutes)


def _open(session: Session, actor: Actor, case: Case, reason: str, now: datetime, minutes: int) -> EmergencyAccess:
    access = EmergencyAccess(
        id=new_id(),
        case_id=case.id,
        centre_id=case.centre_id,
        account_id=actor.account_id,
        opened_at=now,
        ends_at=now + timedelta(minutes=minutes),
    )
    seal(session, access, "reason", case.key_id, reason)
    session.add(access)
    session.flush()
    _tell_administrators(session, access, case, now)
    audit.append(
        session,
        actor,
        "open_emergency_access",
        now,
        case,
        access=access.id,
        centre=case.centre_id,
        ends_at=access.ends_at.isoformat(),
        reason_sha256=hashlib.sha256(access.reason).hexdigest(),
    )
    return access


def _tell_administrators(session: Session, access: EmergencyAccess, case: Case, now: datetime) -> None:
    """One mail for each administrator who has an address, in their language; it names no person and no case."""
    centre = case.centre
    told = memberships.holders(session, centre.id, Role.ADMINISTRATOR, civil_date(now, centre.zone))
    for account in (each for each in told if each.email):
        payload = notices.mail(
            account.language, "emergency_access", account.email or "", centre=centre.code, page=REVIEW
        )
        key = f"emergency-{access.id}-{account.id}"
        session.add(OutboxMessage(at=now, kind=MAIL, key=key, case_id=case.id, payload=payload))


def end_access(session: Session, actor: Actor, access_id: str, now: datetime) -> None:
    """End one's own access before its time; raises NotFound for anybody else's and for one that is over."""
    access = session.get(EmergencyAccess, access_id)
    if access is None or access.account_id != actor.account_id or access.ended_at or access.ends_at <= now:
        raise NotFound
    access.ended_at = now
    audit.append(session, actor, "end_emergency_access", now, access.case, access=access.id)


def review(session: Session, actor: Actor, access_id: str, now: datetime) -> None:
    """An administrator of the case's centre has looked at it; raises NotFound, and Refused for one's own access."""
    access = session.get(EmergencyAccess, access_id)
    if access is None or access.centre_id not in actor.centres(Role.ADMINISTRATOR) or access.reviewed_at:
        raise NotFound
    if access.account_id == actor.account_id:
        raise Refused((Reason("emergency.own_review"),))
    access.reviewed_at, access.reviewed_by_id = now, actor.account_id
    audit.append(session, actor, "review_emergency_access", now, access.case, access=access.id)


def mine(session: Session, actor: Actor, now: datetime) -> list[Listed]:
    """What this person has open now."""
    wanted = select(EmergencyAccess).where(EmergencyAccess.account_id == actor.account_id, _in_force(now))
    rows = session.scalars(wanted.order_by(EmergencyAccess.ends_at)).all()
    return [_listed(session, actor, row, now) for row in rows]


def of_centres(session: Session, actor: Actor, now: datetime) -> list[Listed]:
    """What was opened at the centres that this person administers or audits: those nobody looked at first."""
    centres = actor.centres(Role.ADMINISTRATOR, Role.AUDITOR)
    wanted = select(EmergencyAccess).where(EmergencyAccess.centre_id.in_(centres))
    order = (EmergencyAccess.reviewed_at.is_not(None), EmergencyAccess.opened_at.desc())
    rows = session.scalars(wanted.order_by(*order).limit(MOST_LISTED)).all()
    return [_listed(session, actor, row, now) for row in rows]


def unseen(session: Session, actor: Actor) -> int:
    """How many of the centres that this person administers nobody has looked at."""
    held = EmergencyAccess.centre_id.in_(actor.centres(Role.ADMINISTRATOR))
    wanted = select(func.count()).select_from(EmergencyAccess)
    return session.scalar(wanted.where(held, EmergencyAccess.reviewed_at.is_(None))) or 0


def _listed(session: Session, actor: Actor, row: EmergencyAccess, now: datetime) -> Listed:
    worked = (
        each
        for each in row.account.memberships
        if memberships.in_force(each, civil_date(row.opened_at, each.centre.zone))
    )
    held = {each.centre.code for each in worked}
    is_open = row.ended_at is None and row.ends_at > now
    return Listed(
        row.id,
        row.case.code,
        row.account.name,
        ", ".join(sorted(held)),
        unseal(session, row, "reason", row.case.key_id),
        row.opened_at,
        row.ended_at or row.ends_at,
        "open" if is_open else ("reviewed" if row.reviewed_at else "ended"),
        row.reviewed_by.name if row.reviewed_by else "",
        row.reviewed_at,
        row.account_id == actor.account_id,
    )
