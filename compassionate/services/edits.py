"""Editing a part of a case beside others: one writer at a time, and nobody overwrites what they have not seen.

A page carries the id of the last edit that it was drawn on (`seen`); a later one is a Conflict. `None` asks
for no such check (command line, import).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict
from compassionate.models import Case, CaseEvent
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.facts import request_state


def hold(session: Session, case: Case) -> None:
    """Keep the other writers of a case waiting, then read everything anew (on SQLite writers queue from the start)."""
    session.flush()
    session.expire_all()
    session.refresh(case, with_for_update={"of": Case})


def begin_edit(
    session: Session, actor: Actor, case: Case, section: str, number: int, edit: str, seen: str | None
) -> None:
    """What every edit of a part of a request begins with: one writer, who may, and nothing unseen.

    Raises Refused, Conflict.
    """
    hold(session, case)
    require_edit(case, actor, section, request_state(case, number))
    expect_seen(session, case, edit, seen, str(number))


def last_edit(session: Session, case: Case, name: str, instance: str = "") -> CaseEvent | None:
    """The latest event of that name in a case (of that instance), or None.

    A patient is shared: `edit_patient` is looked for in every case of the person.
    """
    same = select(Case.id).where(Case.patient_id == case.patient_id)
    of_cases = CaseEvent.case_id.in_(same) if name == "edit_patient" else CaseEvent.case_id == case.id
    wanted = select(CaseEvent).where(of_cases, CaseEvent.name == name, CaseEvent.instance == instance)
    return session.scalar(wanted.order_by(CaseEvent.at.desc(), CaseEvent.id.desc()).limit(1))


def seen_now(session: Session, case: Case, name: str, instance: str = "") -> str:
    """What a page drawn now has seen: the id of the last edit, empty where there was none."""
    event = last_edit(session, case, name, instance)
    return event.id if event else ""


def expect_seen(session: Session, case: Case, name: str, seen: str | None, instance: str = "") -> None:
    """Refuse an edit whose page was drawn before the last one; raises Conflict with where the case stands."""
    if seen is not None and seen != seen_now(session, case, name, instance):
        raise Conflict(case.code, case.state, case.version)
