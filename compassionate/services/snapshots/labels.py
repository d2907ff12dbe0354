"""Labels of cells as they were ordered, their sealed lines opened."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.cells import shelf_life
from compassionate.models import Case, CellContainer, LabelPrint
from compassionate.models.vault import unseal
from compassionate.services.snapshots.parties import Names
from compassionate.snapshot import LabelSnapshot


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was printed, its lines opened."""

    row: LabelPrint
    container: CellContainer
    label: LabelSnapshot


def orders(session: Session, case: Case) -> list[Order]:
    """Every order of a case, the newest first."""
    wanted = select(LabelPrint).where(LabelPrint.case_id == case.id).order_by(LabelPrint.number.desc())
    names = Names(session)
    return [_opened(session, case, row, names) for row in session.scalars(wanted)]


def _opened(session: Session, case: Case, row: LabelPrint, names: Names) -> Order:
    container, held = session.get_one(CellContainer, row.container_id), unseal(session, row, "details", case.key_id)
    label = LabelSnapshot(
        row.number, held["kind"], container.code, case.code, row.copies, held["phrase"], dict(held["values"]),
        tuple(held["handling"]), tuple(held["warnings"]), held["european_code"], held["batch"],
        shelf_life.read_compact(held["expires_at"]) if held["expires_at"] else None,
        row.reason, row.printed_at, names(row.printed_by_id),
    )  # fmt: skip
    return Order(row, container, label)


def newest(session: Session, case: Case) -> tuple[LabelSnapshot, ...]:
    """The labels of the newest order: what the document `labels` prints."""
    wanted = select(LabelPrint).where(LabelPrint.case_id == case.id).order_by(LabelPrint.number.desc()).limit(1)
    row = session.scalar(wanted)
    return () if row is None else (_opened(session, case, row, Names(session)).label,)
