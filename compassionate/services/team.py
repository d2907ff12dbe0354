"""Who is responsible for a case, and what may be completed or settled beside its steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Clock, Decision, Membership, ReactionTriage
from compassionate.models.vault import seal
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.facts import today_at
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.text import clean
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.roles import Role
from compassionate.workflow.values import read_date


def holders(session: Session, case: Case, role: Role) -> list[Account]:
    """The active accounts that hold a role at the case's centre, by name."""
    wanted = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.centre_id == case.centre_id, Membership.role == role.value, Account.active.is_(True))
        .order_by(Account.name)
    )
    return list(session.scalars(wanted).unique())


def set_team(session: Session, actor: Actor, case: Case, physician_id: str, pharmacist_id: str, now: datetime) -> None:
    """Name the responsible physician and the pharmacist of a case; raises Invalid, Refused."""
    require_edit(case, actor, "team")
    chosen: dict[str, Account | None] = {}
    for field, account_id, role in (
        ("physician", physician_id, Role.PHYSICIAN),
        ("pharmacist", pharmacist_id, Role.PHARMACIST),
    ):
        known = {account.id: account for account in holders(session, case, role)}
        if account_id and account_id not in known:
            raise Invalid((FieldError(field, "value.not_a_choice"),))
        chosen[field] = known.get(account_id)
    case.physician, case.pharmacist = chosen["physician"], chosen["pharmacist"]
    record(session, case, actor, now, "edit_team", role=role_for("team", case, actor))


def open_decisions(session: Session, case: Case) -> list[Decision]:
    """Decisions that still owe a reference or a written form."""
    rows = session.scalars(select(Decision).where(Decision.case_id == case.id).order_by(Decision.decided_on))
    return [row for row in rows if not row.reference or (row.channel == "telephone" and row.written_on is None)]


def complete_decision(
    session: Session, actor: Actor, case: Case, decision_id: str, given: Mapping[str, Any], now: datetime
) -> Decision:
    """Add what a decision still owed: its reference, and the writing that confirms a call; raises Invalid, Refused.

    Fields: reference, written_on, channel (of the writing). A call never permits a dose (RD 1015/2009 art. 10.a).
    """
    require_edit(case, actor, "complete_decision")
    row = session.scalar(select(Decision).where(Decision.id == decision_id, Decision.case_id == case.id))
    if row is None:
        raise NotFound
    errors: list[FieldError] = []
    reference = clean(str(given.get("reference") or "")).strip()[:60]
    text, written_on = str(given.get("written_on") or "").strip(), None
    if text:
        try:
            written_on = read_date(text)
        except ValueError:
            errors.append(FieldError("written_on", "value.date_format"))
    if written_on and not row.decided_on <= written_on <= today_at(case, now):
        errors.append(FieldError("written_on", "decision.written_out_of_order"))
    if str(given.get("channel") or "") not in ("", *CHANNELS[:-1]):
        errors.append(FieldError("channel", "value.not_a_choice"))
    if not reference and not written_on:
        errors.append(FieldError("reference", "value.missing"))
    if errors:
        raise Invalid(tuple(errors))
    row.reference, row.written_on = reference or row.reference, written_on or row.written_on
    details = {"reference": reference, "written_on": text, "channel": given.get("channel") or ""}
    record(
        session, case, actor, now, "complete_decision", role=role_for("complete_decision", case, actor), inputs=details
    )
    return row


def send_follow_up_forms(session: Session, actor: Actor, case: Case, on: str, now: datetime) -> None:
    """Record that the follow-up forms that the decision asks for were sent (art. 11.1.d); raises Invalid, Refused."""
    require_edit(case, actor, "follow_up_forms")
    try:
        day = read_date(on.strip())
    except ValueError:
        raise Invalid((FieldError("on", "value.date_format" if on.strip() else "value.missing"),)) from None
    if day > today_at(case, now):
        raise Invalid((FieldError("on", "value.date_in_future"),))
    for row in session.scalars(select(Decision).where(Decision.case_id == case.id, Decision.follow_up_forms.is_(True))):
        row.forms_sent_on = row.forms_sent_on or day
    record(
        session,
        case,
        actor,
        now,
        "send_follow_up_forms",
        role=role_for("follow_up_forms", case, actor),
        inputs={"on": day},
    )


def open_clocks(session: Session, case: Case) -> list[Clock]:
    """The clocks that run (or are suspended) on a case, oldest first."""
    return list(
        session.scalars(
            select(Clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None)).order_by(Clock.opened_at)
        )
    )


def settle_clock(session: Session, actor: Actor, case: Case, clock_id: str, reason: str, now: datetime) -> Clock:
    """Close a clock with a reason (an appeal waived, an answer that came otherwise); raises Invalid, Refused."""
    require_edit(case, actor, "settle_clocks")
    row = session.scalar(select(Clock).where(Clock.id == clock_id, Clock.case_id == case.id, Clock.closed_at.is_(None)))
    if row is None:
        raise NotFound
    text = clean(reason).strip()
    if not text:
        raise Invalid((FieldError("reason", "value.missing"),))
    details = {"clock": row.clock, "reason": text}
    row.closed_at = now
    seal(session, row, "settled_reason", case.key_id, text)
    event = record(
        session, case, actor, now, "settle_clock", role=role_for("settle_clocks", case, actor), inputs=details
    )
    row.closed_by_event_id = event.id
    session.flush()
    return row


def open_reactions(session: Session, case: Case) -> list[ReactionTriage]:
    """What is still owed about suspected reactions, or about a death after treatment."""
    wanted = select(ReactionTriage).where(ReactionTriage.case_id == case.id, ReactionTriage.settled_at.is_(None))
    return list(session.scalars(wanted.order_by(ReactionTriage.opened_at)))


def settle_reaction(
    session: Session, actor: Actor, case: Case, triage_id: str, outcome: str, now: datetime
) -> ReactionTriage:
    """Record how a triage ended: to whom it was notified with receipt, or why it was not suspected (art. 11.1.c)."""
    require_edit(case, actor, "settle_reactions")
    row = session.scalar(
        select(ReactionTriage).where(
            ReactionTriage.id == triage_id, ReactionTriage.case_id == case.id, ReactionTriage.settled_at.is_(None)
        )
    )
    if row is None:
        raise NotFound
    text = clean(outcome).strip()
    if not text:
        raise Invalid((FieldError("outcome", "value.missing"),))
    row.settled_at, row.settled_by_id = now, actor.account_id
    seal(session, row, "details", case.key_id, {"outcome": text})
    record(
        session,
        case,
        actor,
        now,
        "settle_reaction",
        role=role_for("settle_reactions", case, actor),
        inputs={"outcome": text},
    )
    return row
