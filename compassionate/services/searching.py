"""Finding a case by its code, by a product's name, or exactly by an identifier of its patient.

Each of these, centre by centre, is a place in an index: what is looked for is never looked for among all cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from compassionate.models import Case, Centre, Product
from compassionate.services.actors import Actor
from compassionate.services.case_lists import PAGE, CaseRow, among, of_centre, rows_of
from compassionate.services.patients import find_exactly
from compassionate.services.visibility import not_blocked
from compassionate.text import clean

LONGEST = 100
MOST_PRODUCTS = 20


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
    parts = [part for centre in centres for part in _parts(session, actor, centre, wanted)]
    rows = rows_of(session, among(parts).order_by(Case.since_at, Case.id).limit(PAGE + 1))
    return Found(rows[:PAGE], len(rows) > PAGE)


def _parts(session: Session, actor: Actor, centre: Centre, text: str) -> list[Select[Case]]:
    """What may be found at one centre: the newest of each way to say it."""
    here, newest = of_centre(actor, centre.id).limit(PAGE + 1), Case.since_at.desc()
    parts = [here.where(Case.product_id == each).order_by(newest, Case.id.desc()) for each in _products(session, text)]
    if patients := find_exactly(session, centre, text):
        parts.append(here.where(Case.patient_id.in_(patients)))
    if begun := _code_begun(text, centre):
        known = select(Case).where(not_blocked(actor), Case.centre_id.concat("") == centre.id)  # found by its code
        parts.append(known.where(_begins(session, begun)).order_by(Case.code.desc()).limit(PAGE + 1))
    return parts


def _code_begun(text: str, centre: Centre) -> str:
    """The beginning of codes of this centre that the text is, at least the centre's own part; empty: of none."""
    begun, own = text.upper(), f"{centre.code}-"
    if not (begun.isascii() and begun.replace("-", "").replace("*", "").isalnum()):
        return ""
    return begun if begun.startswith(own) else own if own.startswith(begun) else ""


def _begins(session: Session, begun: str) -> ColumnElement[bool]:
    """That a code begins so, in words of which each database's index knows the place."""
    if session.get_bind().dialect.name == "postgresql":
        return Case.code.like(f"{begun}%")
    return and_(Case.code >= begun, Case.code < begun[:-1] + chr(ord(begun[-1]) + 1))


def _products(session: Session, text: str) -> Sequence[str]:
    named = select(Product.id).where(Product.name.icontains(text, autoescape=True)).order_by(Product.name, Product.id)
    return session.scalars(named.limit(MOST_PRODUCTS)).all()
