"""The presentations of a medicine: added, corrected while nothing rests on them, removed while nobody asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Case, CaseLine, Product, ProductLine, new_id
from compassionate.services import audit, products
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre
from compassionate.services.given import Given, expect_seen
from compassionate.services.medicines import require_editor
from compassionate.workflow.permissions import EARLY

MOST_UNITS = 10_000
PRICE = re.compile(r"^\d{1,7}([.,]\d{1,2})?$", re.ASCII)
# Packs, units and signatures of requests under way rest on these.
FIXED_ONCE_ASKED = ("strength", "form", "route", "unit", "units_per_pack")


def find(product: Product, position: int) -> ProductLine:
    """The presentation at that place; raises NotFound."""
    found = next((line for line in product.lines if line.position == position), None)
    if found is None:
        raise NotFound
    return found


def is_used(session: Session, line: ProductLine) -> bool:
    """Whether any case asks for it."""
    return session.scalar(select(CaseLine.case_id).where(CaseLine.product_line_id == line.id).limit(1)) is not None


def is_fixed(session: Session, line: ProductLine) -> bool:
    """Whether a case that was endorsed, sent or treated rests on it."""
    wanted = (
        select(Case.id)
        .join(CaseLine, CaseLine.case_id == Case.id)
        .where(CaseLine.product_line_id == line.id, Case.state.not_in(EARLY))
        .limit(1)
    )
    return session.scalar(wanted) is not None


def values_of(line: ProductLine) -> dict[str, Any]:
    """The presentation as its form shows it; the price in euros with a comma."""
    texts = {name: getattr(line, name) for name in products.LINE_TEXTS}
    euros = f"{line.price_cents / 100:.2f}".replace(".", ",") if line.price_cents is not None else ""
    supply = "free" if line.is_free else "charged"
    return texts | {"units_per_pack": str(line.units_per_pack), "supply": supply, "price": euros}


def fresh_values() -> dict[str, Any]:
    """What the form of a new presentation starts with."""
    return dict.fromkeys(products.LINE_TEXTS, "") | {"units_per_pack": "1", "supply": "", "price": ""}


def _price(read: Given) -> int | None:
    text = read.raw("price").removesuffix("€").strip()
    if not text:
        read.wrong("price", "value.missing")
    elif not PRICE.match(text):
        read.wrong("price", "product.price_wrong")
    else:
        return int(Decimal(text.replace(",", ".")) * 100)
    return None


def _read(read: Given) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: read.text(name, limit, required=name in products.REQUIRED_OF_LINE)
        for name, limit in products.LINE_TEXTS.items()
    }
    row["units_per_pack"] = read.whole("units_per_pack", 1, MOST_UNITS)
    row["is_free"] = read.one_of("supply", ("free", "charged")) != "charged"
    row["price_cents"] = None if row["is_free"] else _price(read)
    return row


def add(session: Session, actor: Actor, product: Product, values: Mapping[str, Any], now: datetime) -> ProductLine:
    """One more presentation; raises Refused, Invalid. Fields: those of `fresh_values`."""
    require_editor(actor)
    session.refresh(product, with_for_update={"of": Product})
    read = Given(values)
    row = _read(read)
    read.settle()
    position = max((line.position for line in product.lines), default=0) + 1
    line = ProductLine(id=new_id(), product_id=product.id, position=position, **row)
    session.add(line)
    session.flush()
    session.refresh(product)
    audit.append(session, actor, "add_product_line", now, product=product.id, line=line.id)
    return line


def edit(
    session: Session,
    actor: Actor,
    line: ProductLine,
    values: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> None:
    """Correct a presentation; raises Refused, Invalid (what requests under way rest on stays as it is), Conflict."""
    require_editor(actor)
    session.refresh(line, with_for_update=True)
    before = values_of(line)
    expect_seen(before, seen)
    read = Given(values)
    row = _read(read)
    if is_fixed(session, line):
        for name in FIXED_ONCE_ASKED:
            if row[name] != getattr(line, name):
                read.wrong(name, "product.line_fixed")
    read.settle()
    for name, value in row.items():
        setattr(line, name, value)
    session.flush()
    if changes := differing(before, values_of(line)):
        audit.append(session, actor, "edit_product_line", now, line=line.id, **of_centre(session, actor, changes))


def remove(session: Session, actor: Actor, product: Product, line: ProductLine, now: datetime) -> None:
    """Take a presentation away that no case asks for; raises Refused, Invalid."""
    require_editor(actor)
    session.refresh(product, with_for_update={"of": Product})
    if is_used(session, line):
        raise Invalid((FieldError("line", "product.line_used"),))
    audit.append(session, actor, "remove_product_line", now, product=product.id, line=line.id)
    session.delete(line)
    session.flush()
    session.refresh(product)
