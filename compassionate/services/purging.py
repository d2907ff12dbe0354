"""Destroying what need not be kept any longer: one person proposes, another confirms, a tombstone stays.

GDPR art. 5.1.e, 17; LO 3/2018 art. 32.2; two people for what cannot be undone (ENS op.acc.3). RET-02.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case, Contribution, Tombstone
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.blocking import held, refuse, require_role
from compassionate.services.held_files import names_of_case
from compassionate.services.retention import SEEN_BY, Kept, events_of, kept
from compassionate.services.shredding import is_last, shred
from compassionate.workflow.roles import Role


def propose(session: Session, actor: Actor, case: Case, now: datetime) -> None:
    """Propose that a blocked case be destroyed; raises Refused with why not."""
    require_role(actor, case, Role.ADMINISTRATOR)
    row = held(session, case)
    _require(session, actor, case, now, "waiting")
    row.proposed_at, row.proposed_by_id = now, actor.account_id
    session.flush()
    audit.append(session, actor, "propose_destruction", now, case, ground=row.ground)


def reject(session: Session, actor: Actor, case: Case, now: datetime) -> None:
    """Take a proposal back, one's own or another's; raises Refused."""
    require_role(actor, case, Role.ADMINISTRATOR, Role.DIRECTOR)
    row = held(session, case)
    if row.proposed_at is None:
        raise refuse("retention.not_proposed")
    row.proposed_at = row.proposed_by_id = None
    session.flush()
    audit.append(session, actor, "reject_destruction", now, case)


def destroy(session: Session, actor: Actor, case: Case, now: datetime) -> Tombstone:
    """Confirm and destroy: what is left is a tombstone and the audit chain. Raises Refused. Nothing can undo it.

    `shredding.finish` after the commit deletes the files and scours the database.
    """
    require_role(actor, case, Role.ADMINISTRATOR, Role.DIRECTOR)
    row = held(session, case)
    stands = _require(session, actor, case, now, "proposed")
    if row.proposed_by_id == actor.account_id:
        raise refuse("retention.two_people")
    stone = _tombstone(session, actor, stands, now)
    audit.append(
        session,
        actor,
        "destroy_case",
        now,
        case,
        ground=stone.ground,
        retained_until=stone.retained_until.isoformat(),
        proposed_by=stone.proposed_by_id,
        with_patient="yes" if stone.with_patient else "no",
        files=stone.files,
    )
    shred(session, case, stone.with_patient)
    session.add(stone)
    session.flush()
    return stone


def _require(session: Session, actor: Actor, case: Case, now: datetime, status: str) -> Kept:
    """The case stands so, and this person took no part in it; raises Refused."""
    stands = kept(session, case, now)
    if stands.status != status:
        raise refuse(f"retention.not_destroyable_{stands.status}", on=stands.destroyable_on)
    if session.get(Contribution, (case.id, actor.account_id)) is not None:
        raise refuse("retention.took_part")
    return stands


def _tombstone(session: Session, actor: Actor, stands: Kept, now: datetime) -> Tombstone:
    case, row, longest = stands.case, stands.row, stands.longest
    closing = events_of(session, case).closing
    assert row is not None
    assert longest is not None
    assert longest.until is not None
    assert closing is not None
    files = names_of_case(session, case)
    return Tombstone(
        code=case.code,
        case_id=case.id,
        centre_id=case.centre_id,
        opened_on=civil_date(case.opened_at, case.centre.zone),
        closed_on=closing,
        retained_until=longest.until,
        ground=longest.rule.id,
        blocked_at=case.blocked_at,
        proposed_by_id=row.proposed_by_id,
        proposed_at=row.proposed_at,
        purged_by_id=actor.account_id,
        purged_at=now,
        with_patient=is_last(session, case),
        files=len(files),
        files_left=files,
    )


def tombstones(session: Session, actor: Actor, limit: int = 200) -> list[Tombstone]:
    """What was destroyed at the centres where this person keeps or audits records, newest first."""
    wanted = select(Tombstone).where(Tombstone.centre_id.in_(actor.centres(*SEEN_BY)))
    return list(session.scalars(wanted.order_by(Tombstone.purged_at.desc(), Tombstone.code).limit(limit)))
