"""What is owed about suspected reactions, or about a death after treatment, until a physician has settled it.

The physician notifies every suspected reaction at once (RD 1015/2009 art. 11.1.c; RD 577/2013 art. 2.5, 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, CaseEvent, ReactionTriage, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import fact_clocks
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.edits import hold
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.text import clean


@dataclass(frozen=True, slots=True)
class Triage:
    """One triage with its sealed words opened; `visit` names the visit that told of it."""

    row: ReactionTriage
    visit: str = ""
    outcome: str = ""
    settled_by: str = ""


def triages(session: Session, case: Case) -> list[Triage]:
    """Every triage of a case, open ones first, oldest first."""
    rows = session.scalars(
        select(ReactionTriage).where(ReactionTriage.case_id == case.id).order_by(ReactionTriage.opened_at)
    ).all()
    return [_opened(session, case, row) for row in sorted(rows, key=lambda row: row.settled_at is not None)]


def _opened(session: Session, case: Case, row: ReactionTriage) -> Triage:
    details = unseal(session, row, "details", case.key_id) or {}
    account = session.get(Account, row.settled_by_id) if row.settled_by_id else None
    return Triage(row, details.get("visit") or "", details.get("outcome") or "", account.name if account else "")


def owe_triage(
    session: Session, case: Case, ground: str, visit: str, event: CaseEvent, aware_on: date, now: datetime
) -> None:
    """Owe a triage of what a visit tells, at once (K-ADR0); saving the visit again owes no second one.

    While it is open, its clock follows the visit's day where that is corrected.
    """
    same = (each.row for each in triages(session, case) if each.visit == visit and each.row.ground == ground)
    row = next(same, None)
    if row is not None and row.settled_at is not None:
        return
    if row is None:
        row = ReactionTriage(id=new_id(), case_id=case.id, ground=ground, opened_at=now)
        seal(session, row, "details", case.key_id, {"visit": visit})
        session.add(row)
        session.flush()
    fact_clocks.begin(session, case, event, fact_clocks.REACTION, instance_of(row), aware_on, now)


def instance_of(row: ReactionTriage) -> str:
    """What the clock of a triage is called: no word of the visit, which is sealed."""
    return f"reaction-{row.id[-12:]}"


def open_reactions(session: Session, case: Case) -> list[ReactionTriage]:
    """What is still owed."""
    return [each.row for each in triages(session, case) if each.row.settled_at is None]


def settle_reaction(
    session: Session, actor: Actor, case: Case, triage_id: str, outcome: str, now: datetime, field: str = "outcome"
) -> ReactionTriage:
    """Record how a triage ended: to whom it was notified with its receipt, or why it was not suspected (art. 11.1.c).

    `field` is what errors call the outcome. Raises Refused, Invalid, NotFound (none of that id is open).
    """
    hold(session, case)
    require_edit(case, actor, "settle_reactions")
    held = next((each for each in triages(session, case) if each.row.id == triage_id), None)
    if held is None or held.row.settled_at is not None:
        raise NotFound
    text = clean(outcome)
    if not text:
        raise Invalid((FieldError(field, "value.missing"),))
    held.row.settled_at, held.row.settled_by_id = now, actor.account_id
    seal(session, held.row, "details", case.key_id, {"visit": held.visit, "outcome": text})
    role = role_for("settle_reactions", case, actor)
    event = record(session, case, actor, now, "settle_reaction", role=role, inputs={"outcome": text})
    fact_clocks.end(session, case, event, fact_clocks.REACTION, now, instance_of(held.row))
    return held.row
