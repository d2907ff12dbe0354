"""Which container a scan is of, told to whoever may know its case; for everybody else it is of none.

RDL 9/2014 art. 33; Regulation (EC) 1394/2007 art. 15. A container of a centre that the actor does not see and one that
does not exist are answered alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.cells import custody
from compassionate.cells.carriers import Scanned
from compassionate.cells.custody import Mismatch
from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Case, CellContainer, Procurement
from compassionate.services.actors import Actor
from compassionate.services.cases import get_case
from compassionate.services.cells.scanning import expected_of

IMPLANTED = ("primary", "pack", "shipping", "transport", "procurement")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A container of a case that the actor may see, and every field in which its label differs from the record."""

    case: Case
    container: CellContainer
    mismatches: tuple[Mismatch, ...]


def recognise(session: Session, actor: Actor, scanned: Scanned) -> Recognised | None:
    """The container that a label is of; None where there is none that this actor may know of."""
    row = _by_code(session, scanned.code) or _by_donation(session, scanned)
    if row is None:
        return None
    try:
        case = get_case(session, actor, session.get_one(Case, row.case_id).code)
    except NotFound:
        return None
    return Recognised(case, row, custody.compare(expected_of(case, row), scanned))


def _by_code(session: Session, code: str) -> CellContainer | None:
    return session.scalar(select(CellContainer).where(CellContainer.code == code)) if code else None


def _by_donation(session: Session, scanned: Scanned) -> CellContainer | None:
    """A label that names no container: the donation says whose it is, the batch and the kind which one."""
    number = str(scanned.values.get("donation") or scanned.values.get("din") or "")[:13]
    if scanned.code or not number:
        return None
    wanted = select(CellContainer).join(Procurement, Procurement.id == CellContainer.procurement_id)
    found = list(session.scalars(wanted.where(Procurement.donation_number == number)))
    return min(found, key=lambda row: (IMPLANTED.index(row.kind), row.code)) if found else None


def in_hand(session: Session, case: Case, scanned: Scanned) -> CellContainer:
    """The container that should be in the hand: the one read, else what is to be implanted; raises NotFound."""
    wanted = select(CellContainer).join(Procurement, Procurement.id == CellContainer.procurement_id)
    found = list(session.scalars(wanted.where(CellContainer.case_id == case.id).order_by(Procurement.number.desc())))
    if not found:
        raise NotFound
    newest = [row for row in found if row.procurement_id == found[0].procurement_id]
    read = next((row for row in newest if row.code == scanned.code), None)
    return read or min(newest, key=lambda row: (IMPLANTED.index(row.kind), row.code))


def require_agreement(session: Session, case: Case, scanned: Scanned) -> CellContainer:
    """The container, when its label says what is on record; raises Refused naming both sides of every difference."""
    row = in_hand(session, case, scanned)
    found = custody.compare(expected_of(case, row), scanned)
    if found:
        raise Refused(tuple(mismatch_reason(each) for each in found))
    return row


def mismatch_reason(each: Mismatch) -> Reason:
    """One difference as a reason, with both its sides."""
    params = {"field": each.field, "expected": each.expected or "–", "scanned": each.scanned or "–"}
    return Reason(f"scan.{each.field}", "RDL 9/2014 art. 33", "responsible_person", "cells", params)
