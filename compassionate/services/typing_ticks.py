"""Which fields of the transcription sheet a person has copied already, and whether they still say what was copied.

Kept by person and case, so that the typing can go on at another computer; a tick holds a keyed hash of the value, never
the value, and names the key: one that was replaced since still tells whether the value is the same. Personal notes of
work under way: no step rests on them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, DataKey, TypedTick, new_id
from compassionate.models.base import ID_LENGTH
from compassionate.models.vault import RETIRED, vault_of
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.facts import request_state

SECTION = "typing"
MARK = 64
DIGEST = MARK - ID_LENGTH - 1


@dataclass(frozen=True, slots=True)
class Tick:
    """A field that was copied: when, and whether its value has changed since."""

    at: datetime
    is_stale: bool


def mark_of(session: Session, case: Case, field: str, text: str) -> str:
    """What a tick remembers of a value: the case's key, and a hash of the value by that key."""
    return _mark(session, case.key_id, field, text)


def _mark(session: Session, key_id: str, field: str, text: str) -> str:
    return f"{key_id}.{vault_of(session).blind_index(session, key_id, f'typed.{field}', text)[:DIGEST]}"


def _is_same(session: Session, case: Case, field: str, text: str, mark: str) -> bool:
    """Whether a mark made by a key that the case's own has replaced is of this value."""
    key_id = mark.partition(".")[0]
    replaced = select(DataKey.id).where(
        DataKey.id == key_id, DataKey.scope == RETIRED, DataKey.parent_id == case.key_id
    )
    return session.scalar(replaced) is not None and _mark(session, key_id, field, text) == mark


def _rows(session: Session, actor: Actor, case: Case, number: int) -> dict[str, TypedTick]:
    wanted = select(TypedTick).where(
        TypedTick.case_id == case.id, TypedTick.request_number == number, TypedTick.account_id == actor.account_id
    )
    return {row.field: row for row in session.scalars(wanted)}


def ticks(
    session: Session, actor: Actor, case: Case, number: int, marks: Mapping[str, str], texts: Mapping[str, str]
) -> dict[str, Tick]:
    """What this person has ticked among these fields (`texts`: the values of those whose marks are keyed)."""
    held = {name: row for name, row in _rows(session, actor, case, number).items() if name in marks}
    return {
        name: Tick(row.at, row.mark != marks[name] and not _is_same(session, case, name, texts.get(name, ""), row.mark))
        for name, row in held.items()
    }


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
