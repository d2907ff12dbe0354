"""Medicines and their sponsors: made, completed, found; a sponsor declares its willingness beforehand (art. 7.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Product, ProductLine, Sponsor, new_id
from compassionate.services import audit, programmes
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre
from compassionate.text import single_line

CODE = re.compile(r"^[A-Z0-9][A-Z0-9-]{1,19}$")
CONSENT_KINDS = ("use", "donation", "implantation")
TEXTS = {
    "name": 200, "active_substance": 200, "trial_register": 40, "trial_number": 60, "application_status": 30,
    "origin_country": 60, "consent_sheet_version": 40,
}  # fmt: skip
LINE_TEXTS = {"strength": 100, "form": 100, "route": 60, "presentation": 200, "unit": 40, "national_code": 20}
FLAGS = ("needs_import", "agreement_per_patient", "taken_at_home", "hazardous")
REQUIRED = frozenset({"name", "active_substance"})
REQUIRED_OF_LINE = frozenset({"strength", "form", "route", "unit"})


def product_named(session: Session, code: str) -> Product:
    """The medicine of that code; raises NotFound."""
    product = session.scalar(select(Product).where(Product.code == code.strip().upper()))
    if product is None:
        raise NotFound
    return product


def sponsor_named(session: Session, actor: Actor | None, name: str, now: datetime, **contact: str) -> Sponsor:
    """The sponsor of that name, made where there is none; raises Invalid. `contact`: contact, email, telephone."""
    wanted = single_line(name)[:200]
    if not wanted:
        raise Invalid((FieldError("sponsor", "value.missing"),))
    sponsor = session.scalar(select(Sponsor).where(Sponsor.name == wanted))
    if sponsor is None:
        sponsor = Sponsor(id=new_id(), name=wanted, **{key: single_line(value)[:200] for key, value in contact.items()})
        session.add(sponsor)
        session.flush()
        audit.append(session, actor, "create_sponsor", now, sponsor=sponsor.id)
    return sponsor


def create_product(
    session: Session,
    actor: Actor | None,
    facts: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    now: datetime,
    is_demo: bool = False,
) -> Product:
    """A new medicine with its presentations; raises Invalid, one error a field (those of line n end in `.n`).

    `facts`: code, name, active_substance, sponsor (its name), programme, trial_register, trial_number,
    application_status, needs_import, origin_country, agreement_per_patient, taken_at_home, hazardous, consent_kinds,
    consent_sheet_version, visit_months. A line: strength, form, route, presentation, unit, units_per_pack, is_free,
    price_cents, national_code.
    """
    errors: list[FieldError] = []
    code = _code(session, str(facts.get("code") or ""), errors)
    texts = _texts(facts, TEXTS, REQUIRED, "", errors)
    lists = _lists(session, facts, errors)
    rows = [_line(line, position, errors) for position, line in enumerate(lines, start=1)]
    if not rows:
        errors.append(FieldError("strength.1", "value.missing"))
    if errors:
        raise Invalid(tuple(errors))
    sponsor = sponsor_named(session, actor, str(facts.get("sponsor") or ""), now)
    flags = {name: bool(facts[name]) for name in FLAGS if name in facts}
    product = Product(id=new_id(), code=code, sponsor_id=sponsor.id, is_demo=is_demo, **texts, **lists, **flags)
    session.add(product)
    session.flush()
    session.add_all(ProductLine(product_id=product.id, **row) for row in rows)
    session.flush()
    session.refresh(product)
    audit.append(session, actor, "create_product", now, product=product.id, code=code)
    return product


def record_willingness(
    session: Session, actor: Actor | None, product: Product, on: date, by: str, reference: str, now: datetime
) -> None:
    """The sponsor's declaration that it is willing to supply: who, when (RD 1015/2009 art. 7.1); raises Invalid."""
    who = single_line(by)[:200]
    if not who:
        raise Invalid((FieldError("willing_by", "value.missing"),))
    said = {"willing_on": on, "willing_by": who, "willing_reference": single_line(reference)[:200]}
    kept = of_centre(session, actor, differing({name: getattr(product, name) for name in said}, said))
    for name, value in said.items():
        setattr(product, name, value)
    session.flush()
    audit.append(session, actor, "record_willingness", now, product=product.id, on=on.isoformat(), **kept)


def code_errors(session: Session, code: str) -> tuple[FieldError, ...]:
    """What is wrong with the code of a new medicine: its form, or that another has it."""
    if not CODE.match(code):
        return (FieldError("code", "product.code_wrong"),)
    taken = session.scalar(select(Product.id).where(Product.code == code))
    return (FieldError("code", "product.code_taken"),) if taken else ()


def _code(session: Session, typed: str, errors: list[FieldError]) -> str:
    code = typed.strip().upper()
    errors += code_errors(session, code)
    return code


def _texts(
    given: Mapping[str, Any], limits: Mapping[str, int], required: frozenset[str], end: str, errors: list[FieldError]
) -> dict[str, str]:
    texts = {name: single_line(str(given.get(name) or "")) for name in limits}
    errors += [FieldError(name + end, "value.missing") for name in limits if name in required and not texts[name]]
    errors += [
        FieldError(name + end, "value.too_long", {"limit": limit, "length": len(texts[name])})
        for name, limit in limits.items()
        if len(texts[name]) > limit
    ]
    return texts


def _lists(session: Session, facts: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    programme, kinds = str(facts.get("programme") or ""), list(facts.get("consent_kinds") or ["use"])
    months = list(facts.get("visit_months") or [0, 3, 6, 12])
    if programme and programme not in programmes.codes(session):
        errors.append(FieldError("programme", "value.not_a_choice"))
    if set(kinds) - set(CONSENT_KINDS):
        errors.append(FieldError("consent_kinds", "value.not_a_choice"))
    if len(set(months)) < len(months) or not all(isinstance(each, int) and 0 <= each <= 120 for each in months):
        errors.append(FieldError("visit_months", "value.whole_number"))
    return {"programme": programme, "consent_kinds": kinds, "visit_months": sorted(months)}


def _line(line: Mapping[str, Any], position: int, errors: list[FieldError]) -> dict[str, Any]:
    row: dict[str, Any] = {"position": position} | _texts(line, LINE_TEXTS, REQUIRED_OF_LINE, f".{position}", errors)
    units, price = line.get("units_per_pack", 1), line.get("price_cents")
    if not isinstance(units, int) or not 1 <= units <= 10_000:
        errors.append(FieldError(f"units_per_pack.{position}", "value.whole_number"))
    is_free = bool(line.get("is_free", True))
    if not is_free and not (isinstance(price, int) and price >= 0):
        errors.append(FieldError(f"price_cents.{position}", "value.missing"))
    return row | {"units_per_pack": units, "is_free": is_free, "price_cents": None if is_free else price}
