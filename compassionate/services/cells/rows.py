"""What is on record of a case's cells: attempts, containers, what happened to them, results, the donor's evaluation."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.models import Case, CellContainer, CellIncident, CellTest, CustodyEvent, DonorEvaluation, Procurement


def attempts(session: Session, case: Case) -> list[Procurement]:
    """Every attempt of a case, the first one first."""
    wanted = select(Procurement).where(Procurement.case_id == case.id).order_by(Procurement.number)
    return list(session.scalars(wanted))


def current(session: Session, case: Case) -> Procurement | None:
    """The newest attempt: the one that the region `cells` speaks of."""
    wanted = select(Procurement).where(Procurement.case_id == case.id).order_by(Procurement.number.desc()).limit(1)
    return session.scalar(wanted)


def containers(session: Session, held: Procurement, kinds: Iterable[str] = ()) -> list[CellContainer]:
    """The containers of an attempt, of these kinds (of any where none is named), in the order of the kinds."""
    wanted = select(CellContainer).where(CellContainer.procurement_id == held.id).order_by(CellContainer.code)
    rows, order = list(session.scalars(wanted)), list(kinds)
    return sorted((row for row in rows if row.kind in order), key=lambda row: order.index(row.kind)) if order else rows


def chain(session: Session, held: Procurement) -> list[CustodyEvent]:
    """What happened to the cells of an attempt, in the order in which it was written down."""
    wanted = select(CustodyEvent).where(CustodyEvent.procurement_id == held.id).order_by(CustodyEvent.number)
    return list(session.scalars(wanted))


def next_in_chain(session: Session, held: Procurement) -> int:
    """The number of the next thing that happens to an attempt's cells."""
    wanted = select(func.max(CustodyEvent.number)).where(CustodyEvent.procurement_id == held.id)
    return (session.scalar(wanted) or 0) + 1


def results(session: Session, held: Procurement) -> list[CellTest]:
    """Every result of an attempt, corrected ones too, in the order in which they were typed."""
    wanted = select(CellTest).where(CellTest.procurement_id == held.id).order_by(CellTest.number)
    return list(session.scalars(wanted))


def standing_results(rows: Iterable[CellTest]) -> dict[str, CellTest]:
    """The newest result of each test: what was typed later replaces what was typed before."""
    return {row.test: row for row in rows}


def evaluation(session: Session, case: Case) -> DonorEvaluation | None:
    """The donor's evaluation that holds now."""
    wanted = select(DonorEvaluation).where(DonorEvaluation.case_id == case.id)
    return session.scalar(wanted.order_by(DonorEvaluation.number.desc()).limit(1))


def incidents(session: Session, held: Procurement) -> tuple[CellIncident, ...]:
    """Quality defects and biovigilance events of an attempt."""
    wanted = (
        select(CellIncident).where(CellIncident.procurement_id == held.id).order_by(CellIncident.at, CellIncident.kind)
    )
    return tuple(session.scalars(wanted))
