"""Blocking: a case whose terms have ended is kept for authorities alone, and nobody else knows of it.

LO 3/2018 art. 32: what must be suppressed is blocked first, reserved for judges, prosecutors and administrations
while liabilities last, and then destroyed. A legal hold stops all of it. RET-02.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.errors import Reason, Refused
from compassionate.models import BlockedOpening, Case, Retention, new_id
from compassionate.models.vault import seal, vault_of
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.given import Given, read_reason
from compassionate.services.retention import Kept, case_of, kept, listed
from compassionate.workflow.roles import Role

CASES = cast(Table, Case.__table__)
LAW = "LO 3/2018 art. 32"
AUTHORITIES = ("court", "prosecutor", "data_protection", "health_authority", "agency", "patient_rights")
OPEN_FOR = timedelta(hours=24)
LONGEST_REASON = 500


def refuse(code: str, **params: Any) -> Refused:
    """A refusal of this part of the law, cured by nobody's page."""
    return Refused((Reason(code, LAW, Role.ADMINISTRATOR.value, "", params),))


def require_role(actor: Actor, case: Case, *wanted: Role) -> None:
    """Refuse whoever holds none of these roles at the centre of the case; raises Refused."""
    if not actor.roles_at(case.centre_id) & set(wanted):
        params = {"roles": tuple(role.value for role in wanted)}
        raise Refused((Reason("role.missing", LAW, wanted[0].value, "accounts", params),))


def held(session: Session, case: Case) -> Retention:
    """The row of a case's retention, locked with its case; made where there is none."""
    session.refresh(case, with_for_update={"of": Case})
    row = session.get(Retention, case.id)
    if row is None:
        row = Retention(case_id=case.id)
        session.add(row)
        session.flush()
    return row


def block(session: Session, actor: Actor, case: Case, now: datetime) -> Kept:
    """Block a case whose terms have ended; raises Refused with why not yet."""
    require_role(actor, case, Role.ADMINISTRATOR)
    row, stands = held(session, case), kept(session, case, now)
    if stands.status != "due":
        raise refuse(f"retention.not_due_{stands.status}", until=stands.longest.until if stands.longest else None)
    longest = stands.longest
    assert longest is not None
    row.blocked_by_id = actor.account_id or None
    row.retained_until, row.ground = longest.until, longest.rule.id
    _set_blocked(session, case, now)
    until = longest.until.isoformat() if longest.until else ""
    audit.append(session, actor, "block_case", now, case, ground=row.ground, retained_until=until)
    return kept(session, case, now)


def _set_blocked(session: Session, case: Case, at: datetime | None) -> None:
    """Written beside the case's history, of which it is no part: its version stays the one of its last event."""
    session.flush()
    session.execute(update(CASES).where(CASES.c.id == case.id).values(blocked_at=at))
    session.refresh(case)


def block_due(session: Session, actor: Actor, now: datetime) -> list[str]:
    """Block every case that is due at the centres of this administrator; returns their codes. Idempotent."""
    due = [each.case for each in listed(session, actor, now) if each.status == "due"]
    for case in due:
        block(session, actor, case, now)
    return [case.code for case in due]


def unblock(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> None:
    """Give a blocked case back to the people of its centre, for a reason; raises Refused, Invalid."""
    require_role(actor, case, Role.ADMINISTRATOR)
    with _for_a_reason(session, actor, "unblock_case", case, reason, now) as (row, _):
        if case.blocked_at is None:
            raise refuse("retention.not_blocked")
        row.blocked_by_id = row.proposed_at = row.proposed_by_id = None
        _set_blocked(session, case, None)


def put_hold(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> None:
    """A legal hold: nothing of this case falls due until it is lifted. Raises Refused, Invalid."""
    require_role(actor, case, Role.ADMINISTRATOR, Role.AUDITOR, Role.DIRECTOR)
    with _for_a_reason(session, actor, "hold_case", case, reason, now) as (row, text):
        row.held_at, row.held_by_id = now, actor.account_id
        row.proposed_at = row.proposed_by_id = None
        seal(session, row, "hold_reason", case.key_id, text)


def lift_hold(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> None:
    """Lift a legal hold, for a reason; raises Refused, Invalid."""
    require_role(actor, case, Role.ADMINISTRATOR)
    with _for_a_reason(session, actor, "lift_hold", case, reason, now) as (row, _):
        if row.held_at is None:
            raise refuse("retention.not_held")
        row.held_at = row.held_by_id = row.hold_reason = None


@contextmanager
def _for_a_reason(
    session: Session, actor: Actor, action: str, case: Case, reason: str, now: datetime
) -> Iterator[tuple[Retention, str]]:
    """An act on the keeping of a case: nothing without a reason, the row locked, on record with it sealed."""
    text = read_reason(reason, limit=LONGEST_REASON)
    yield held(session, case), text
    session.flush()
    audit.append(session, actor, action, now, case, **sealed_reason(session, case, text))


def record_death(session: Session, actor: Actor, case: Case, values: Mapping[str, Any], now: datetime) -> None:
    """Note a death learnt of after closing: some communities count from it. Raises Refused, Invalid. Field: died_on."""
    require_role(actor, case, Role.ADMINISTRATOR)
    read = Given(values)
    died_on = read.day("died_on", required=True, latest=clock.civil_date(now, case.centre.zone))
    read.settle()
    row = held(session, case)
    row.died_on = died_on
    session.flush()
    audit.append(session, actor, "record_death_for_retention", now, case)


def open_blocked(session: Session, actor: Actor, code: str, values: Mapping[str, Any], now: datetime) -> BlockedOpening:
    """Open a blocked case to whoever audits, for a day, because an authority asked; raises Refused, Invalid, NotFound.

    Fields: authority, reason. The reason is sealed with the case's key; who opened it and for whom is in the audit log.
    """
    case = case_of(session, actor, code)
    require_role(actor, case, Role.AUDITOR)
    if case.blocked_at is None:
        raise refuse("retention.not_blocked")
    read = Given(values)
    authority, reason = read.one_of("authority", AUTHORITIES), read.lines("reason", LONGEST_REASON, required=True)
    read.settle()
    until_at = now + OPEN_FOR
    row = BlockedOpening(id=new_id(), case_id=case.id, account_id=actor.account_id, authority=authority, at=now)
    row.until_at = until_at
    seal(session, row, "reason", case.key_id, reason)
    session.add(row)
    session.flush()
    told = sealed_reason(session, case, reason)
    audit.append(
        session, actor, "open_blocked_case", now, case, authority=authority, until=until_at.isoformat(), **told
    )
    return row


def sealed_reason(session: Session, case: Case, reason: str) -> dict[str, str]:
    """A reason as an audit row keeps it: sealed with the case's key, unreadable once the case is destroyed."""
    number = new_id()
    kept_as = vault_of(session).seal(session, case.key_id, reason.encode(), f"audit_entries.reason.{number}")
    return {"reveal": number, "key": case.key_id, "reason": base64.b64encode(kept_as).decode()}
