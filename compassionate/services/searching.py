"""Finding a case by its code, by a product's name, or exactly by an identifier of its patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Centre, Product
from compassionate.services.actors import Actor
from compassionate.services.case_lists import CaseRow, Filters, list_cases
from compassionate.services.patients import find_exactly
from compassionate.text import clean

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Found:
    """The first page of what was found, and whether there is more."""

    rows: list[CaseRow]
    more: bool = False


def search(session: Session, actor: Actor, text: str) -> Found:
    """Cases that this actor may know of; identifiers are compared through fingerprints, centre by centre."""
    wanted = clean(text).strip()[:LONGEST]
    if not wanted:
        return Found([])
    centres = session.scalars(select(Centre).where(Centre.id.in_(actor.centres()))).all()
    patients = tuple(each for centre in centres for each in find_exactly(session, centre, wanted))
    is_text = _may_begin_a_code(wanted, centres) or _names_a_product(session, wanted)
    if not (patients or is_text):
        return Found([])  # what can be neither is not looked for among all cases
    rows, after = list_cases(session, actor, Filters(text=wanted if is_text else "", patient_ids=patients))
    return Found(rows, bool(after))


def _may_begin_a_code(text: str, centres: Sequence[Centre]) -> bool:
    begun = text.upper()
    return any(begun.startswith(centre.code) or centre.code.startswith(begun) for centre in centres)


def _names_a_product(session: Session, text: str) -> bool:
    return session.scalar(select(Product.id).where(Product.name.icontains(text, autoescape=True)).limit(1)) is not None
