"""The chain of custody as it is written: one row for each thing that happened, in order, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from compassionate.errors import FieldError, Invalid
from compassionate.models import CustodyEvent, Procurement, new_id
from compassionate.models.vault import seal
from compassionate.services.cells import rows
from compassionate.services.cells.scanning import in_hand, read
from compassionate.services.programmes import programme_of
from compassionate.services.step import Step


def add(
    step: Step,
    held: Procurement,
    kind: str,
    at: datetime,
    *,
    way: tuple[str, str] = ("", ""),
    seal_number: str = "",
    verdict: str = "",
    details: Mapping[str, Any] | None = None,
    **more: Any,
) -> None:
    """Add one thing that happened to an attempt's cells; what was read and noted of it is sealed."""
    values = step.values
    typed = str(values.get("container_code") or "")
    row = in_hand(step.session, held, kind, read(typed, step.case, step.now).code) if typed else None
    event = CustodyEvent(
        id=new_id(),
        case_id=step.case.id,
        procurement_id=held.id,
        container_id=row.id if row else None,
        number=rows.next_in_chain(step.session, held),
        kind=kind,
        at=at,
        origin=way[0],
        destination=way[1],
        seal=seal_number[:60],
        verdict=verdict,
        by_id=step.actor.account_id,
        event_id=step.event.id,
        **more,
    )
    said = {name: values[name] for name in ("patient_code", "container_code", "carrier", "note") if values.get(name)}
    seal(step.session, event, "details", step.case.key_id, said | dict(details or {}))
    step.session.add(event)
    step.session.flush()


def in_order(step: Step, held: Procurement, name: str) -> datetime:
    """An instant that was typed, not before the last thing on record; raises Invalid."""
    at: datetime = step.values[name]
    typed = [held.ended_at, held.received_at, held.cultured_at, held.harvested_at, held.dispatched_at]
    known = [instant for instant in typed if instant is not None]
    if known and at < max(known):
        raise Invalid((FieldError(name, "cells.not_in_order"),))
    return at


def arrive(step: Step, held: Procurement, kind: str, destination: str) -> datetime:
    """Cells arrive somewhere: when, how warm it was on the way, whether the seal held; returns the instant."""
    values = step.values
    at = in_order(step, held, "arrived_at")
    low, high = values["temperature_low"], values["temperature_high"]
    if Decimal(high) < Decimal(low):
        raise Invalid((FieldError("temperature_high", "cells.crossed"),))
    within = bool(values["seal_intact"]) and _within(step, low, high)
    add(
        step,
        held,
        kind,
        at,
        way=("", destination),
        verdict="agrees" if within else "excursion",
        temperature_low=low,
        temperature_high=high,
        seal_intact=bool(values["seal_intact"]),
    )
    return at


def _within(step: Step, low: str, high: str) -> bool:
    """Whether a journey stayed within the specification; without limits nobody can say so, and it is judged."""
    programme = programme_of(step.session, step.case)
    held = programme.cells if programme else None
    if held is None or held.temperature_low is None or held.temperature_high is None:
        return False
    return Decimal(str(held.temperature_low)) <= Decimal(low) and Decimal(high) <= Decimal(str(held.temperature_high))
