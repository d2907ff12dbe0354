"""Movements of the supply ledger: ordered, promised, received, released, rejected, returned, destroyed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from compassionate.errors import FieldError, Invalid
from compassionate.models import SupplyEntry
from compassionate.services import ledger
from compassionate.services.step import Effect, Step


def units_per_pack(step: Step, line_number: int) -> int:
    """Units in a pack of a line."""
    return next(line.product_line.units_per_pack for line in step.case.lines if line.number == line_number)


def add_entry(step: Step, kind: str, line_number: int, on: date, units: int, **more: Any) -> None:
    """Add one movement to the ledger; nothing there is ever edited."""
    step.session.add(
        SupplyEntry(
            case_id=step.case.id,
            line_number=line_number,
            kind=kind,
            on=on,
            units=units,
            by_id=step.actor.account_id,
            event_id=step.event.id,
            **more,
        )
    )
    step.session.flush()


def batch_of(step: Step, line_number: int, batch: str) -> ledger.Batch:
    """A batch that the pharmacy received; raises Invalid for one it did not."""
    for held in ledger.batches(ledger.entries_of(step.session, step.case)):
        if (held.line, held.batch) == (line_number, batch):
            return held
    raise Invalid((FieldError("batch", "stock.unknown_batch"),))


def _order(step: Step) -> None:
    packs = step.values["packs"]
    units = packs * units_per_pack(step, step.line_number)
    add_entry(
        step,
        "ordered",
        step.line_number,
        step.values["on"],
        units,
        packs=packs,
        reference=step.values.get("reference") or "",
    )


def _promise(step: Step) -> None:
    packs = step.values["packs"]
    units = packs * units_per_pack(step, step.line_number)
    add_entry(
        step,
        "promised",
        step.line_number,
        step.values["on"],
        units,
        packs=packs,
        expected_on=step.values.get("expected_on"),
    )


def _receive(step: Step) -> None:
    values, packs = step.values, step.values["packs"]
    if values["expires_on"] < values["on"]:
        raise Invalid((FieldError("expires_on", "stock.expired_on_arrival"),))
    add_entry(
        step,
        "received",
        step.line_number,
        values["on"],
        packs * units_per_pack(step, step.line_number),
        packs=packs,
        batch=values["batch"],
        expires_on=values["expires_on"],
        reference=values.get("delivery_note") or "",
        paper_id=values.get("paper"),
    )


def _judge(kind: str) -> Effect:
    def effect(step: Step) -> None:
        held = batch_of(step, step.line_number, step.values["batch"])
        add_entry(
            step,
            kind,
            held.line,
            step.values["on"],
            held.left,
            batch=held.batch,
            expires_on=held.expires_on,
            paper_id=step.values.get("paper"),
        )

    return effect


def _take(kind: str, reference: str) -> Effect:
    def effect(step: Step) -> None:
        held, units = batch_of(step, step.line_number, step.values["batch"]), step.values["units"]
        if units > held.left:
            raise Invalid((FieldError("units", "stock.too_few", {"left": held.left, "batch": held.batch}),))
        add_entry(
            step,
            kind,
            held.line,
            step.values["on"],
            units,
            batch=held.batch,
            expires_on=held.expires_on,
            reference=step.values.get(reference) or "",
            paper_id=step.values.get("paper"),
        )

    return effect


SUPPLY_EFFECTS: Mapping[str, Effect] = {
    "order_supply": _order,
    "promise_supply": _promise,
    "receive_supply": _receive,
    "release_supply": _judge("released"),
    "reject_supply": _judge("rejected"),
    "return_supply": _take("returned", "reference"),
    "destroy_supply": _take("destroyed", "certificate"),
}
