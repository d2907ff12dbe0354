"""Containers on record, as the steps of the region leave them: one attempt of a case with one of each kind."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from compassionate.cells.labels import KINDS
from compassionate.models import Case, CaseEvent, CellContainer, Procurement
from tests.world import World

CODE = "ES000123{number}E000004200120991231"


def containers(world: World, case: Case, number: str = "A999926123456") -> dict[str, CellContainer]:
    """One container of each kind, released and not expired."""
    event = world.session.scalars(select(CaseEvent.id).where(CaseEvent.case_id == case.id)).first()
    assert event is not None
    now = world.now
    held = Procurement(
        case_id=case.id, number=1, donation_number=number, site="Quirófano 4", establishment="Unidad Celular",
        planned_on=world.today, procured_at=now - timedelta(days=28), batch=f"L-{number[-4:]}", event_id=event,
        expires_at=now + timedelta(hours=20),
    )  # fmt: skip
    world.session.add(held)
    world.session.flush()
    rows = {kind: _container(case, held, kind, number, now) for kind in KINDS}
    world.session.add_all(rows.values())
    world.session.flush()
    return rows


def _container(case: Case, held: Procurement, kind: str, number: str, now: datetime) -> CellContainer:
    made = kind in ("primary", "shipping", "pack")
    return CellContainer(
        case_id=case.id, procurement_id=held.id, kind=kind, code=f"{case.code}-1{kind[:3].upper()}",
        european_code=CODE.format(number=number) if made else "", batch=held.batch if made else "",
        expires_at=now + timedelta(hours=20) if made else None,
    )  # fmt: skip
