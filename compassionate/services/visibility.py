"""What no list, search or page may know of: cases that are blocked (LO 3/2018 art. 32)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from compassionate import clock
from compassionate.models import BlockedOpening, Case, Patient
from compassionate.services.actors import Actor


def not_blocked(actor: Actor) -> ColumnElement[bool]:
    """A condition on cases: not blocked, but for those opened to this person at this moment for an authority."""
    opened = select(BlockedOpening.case_id).where(
        BlockedOpening.account_id == actor.account_id, BlockedOpening.until_at > clock.now()
    )
    return or_(Case.blocked_at.is_(None), Case.id.in_(opened))


def patient_known() -> ColumnElement[bool]:
    """A condition on patients: not one of whom every case is blocked."""
    blocked = select(Case.patient_id).where(Case.blocked_at.is_not(None))
    current = select(Case.patient_id).where(Case.blocked_at.is_(None))
    return or_(Patient.id.not_in(blocked), Patient.id.in_(current))
