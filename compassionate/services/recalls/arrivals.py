"""A delivery of a batch that is recalled: it is taken in, and stopped in the same act."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, RecallCase, SupplyEntry
from compassionate.services import ledger
from compassionate.services.recalls.finding import standing


def stop_arrival(session: Session, case: Case, entry: SupplyEntry) -> None:
    """Stop what just arrived where a recall stands against its batch; nothing happens where none does."""
    recall = standing(session, case.product_id, entry.batch, (case.centre_id,))
    if recall is None:
        return
    row = session.scalar(select(RecallCase).where(RecallCase.recall_id == recall.id, RecallCase.case_id == case.id))
    if row is None:
        row = RecallCase(recall_id=recall.id, case_id=case.id, received=0, in_pharmacy=0, settled=True)
        session.add(row)
    row.received, row.in_pharmacy = row.received + entry.units, row.in_pharmacy + entry.units
    session.add(
        SupplyEntry(
            case_id=case.id,
            line_number=entry.line_number,
            kind=ledger.RECALLED,
            on=entry.on,
            units=entry.units,
            batch=entry.batch,
            expires_on=entry.expires_on,
            reference=recall.code,
            by_id=entry.by_id,
            event_id=entry.event_id,
        )
    )
    session.flush()
