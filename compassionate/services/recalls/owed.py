"""Whom somebody still has to call about a recall: lines of the first screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from compassionate.models import Case, Recall, RecallCase
from compassionate.models.recalls import STANDING
from compassionate.services.worklists import MOST, WorkRow, rows_of


@dataclass(frozen=True, slots=True)
class Owed:
    """A patient to call: about which recall, how the last call ended (empty: none yet), when to try again."""

    row: WorkRow
    recall: str
    outcome: str
    next_at: datetime | None


def owed(session: Session, centres: Sequence[str], physician_id: str = "") -> list[Owed]:
    """Calls that are owed at these centres (of this physician's patients): those never made first."""
    wanted = (
        select(Case)
        .join(RecallCase, and_(RecallCase.case_id == Case.id, RecallCase.settled.is_(False)))
        .join(Recall, and_(Recall.id == RecallCase.recall_id, Recall.status == STANDING))
        .where(Case.centre_id.in_(centres), Case.blocked_at.is_(None))
        .order_by(RecallCase.next_at.is_not(None), RecallCase.next_at, Recall.at, Case.id)
        .limit(MOST)
    )
    wanted = wanted.where(Case.physician_id == physician_id) if physician_id else wanted
    columns = (Recall.code, RecallCase.outcome, RecallCase.next_at)
    return [Owed(row, *more) for row, more in rows_of(session, wanted, *columns)]
