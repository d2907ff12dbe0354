"""Which fields of the transcription sheet a person has copied already, and whether they still say what was copied.

Kept by person and case, so that the typing can go on at another computer; a tick holds a keyed hash of the value, never
the value. Personal notes of work under way: no step rests on them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, TypedTick, new_id
from compassionate.models.vault import vault_of
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.facts import request_state

SECTION = "typing"
MARK = 32


@dataclass(frozen=True, slots=True)
class Tick:
    """A field that was copied: when, and whether its value has changed since."""

    at: datetime
    is_stale: bool


def mark_of(session: Session, case: Case, field: str, text: str) -> str:
    """What a tick remembers of a value."""
    return vault_of(session).blind_index(session, case.key_id, f"typed.{field}", text)[:MARK]


def _rows(session: Session, actor: Actor, case: Case, number: int) -> dict[str, TypedTick]:
    wanted = select(TypedTick).where(
        TypedTick.case_id == case.id, TypedTick.request_number == number, TypedTick.account_id == actor.account_id
    )
    return {row.field: row for row in session.scalars(wanted)}


def ticks(session: Session, actor: Actor, case: Case, number: int, marks: Mapping[str, str]) -> dict[str, Tick]:
    """What this person has ticked among these fields."""
    held = _rows(session, actor, case, number)
    return {name: Tick(held[name].at, held[name].mark != mark) for name, mark in marks.items() if name in held}


def save(
    session: Session,
    actor: Actor,
    case: Case,
    number: int,
    shown: Mapping[str, str],
    copied: Collection[str],
    known: Collection[str],
    now: datetime,
) -> None:
    """Keep which of the fields that were shown are copied, at the value that was shown; raises Refused.

    What is not among `known` fields of the sheet is nobody's.
    """
    require_edit(case, actor, SECTION, request_state(case, number))
    held = _rows(session, actor, case, number)
    for name in set(shown) & set(known):
        mark, row = shown[name][:MARK], held.get(name)
        if name not in copied:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(
                TypedTick(
                    id=new_id(),
                    case_id=case.id,
                    request_number=number,
                    account_id=actor.account_id,
                    field=name,
                    mark=mark,
                    at=now,
                )
            )
        elif row.mark != mark:
            row.mark, row.at = mark, now
    session.flush()
