"""What changed in a request since the management last looked at it, or since the agency was last given it.

Field by field, the old value and the new one.

Told from the sealed old and new values of the edits themselves (services/changes.py), not from two snapshots: those are
made of the present and kept nowhere, while the edits name the field and its form (RD 1015/2009 art. 8.1; AUD-02).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent
from compassionate.services.changes import of_events, opened

SEEN = ("return_for_changes", "endorse")
FILED = ("submit", "answer_correction", "file_representations")
POSOLOGY = "edit_posology"
# Edits of one and the same field under another name: what a request says of dose and packs, and its rectification.
OF_REQUEST = (POSOLOGY, "edit_packs", "rectify_request")
# What else of a case is edited, and is nothing that an endorsement rests on.
BESIDE = ("edit_team", "complete_decision", "edit_visits")


@dataclass(frozen=True, slots=True)
class Changed:
    """One field: its form where it belongs to one, what was seen then, what it says now."""

    name: str
    old: Any
    new: Any
    detail: Mapping[str, Any]


def changed_since_seen(session: Session, case: Case, number: int) -> list[Changed]:
    """Every field that says something else than when the request was last returned or endorsed; none before that."""
    return _changed_since(session, case, number, SEEN)


def changed_since_filed(session: Session, case: Case, number: int) -> list[Changed]:
    """Every field that says something else than what the agency was last given; none before that (art. 8.1, 8.3)."""
    return _changed_since(session, case, number, FILED)


def _changed_since(session: Session, case: Case, number: int, steps: tuple[str, ...]) -> list[Changed]:
    instance = f"continuation-{number}" if number else ""
    then = select(func.max(CaseEvent.case_version)).where(
        CaseEvent.case_id == case.id, CaseEvent.name.in_(steps), CaseEvent.instance == instance
    )
    last = session.scalar(then)
    if last is None:
        return []
    later = select(CaseEvent).where(
        CaseEvent.case_id == case.id, CaseEvent.case_version > last, CaseEvent.name.not_in(BESIDE)
    )
    details = of_events(session, case.id)
    found: dict[tuple[str, str], Changed] = {}
    for event in session.scalars(later.order_by(CaseEvent.case_version)):
        if _of_another(event, number):
            continue
        detail = details.get(event.id, {})
        for name, (old, new) in (opened(session, detail) or {}).items():
            key = (str(detail.get("form", "" if event.name in OF_REQUEST else event.name)), name)
            found[key] = Changed(name, found[key].old if key in found else old, new, detail)
    return [each for each in found.values() if each.old != each.new]


def _of_another(event: CaseEvent, number: int) -> bool:
    """Whether an edit is of another request of the case; a posology is inherited by the requests after its own."""
    other = int(event.instance) if event.instance.isdecimal() else number
    return other > number or (other < number and event.name != POSOLOGY)
