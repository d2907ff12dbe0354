"""Finding a case by its code, by a product's name, or exactly by an identifier of its patient."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Centre
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
    centres = session.scalars(select(Centre).where(Centre.id.in_(actor.centres())))
    patients = tuple(each for centre in centres for each in find_exactly(session, centre, wanted))
    rows, after = list_cases(session, actor, Filters(text=wanted, patient_ids=patients))
    return Found(rows, bool(after))
