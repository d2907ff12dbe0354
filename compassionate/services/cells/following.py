"""What a step carries with it: a batch is never typed twice, and an implant moves the cells on by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case, Procurement
from compassionate.services import ledger
from compassionate.services.cells import rows
from compassionate.workflow.cell_facts import NEEDED_NOT
from compassionate.workflow.cells import REGION
from compassionate.workflow.table import NONE
from compassionate.workflow.treatment import STOPPED

Following = Iterator[tuple[str, dict[str, Any]]]
DOSES = ("start_treatment", "record_dose")


def following(session: Session, case: Case, name: str, values: Mapping[str, Any], now: datetime) -> Following:
    """The steps that a step which was just taken carries with it, each with its values; asked for one by one."""
    held = rows.current(session, case)
    if held is None or _state(case, REGION) in ("", NEEDED_NOT):
        return
    if name == "receive_cells_at_hospital":
        yield from _received(session, case, held, now)
    elif name in DOSES and values.get("act") == "administration":
        yield f"record_cells_applied@{REGION}", {"given_at": values.get("given_at")}
    elif name in ("record_cells_not_applied", "destroy_cells"):
        yield from _out_of_stock(session, case, held, name, values)


def _state(case: Case, kind: str, instance: str = "") -> str:
    return next((row.state for row in case.regions if row.kind == kind and instance in ("", row.instance)), "")


def _received(session: Session, case: Case, held: Procurement, now: datetime) -> Following:
    """Into the pharmacy's ledger, released already: the qualified person did that (RD 1015/2009 art. 11.2)."""
    at, on = f"line-{held.line_number}", civil_date(now, case.centre.zone)
    assert held.expires_at is not None
    if _state(case, "supply", at) in (NONE, "rejected", "exhausted"):
        yield f"order_supply@{at}", {"on": on, "packs": 1, "reference": held.batch}
    batch = {"batch": held.batch, "expires_on": civil_date(held.expires_at, case.centre.zone), "packs": 1}
    yield f"receive_supply@{at}", {"on": on, "delivery_note": held.donation_number, "paper": None, **batch}
    if _in_stock(session, case, held, "in_quarantine"):  # a recalled batch is stopped on arrival
        yield f"release_supply@{at}", {"batch": held.batch, "on": on, "note": None, "paper": None}


def _in_stock(session: Session, case: Case, held: Procurement, status: str) -> bool:
    stock = ledger.batches(ledger.entries_of(session, case))
    return any((each.batch, each.status) == (held.batch, status) for each in stock)


def _out_of_stock(session: Session, case: Case, held: Procurement, name: str, values: Mapping[str, Any]) -> Following:
    """What is not implanted is given to nobody; what is destroyed leaves the pharmacy's stock with its certificate."""
    batch = next((each for each in ledger.batches(ledger.entries_of(session, case)) if each.batch == held.batch), None)
    if batch is None or not held.batch or not batch.left:
        return
    at, on = f"line-{batch.line}", max(values["on"], batch.received_on)
    if name == "record_cells_not_applied" and batch.status not in STOPPED:
        yield f"reject_supply@{at}", {"batch": held.batch, "on": on, "reason": values["reason"]}
    elif name == "destroy_cells":
        told = {"certificate": values["certificate"], "paper": values.get("paper")}
        yield f"destroy_supply@{at}", {"batch": held.batch, "units": batch.left, "on": on, **told}
