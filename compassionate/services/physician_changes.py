"""Another physician answers for a case: offered, accepted in writing, and until then nothing changes.

RD 1015/2009 art. 8.1.a, 11.1: the request rests on the report of the responsible physician, on whom the duties of the
treatment fall. What was not filed yet is signed anew by whoever accepts; what was issued before stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Account, Case, PhysicianChange, Signature, new_id
from compassionate.models.physician_changes import ACCEPTED, PENDING, REFUSED, WITHDRAWN
from compassionate.models.vault import seal, unseal
from compassionate.services import memberships, papers
from compassionate.services.actors import Actor
from compassionate.services.binding import REPORT
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.days import day_errors, past_day
from compassionate.services.edits import hold
from compassionate.services.facts import request_state, today_at
from compassionate.services.given import Given, read_reason
from compassionate.services.papers import Upload
from compassionate.services.physician_offers import Change, opened, owes_telling, pending
from compassionate.services.proofs import SigningAct
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.signatures import Signing, sign, void
from compassionate.words import say
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.permissions import EARLY
from compassionate.workflow.roles import Role

NOT_FILED = (*EARLY, "awaiting_endorsement", "ready_to_submit")
ACCEPTANCE = "case_acceptance"
LEGAL = "RD 1015/2009 art. 8.1.a, 11.1"


def needs_acceptance(session: Session, case: Case) -> bool:
    """Whether another physician must accept in writing: once somebody signed or the preparation is over."""
    if case.physician_id is None:
        return False
    signed = select(Signature.id).where(
        Signature.case_id == case.id, Signature.meaning == REPORT, Signature.voided_at.is_(None)
    )
    waits = pending(session, case) is not None
    return waits or case.state not in EARLY or session.scalar(signed.limit(1)) is not None


def candidates(session: Session, case: Case, now: datetime) -> list[Account]:
    """The physicians of the centre today but the one who answers for the case, by name."""
    held = memberships.holders(session, case.centre_id, Role.PHYSICIAN, today_at(case, now))
    return [each for each in held if each.id != case.physician_id]


def may_offer(session: Session, actor: Actor, case: Case, now: datetime) -> bool:
    """Whether this person may hand the case over: its physician, or pharmacy and management; nobody takes it away."""
    roles = actor.roles_at(case.centre_id)
    if roles & {Role.PHARMACIST, Role.DIRECTOR, Role.ADMINISTRATOR}:
        return True
    return Role.PHYSICIAN in roles and case.physician_id == actor.account_id


def offer(
    session: Session, actor: Actor, case: Case, to_id: str, reason: str, now: datetime, seen: str | None = None
) -> PhysicianChange:
    """Ask a physician of the centre to take the case over; raises Invalid, Refused, Conflict.

    `seen` is the id of the physician whom the page named as responsible.
    """
    hold(session, case)
    require_edit(case, actor, "hand_over")
    if not may_offer(session, actor, case, now):
        raise Refused((Reason("handing.not_yours", LEGAL, Role.PHYSICIAN.value, "hand_over"),))
    if pending(session, case) is not None:
        raise Refused((Reason("handing.pending", LEGAL, Role.PHYSICIAN.value, "hand_over"),))
    if seen is not None and seen != (case.physician_id or ""):
        raise Conflict(case.code, case.state, case.version)
    read = Given({"to": to_id, "reason": reason})
    read.one_of("to", [each.id for each in candidates(session, case, now)])
    words = read.lines("reason", required=True)
    read.settle()
    role = role_for("hand_over", case, actor)
    row = PhysicianChange(
        id=new_id(),
        case_id=case.id,
        from_id=case.physician_id,
        to_id=to_id,
        offered_by_id=actor.account_id,
        offered_at=now,
        status=PENDING,
    )
    seal(session, row, "details", case.key_id, {"reason": words})
    record(session, case, actor, now, "offer_case", role=role, inputs={"reason": words})
    session.add(row)
    session.flush()
    return row


def _waiting(session: Session, case: Case, actor: Actor | None = None) -> PhysicianChange:
    row = pending(session, case)
    if row is None:
        raise NotFound
    if actor is not None and row.to_id != actor.account_id:
        raise Refused((Reason("handing.not_asked", LEGAL, Role.PHYSICIAN.value, "hand_over"),))
    return row


def statement(case: Case, change: Change) -> str:
    """The words that the new physician signs."""
    return say("handing.statement", name=change.to_name, case=case.code, before=change.from_name or "–")


def accepting(case: Case, row: PhysicianChange, words: str) -> Signing:
    """The acceptance of one offer, to be signed."""
    return Signing(ACCEPTANCE, {"case": case.code, "offer": row.id, "statement": words}, subject=row.id)


def accept(session: Session, actor: Actor, case: Case, now: datetime) -> PhysicianChange:
    """Accept the case in one's own name, with the statement as shown; raises Refused, NotFound.

    It is signed: the actor showed who they are for this very offer (21 CFR 11.200(a)(1); SIG-01).
    """
    hold(session, case)
    require_edit(case, actor, "accept_case")
    row = _waiting(session, case, actor)
    signed = statement(case, opened(session, case, row))
    sign(session, actor, case, accepting(case, row, signed), Role.PHYSICIAN, now)
    return _pass_on(session, actor, case, row, today_at(case, now), signed, now)


def accept_on_paper(
    session: Session, actor: Actor, case: Case, accepted_on: str, upload: Upload | None, now: datetime
) -> PhysicianChange:
    """Record the signed paper with which the new physician accepted; raises Invalid, Refused, NotFound."""
    hold(session, case)
    require_edit(case, actor, "record_acceptance")
    row, today = _waiting(session, case), today_at(case, now)
    errors = day_errors("accepted_on", accepted_on, today)
    errors += () if upload else (FieldError("file", "paper.no_file"),)
    if row.to_id not in {each.id for each in candidates(session, case, now)}:
        errors += (FieldError("accepted_on", "handing.no_physician_any_more"),)
    if errors or upload is None:
        raise Invalid(errors)
    title = say("paper_kind.physician_acceptance")
    row.paper_id = papers.upload(session, actor, case, "physician_acceptance", title, upload, now).id
    return _pass_on(session, actor, case, row, past_day("accepted_on", accepted_on, today), "", now)


def _pass_on(
    session: Session, actor: Actor, case: Case, row: PhysicianChange, on: date, signed: str, now: datetime
) -> PhysicianChange:
    """From now on the new one answers; unfiled requests lose the signature of the one before, filed ones keep it."""
    before, account = case.physician, session.get_one(Account, row.to_id)
    case.physician = account
    _answer(session, actor, case, row, ACCEPTED, {"statement": signed}, now)
    row.accepted_on = on
    by_paper = row.to_id != actor.account_id
    role = role_for("record_acceptance" if by_paper else "accept_case", case, actor)
    names = {"physician": f"{before.name} ({before.username})" if before else ""}
    changes = differing(names, {"physician": f"{account.name} ({account.username})"})
    inputs = {"accepted_on": on, "paper": row.paper_id} if by_paper else {"accepted_on": on, "statement": signed}
    record(session, case, actor, now, "accept_case", role=role, inputs=inputs, changes=changes)
    for request in case.requests:
        if request_state(case, request.number) in NOT_FILED:
            void(session, actor, case, SigningAct(REPORT, case.id, request.number), now, "accept_case")
    return row


def _answer(
    session: Session,
    actor: Actor,
    case: Case,
    row: PhysicianChange,
    status: str,
    words: Mapping[str, str],
    now: datetime,
) -> None:
    row.status, row.answered_at, row.answered_by_id = status, now, actor.account_id
    seal(session, row, "details", case.key_id, unseal(session, row, "details", case.key_id) | words)


def refuse(
    session: Session, actor: Actor, case: Case, reason: str, now: datetime, field: str = "reason"
) -> PhysicianChange:
    """Do not accept, and say why: the one before stays responsible; raises Invalid (`field`), Refused, NotFound."""
    hold(session, case)
    require_edit(case, actor, "accept_case")
    row = _waiting(session, case, actor)
    return _end(session, actor, case, row, REFUSED, read_reason(reason, field), now)


def withdraw(
    session: Session, actor: Actor, case: Case, reason: str, now: datetime, field: str = "reason"
) -> PhysicianChange:
    """Take an offer back: its physician, pharmacy or management; raises Invalid (`field`), Refused, NotFound."""
    hold(session, case)
    require_edit(case, actor, "hand_over")
    row = _waiting(session, case)
    if not may_offer(session, actor, case, now):
        raise Refused((Reason("handing.not_yours", LEGAL, Role.PHYSICIAN.value, "hand_over"),))
    return _end(session, actor, case, row, WITHDRAWN, read_reason(reason, field), now)


def _end(
    session: Session, actor: Actor, case: Case, row: PhysicianChange, status: str, words: str, now: datetime
) -> PhysicianChange:
    section, name = ("accept_case", "refuse_case") if status == REFUSED else ("hand_over", "withdraw_offer")
    role = role_for(section, case, actor)
    record(session, case, actor, now, name, role=role, inputs={"reason": words})
    _answer(session, actor, case, row, status, {"answer": words}, now)
    session.flush()
    return row


def tell(
    session: Session, actor: Actor, case: Case, change_id: str, given: Mapping[str, Any], now: datetime
) -> PhysicianChange:
    """Record that the agency was told: told_on, channel, told_reference; raises Invalid, Refused, NotFound."""
    hold(session, case)
    require_edit(case, actor, "tell_physician_change")
    held = select(PhysicianChange).where(PhysicianChange.id == change_id, PhysicianChange.case_id == case.id)
    row = session.scalar(held)
    if row is None or not owes_telling(case, row):
        raise NotFound
    read = Given(given)
    on = read.day("told_on", required=True, latest=today_at(case, now))
    channel, reference = read.one_of("channel", CHANNELS), read.text("told_reference", 60)
    read.settle()
    row.told_on, row.told_channel, row.told_reference = on, channel, reference
    role, inputs = role_for("tell_physician_change", case, actor), {"channel": channel, "on": on}
    record(session, case, actor, now, "tell_physician_change", role=role, inputs=inputs)
    return row
