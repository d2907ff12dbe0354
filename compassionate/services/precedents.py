"""How the same medicine was decided before at the same centre: so that equals are treated alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Decision

MOST = 10


@dataclass(frozen=True, slots=True)
class Precedent:
    """One earlier decision: of which case, what, when, how many packs, and where that case stands today."""

    code: str
    outcome: str
    decided_on: date
    grounds: tuple[str, ...]
    packs: int
    state: str


def precedents(session: Session, case: Case) -> list[Precedent]:
    """The newest decisions on other cases of this product at this centre, one query and its packs."""
    wanted = (
        select(Decision, Case.code, Case.state)
        .join(Case, Decision.case_id == Case.id)
        .where(Case.centre_id == case.centre_id, Case.product_id == case.product_id, Case.id != case.id)
        .where(Case.blocked_at.is_(None))
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
        .limit(MOST)
    )
    return [
        Precedent(code, row.outcome, row.decided_on, tuple(row.grounds), sum(each.packs for each in row.packs), state)
        for row, code, state in session.execute(wanted)
    ]
