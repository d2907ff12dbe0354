"""What each delivery cost: free or charged, the price of a pack, the delivery note and the invoice.

Price and invoice often come after the medicine: they are written beside the receipt, whenever they come, and a
correction is one more row (the ledger itself is only added to). What nobody wrote down is unknown, never nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Case, SupplyCharge, SupplyEntry, new_id
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.changes import differing
from compassionate.services.edits import expect_seen, hold
from compassionate.services.given import Given
from compassionate.services.recording import record
from compassionate.services.requests import role_for

SECTION, EDIT = "supply_charge", "record_charge"
FREE, CHARGED = "free", "charged"
TERMS = (FREE, CHARGED)
CURRENCIES = ("EUR", "USD", "GBP", "CHF")
PRICE = re.compile(r"^\d{1,7}(?:[.,]\d{1,2})?$", re.ASCII)
SYMBOL = "€"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A receipt of the ledger with what is known of its cost."""

    entry: SupplyEntry
    charge: SupplyCharge | None

    @property
    def cents(self) -> int | None:
        """What the whole delivery cost: nothing where it was free, None where nobody knows."""
        if self.charge is None:
            return None
        if self.charge.terms == FREE:
            return 0
        return None if self.charge.price_cents is None else self.charge.price_cents * (self.entry.packs or 0)


def deliveries(session: Session, case: Case) -> list[Delivery]:
    """Every receipt of a case, oldest first, with the newest charge of each."""
    received = select(SupplyEntry).where(SupplyEntry.case_id == case.id, SupplyEntry.kind == "received")
    written = select(SupplyCharge).where(SupplyCharge.case_id == case.id)
    newest = newest_of(session.scalars(written))
    return [Delivery(entry, newest.get(entry.id)) for entry in session.scalars(received.order_by(SupplyEntry.id))]


def newest_of(charges: Iterable[SupplyCharge]) -> dict[str, SupplyCharge]:
    """The charge that holds of each receipt, by the receipt's id."""
    return {charge.entry_id: charge for charge in sorted(charges, key=lambda charge: charge.number)}


def delivery_of(session: Session, case: Case, entry_id: str) -> Delivery:
    """One receipt of a case; raises NotFound."""
    found = next((each for each in deliveries(session, case) if each.entry.id == entry_id), None)
    if found is None:
        raise NotFound
    return found


def instance_of(delivery: Delivery) -> str:
    """The line of a receipt, as its events name it."""
    return f"line-{delivery.entry.line_number}"


def price_text(cents: int | None) -> str:
    """A price as its form shows it: 1250,50."""
    return "" if cents is None else f"{Decimal(cents) / 100:.2f}".replace(".", ",")


def values_of(case: Case, delivery: Delivery) -> dict[str, str]:
    """The form of a charge: what was written, else what the presentation and the receipt say."""
    held, entry = delivery.charge, delivery.entry
    if held is not None:
        price = price_text(held.price_cents)
        return _values(held.terms, price, held.currency, held.delivery_note, held.invoice)
    line = next(row.product_line for row in case.lines if row.number == entry.line_number)
    terms = FREE if line.is_free else CHARGED
    return _values(terms, price_text(line.price_cents), CURRENCIES[0], entry.reference, "")


def _values(terms: str, price: str, currency: str, note: str, invoice: str) -> dict[str, str]:
    return {"terms": terms, "price": price, "currency": currency, "delivery_note": note, "invoice": invoice}


def record_charge(
    session: Session,
    actor: Actor,
    case: Case,
    entry_id: str,
    given: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> SupplyCharge:
    """Write down, or correct, what a delivery cost; raises Invalid, Refused, Conflict, NotFound.

    Fields: terms (free, charged), price of one pack (empty: not known yet), currency, delivery_note, invoice.
    """
    hold(session, case)
    require_edit(case, actor, SECTION)
    delivery = delivery_of(session, case, entry_id)
    instance = instance_of(delivery)
    expect_seen(session, case, EDIT, seen, instance)
    values = _read(given)
    before = _told(delivery.charge)
    changes, role = differing(before, _words(values)), role_for(SECTION, case, actor)
    event = record(session, case, actor, now, EDIT, role=role, region="supply", instance=instance, changes=changes)
    number = 1 + (delivery.charge.number if delivery.charge else 0)
    keys = {"case_id": case.id, "entry_id": entry_id, "number": number, "by_id": actor.account_id}
    row = SupplyCharge(id=new_id(), **keys, **values, at=now, event_id=event.id)
    session.add(row)
    session.flush()
    return row


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    read = Given(given)
    terms = read.one_of("terms", TERMS)
    values = {
        "terms": terms,
        "price_cents": _price(read) if terms == CHARGED else None,
        "currency": read.one_of("currency", CURRENCIES, required=False) or CURRENCIES[0],
        "delivery_note": read.text("delivery_note", 100),
        "invoice": read.text("invoice", 60),
    }
    read.settle()
    return values


def _price(read: Given) -> int | None:
    """Exact: from decimal digits to cents, never by way of a float."""
    text = read.raw("price").removesuffix(SYMBOL).strip()
    if text and not PRICE.match(text):
        read.wrong("price", "product.price_wrong")
        return None
    return int(Decimal(text.replace(",", ".")) * 100) if text else None


def _told(held: SupplyCharge | None) -> dict[str, Any]:
    if held is None:
        return dict.fromkeys(_words({}), "")
    return _words(
        {name: getattr(held, name) for name in ("terms", "price_cents", "currency", "delivery_note", "invoice")}
    )


def _words(values: Mapping[str, Any]) -> dict[str, Any]:
    price = values.get("price_cents")
    return {
        "supply": values.get("terms", ""),
        "price": "" if price is None else f"{price_text(price)} {values['currency']}",
        "delivery_note": values.get("delivery_note", ""),
        "invoice": values.get("invoice", ""),
    }
