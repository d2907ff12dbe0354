"""How the same medicine was decided before at the same centre: so that equals are treated alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case, Decision, Request

MOST = 10


@dataclass(frozen=True, slots=True)
class Precedent:
    """One earlier decision: of which case, what, when, how many packs, and where that case stands today.

    `days`: calendar days from the request's being sent to the decision; None where it is not known.
    """

    code: str
    outcome: str
    decided_on: date
    grounds: tuple[str, ...]
    packs: int
    state: str
    days: int | None = None


def precedents(session: Session, case: Case) -> list[Precedent]:
    """The newest decisions on other cases of this product at this centre, one query and its packs."""
    wanted = (
        select(Decision, Case.code, Case.state, Request.submitted_at)
        .join(Case, Decision.case_id == Case.id)
        .outerjoin(Request, and_(Request.case_id == Case.id, Request.number == Decision.request_number))
        .where(Case.centre_id == case.centre_id, Case.product_id == case.product_id, Case.id != case.id)
        .where(Case.blocked_at.is_(None))
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
        .limit(MOST)
    )
    zone = case.centre.zone
    return [_precedent(row, code, state, sent, zone) for row, code, state, sent in session.execute(wanted)]


def _precedent(row: Decision, code: str, state: str, sent: datetime | None, zone: str) -> Precedent:
    packs = sum(each.packs for each in row.packs)
    days = max(0, (row.decided_on - civil_date(sent, zone)).days) if sent else None
    return Precedent(code, row.outcome, row.decided_on, tuple(row.grounds), packs, state, days)
