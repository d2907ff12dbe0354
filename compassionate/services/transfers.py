"""The sending side of a transfer: the patient goes on elsewhere, the case stands here until it is closed by its steps.

RD 1015/2009 art. 8.1: the centre applies, so the authorisation held here is no authorisation there; results and
reactions of what was given here stay owed here (art. 11.1). What is not certain is said so (workflow/moving.toml).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Account, Case, Centre, IssuedDocument, Transfer, new_id
from compassionate.models.transfers import ACCEPTED, OFFERED, OUTSIDE, WITHDRAWN
from compassionate.models.vault import seal, unseal
from compassionate.services import documents
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.edits import hold
from compassionate.services.facts import today_at
from compassionate.services.given import Given, read_reason
from compassionate.services.recording import record
from compassionate.services.requests import role_for

SUMMARY, COPY = "transfer_summary", "hospital"
MEDICINE = ("none", "returned", "destroyed", "sponsor_moves")
STANDING = (OFFERED, ACCEPTED, OUTSIDE)


@dataclass(frozen=True, slots=True)
class Sent:
    """A transfer with its sealed words opened, for the sending side."""

    row: Transfer
    words: Mapping[str, str]
    by: str
    answered_by: str


def destinations(session: Session, case: Case) -> list[Centre]:
    """The other hospitals of this installation, by name; of real patients only those that are no demonstration."""
    wanted = select(Centre).where(Centre.id != case.centre_id, Centre.is_demo.is_(case.centre.is_demo))
    return list(session.scalars(wanted.order_by(Centre.name)))


def history(session: Session, case: Case) -> list[Sent]:
    """Every transfer of a case, the newest first."""
    wanted = select(Transfer).where(Transfer.case_id == case.id).order_by(Transfer.sent_at.desc(), Transfer.id.desc())
    return [_opened(session, case, row) for row in session.scalars(wanted)]


def _opened(session: Session, case: Case, row: Transfer) -> Sent:
    people = [session.get(Account, each) if each else None for each in (row.sent_by_id, row.answered_by_id)]
    by, answered_by = (each.name if each else "" for each in people)
    return Sent(row, unseal(session, row, "details", case.key_id), by, answered_by)


def standing(session: Session, case: Case) -> Transfer | None:
    """The transfer that was offered, accepted or made to a hospital outside; None where the patient stays."""
    return session.scalar(select(Transfer).where(Transfer.case_id == case.id, Transfer.status.in_(STANDING)))


def origin(session: Session, case: Case) -> str:
    """The hospital from which a case was received; empty where it began here."""
    wanted = (
        select(Centre.name)
        .join(Case, Case.centre_id == Centre.id)
        .join(Transfer, Transfer.case_id == Case.id)
        .where(Transfer.new_case_id == case.id)
    )
    return session.scalar(wanted) or ""


def summary(session: Session, case: Case) -> IssuedDocument | None:
    """The transfer summary that says what the case says now."""
    row = documents.latest(session, case, SUMMARY, COPY, 0)
    return row if row is not None and not documents.is_stale(session, case, row) else None


def _refuse_what_stands(session: Session, case: Case) -> None:
    reasons = []
    if standing(session, case) is not None:
        reasons.append(Reason("transfer.standing", "RD 1015/2009 art. 8.1", "physician", "transfer"))
    if summary(session, case) is None:
        reasons.append(Reason("transfer.no_summary", "Ley 41/2002 art. 14-16", "physician", "documents"))
    if reasons:
        raise Refused(tuple(reasons))


def send(session: Session, actor: Actor, case: Case, given: Mapping[str, Any], now: datetime) -> Transfer:
    """Hand the case to another hospital; raises Invalid, Refused.

    Fields: to (centre code, or `outside` with outside), reason, informed_on, agreed, medicine, medicine_by.
    """
    hold(session, case)
    require_edit(case, actor, "transfer")
    _refuse_what_stands(session, case)
    centres = {each.code: each for each in destinations(session, case)}
    read = Given(given)
    centre = centres.get(read.one_of("to", (*centres, OUTSIDE)))
    outside = read.text("outside", 200, required=read.raw("to") == OUTSIDE)
    reason = read.lines("reason", required=True)
    informed_on = read.day("informed_on", required=True, latest=today_at(case, now))
    if not read.flag("agreed"):
        read.wrong("agreed", "transfer.patient_must_know")
    medicine = read.one_of("medicine", MEDICINE)
    medicine_by = read.text("medicine_by", 200, required=medicine not in ("", "none"))
    read.settle()
    assert informed_on is not None
    row = Transfer(
        id=new_id(),
        case_id=case.id,
        to_centre_id=centre.id if centre else None,
        status=OFFERED if centre else OUTSIDE,
        informed_on=informed_on,
        sent_by_id=actor.account_id,
        sent_at=now,
    )
    destination = centre.name if centre else outside
    words = {"reason": reason, "destination": destination, "medicine": medicine, "medicine_by": medicine_by}
    seal(session, row, "details", case.key_id, words)
    inputs = words | {"informed_on": informed_on}
    record(session, case, actor, now, "transfer_case", role=role_for("transfer", case, actor), inputs=inputs)
    session.add(row)
    session.flush()
    return row


def withdraw(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> Transfer:
    """Take an offer back while nobody accepted it; raises Invalid, Refused, NotFound."""
    hold(session, case)
    require_edit(case, actor, "transfer")
    row = standing(session, case)
    if row is None or row.status != OFFERED:
        raise NotFound
    words = read_reason(reason, "withdrawal")
    role = role_for("transfer", case, actor)
    record(session, case, actor, now, "withdraw_transfer", role=role, inputs={"reason": words})
    answer(session, case, row, actor, WITHDRAWN, words, now)
    return row


def answer(
    session: Session,
    case: Case,
    row: Transfer,
    actor: Actor,
    status: str,
    words: str,
    now: datetime,
    new_case: str = "",
) -> None:
    """Write how a transfer ended; `case` is the sender's, whose key seals the words."""
    row.status, row.answered_by_id, row.answered_at = status, actor.account_id, now
    row.new_case_id = new_case or None
    seal(session, row, "details", case.key_id, unseal(session, row, "details", case.key_id) | {"answer": words})
    session.flush()
