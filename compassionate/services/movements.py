"""Movements of the supply ledger: ordered, promised, received, released, rejected, returned, destroyed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from compassionate.errors import FieldError, Invalid
from compassionate.models import SupplyEntry
from compassionate.services import ledger
from compassionate.services.recalls.arrivals import stop_arrival
from compassionate.services.step import Effect, Step
from compassionate.workflow.treatment import STOPPED


def units_per_pack(step: Step, line_number: int) -> int:
    """Units in a pack of a line."""
    return next(line.product_line.units_per_pack for line in step.case.lines if line.number == line_number)


def add_entry(step: Step, kind: str, line_number: int, on: date, units: int, **more: Any) -> SupplyEntry:
    """Add one movement to the ledger; nothing there is ever edited."""
    entry = SupplyEntry(
        case_id=step.case.id,
        line_number=line_number,
        kind=kind,
        on=on,
        units=units,
        by_id=step.actor.account_id,
        event_id=step.event.id,
        **more,
    )
    step.session.add(entry)
    step.session.flush()
    return entry


def find_batch(step: Step, line_number: int, batch: str) -> ledger.Batch | None:
    """A batch that the pharmacy received, or None."""
    held = ledger.batches(ledger.entries_of(step.session, step.case))
    return next((each for each in held if (each.line, each.batch) == (line_number, batch)), None)


def batch_of(step: Step, line_number: int, batch: str) -> ledger.Batch:
    """A batch that the pharmacy received; raises Invalid for one it did not."""
    held = find_batch(step, line_number, batch)
    if held is None:
        raise Invalid((FieldError("batch", "stock.unknown_batch"),))
    return held


def _order(step: Step) -> None:
    packs, size = step.values["packs"], units_per_pack(step, step.line_number)
    _within_grant(step, packs)
    reference = step.values.get("reference") or ""
    add_entry(step, "ordered", step.line_number, step.values["on"], packs * size, packs=packs, reference=reference)


def _within_grant(step: Step, packs: int) -> None:
    """No more is ordered than is granted, beside what was used and what is in the pharmacy (art. 8.1.c, 10.a)."""
    entries = ledger.entries_of(step.session, step.case)
    accounts = ledger.accounts(step.case, entries, ledger.granted(step.session, step.case))
    account = next(each for each in accounts if each.number == step.line_number)
    most = ledger.packs_to_order(account, ledger.batches(entries))
    if packs > most:
        raise Invalid((FieldError("packs", "stock.more_than_granted", {"most": most}),))


def _promise(step: Step) -> None:
    packs = step.values["packs"]
    units, on = packs * units_per_pack(step, step.line_number), step.values["on"]
    add_entry(step, "promised", step.line_number, on, units, packs=packs, expected_on=step.values.get("expected_on"))


def _receive(step: Step) -> None:
    values, packs = step.values, step.values["packs"]
    _check_arrival(step)
    entry = add_entry(
        step,
        "received",
        step.line_number,
        values["on"],
        packs * units_per_pack(step, step.line_number),
        packs=packs,
        batch=values["batch"],
        expires_on=values["expires_on"],
        reference=values.get("delivery_note") or "",
        paper_id=step.paper_id,
    )
    stop_arrival(step.session, step.case, entry)


def _check_arrival(step: Step) -> None:
    """A delivery may bring more of a batch that is here; then it is the same batch, and not one that was rejected."""
    values = step.values
    if values["expires_on"] < values["on"]:
        raise Invalid((FieldError("expires_on", "stock.expired_on_arrival"),))
    held = find_batch(step, step.line_number, values["batch"])
    if held is None:
        return
    if held.expires_on != values["expires_on"]:
        raise Invalid((FieldError("expires_on", "stock.other_expiry", {"batch": held.batch, "on": held.expires_on}),))
    if held.status == "rejected" and held.left:
        raise Invalid((FieldError("batch", "stock.batch_rejected", {"batch": held.batch}),))


def _release(step: Step) -> None:
    held = batch_of(step, step.line_number, step.values["batch"])
    if held.status != "in_quarantine":
        raise Invalid((FieldError("batch", f"stock.batch_{held.status}", {"batch": held.batch}),))
    if held.expires_on < step.values["on"]:
        raise Invalid((FieldError("batch", "stock.batch_expired", {"batch": held.batch, "on": held.expires_on}),))
    _judge(step, held, "released")


def _reject(step: Step) -> None:
    held = batch_of(step, step.line_number, step.values["batch"])
    if held.status in STOPPED:
        raise Invalid((FieldError("batch", f"stock.batch_{held.status}", {"batch": held.batch}),))
    _judge(step, held, "rejected")


def _judge(step: Step, held: ledger.Batch, kind: str) -> None:
    on = _not_before_arrival(step, held)
    more = {"batch": held.batch, "expires_on": held.expires_on, "paper_id": step.paper_id}
    add_entry(step, kind, held.line, on, held.left, **more)


def _not_before_arrival(step: Step, held: ledger.Batch) -> date:
    on: date = step.values["on"]
    if on < held.received_on:
        raise Invalid((FieldError("on", "stock.before_reception", {"batch": held.batch, "on": held.received_on}),))
    return on


def _take(kind: str, reference: str) -> Effect:
    def effect(step: Step) -> None:
        held, units = batch_of(step, step.line_number, step.values["batch"]), step.values["units"]
        if units > held.left:
            raise Invalid((FieldError("units", "stock.too_few", {"left": held.left, "batch": held.batch}),))
        add_entry(
            step,
            kind,
            held.line,
            _not_before_arrival(step, held),
            units,
            batch=held.batch,
            expires_on=held.expires_on,
            reference=step.values.get(reference) or "",
            paper_id=step.paper_id,
        )

    return effect


SUPPLY_EFFECTS: Mapping[str, Effect] = {
    "order_supply": _order,
    "promise_supply": _promise,
    "receive_supply": _receive,
    "release_supply": _release,
    "reject_supply": _reject,
    "return_supply": _take("returned", "reference"),
    "destroy_supply": _take("destroyed", "certificate"),
}
