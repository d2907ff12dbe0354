"""Open cases whose responsible physician or pharmacist can no longer act: nothing may stay with nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.models import Account, Case, Membership, PhysicianChange
from compassionate.models.physician_changes import PENDING
from compassionate.services.actors import Actor
from compassionate.services.memberships import in_force_on
from compassionate.workflow.roles import Role

HEADS = (Role.DIRECTOR, Role.ADMINISTRATOR)
RESPONSIBLE = {Role.PHYSICIAN: Case.physician_id, Role.PHARMACIST: Case.pharmacist_id}


@dataclass(frozen=True, slots=True)
class Orphan:
    """One case that nobody answers for in one role: who did, and who is asked to (empty: nobody)."""

    code: str
    role: str
    username: str
    name: str
    asked: str = ""


def orphans(session: Session, now: datetime, centres: tuple[str, ...] | None = None) -> list[Orphan]:
    """Every open case, of these centres or of all, whose named physician or pharmacist holds that role no longer."""
    today = civil_date(now, AGENCY_ZONE.key)
    found = [each for role in RESPONSIBLE for each in _of_role(session, role, today, centres)]
    return sorted(found, key=lambda each: (each.code, each.role))


def of_heads(session: Session, actor: Actor, now: datetime) -> list[Orphan]:
    """Those of the centres where this person directs or administers."""
    return orphans(session, now, actor.centres(*HEADS))


def _of_role(session: Session, role: Role, today: date, centres: tuple[str, ...] | None) -> list[Orphan]:
    holds = exists(
        select(Membership.id).where(
            Membership.account_id == Account.id,
            Membership.centre_id == Case.centre_id,
            Membership.role == role.value,
            in_force_on(today),
        )
    )
    lost = and_(~and_(Account.active.is_(True), holds))
    wanted: Any = (
        select(Case.code, Account.username, Account.name, PhysicianChange.to_id)
        .join(Account, RESPONSIBLE[role] == Account.id)
        .outerjoin(PhysicianChange, and_(PhysicianChange.case_id == Case.id, PhysicianChange.status == PENDING))
        .where(Case.state != "closed", Case.blocked_at.is_(None), lost)
        .order_by(Case.code)
    )
    wanted = wanted if centres is None else wanted.where(Case.centre_id.in_(centres))
    is_physician = role is Role.PHYSICIAN
    return [
        Orphan(code, role.value, username, name, _name(session, to) if is_physician else "")
        for code, username, name, to in session.execute(wanted).all()
    ]


def _name(session: Session, account_id: str | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else ""
