"""Sponsors (laboratories and academic promoters) and how to reach them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Product, Sponsor, new_id
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre
from compassionate.services.given import Given, expect_seen
from compassionate.services.medicines import require_editor


def listed(session: Session) -> list[Sponsor]:
    """Every sponsor by name."""
    return list(session.scalars(select(Sponsor).order_by(Sponsor.name)))


def find(session: Session, sponsor_id: str) -> Sponsor:
    """One of them; raises NotFound."""
    sponsor = session.get(Sponsor, sponsor_id)
    if sponsor is None:
        raise NotFound
    return sponsor


def products_of(session: Session, sponsor: Sponsor) -> list[Product]:
    """Its medicines by name."""
    return list(session.scalars(select(Product).where(Product.sponsor_id == sponsor.id).order_by(Product.name)))


def values_of(sponsor: Sponsor) -> dict[str, str]:
    """The sponsor as its form shows it."""
    return {
        "name": sponsor.name,
        "contact": sponsor.contact,
        "email": sponsor.email,
        "telephone": sponsor.telephone,
    }


def save(
    session: Session,
    actor: Actor,
    sponsor: Sponsor | None,
    values: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> Sponsor:
    """A new sponsor, or a known one changed; raises Refused, Invalid, Conflict. Fields: those of `values_of`."""
    require_editor(actor)
    before = values_of(sponsor) if sponsor is not None else {}
    if sponsor is not None:
        expect_seen(before, seen)
    read = Given(values)
    row = {
        "name": read.text("name", required=True),
        "contact": read.text("contact"),
        "email": read.email("email"),
        "telephone": read.text("telephone", 40),
    }
    same = session.scalar(select(Sponsor).where(Sponsor.name == row["name"]))
    if same is not None and same is not sponsor:
        read.wrong("name", "sponsor.name_taken")
    read.settle()
    action = "edit_sponsor" if sponsor is not None else "create_sponsor"
    sponsor = sponsor or Sponsor(id=new_id(), name=row["name"])
    for name, value in row.items():
        setattr(sponsor, name, value)
    session.add(sponsor)
    session.flush()
    if changes := differing(before, values_of(sponsor)):
        audit.append(session, actor, action, now, sponsor=sponsor.id, **of_centre(session, actor, changes))
    return sponsor
