"""Who is told of a visit: some days before its window opens, on the last days of it, and when it is over.

RD 1015/2009 art. 11.1.d; TIM-06. Once a visit, stage and date, whoever runs it and however often: a visit that is
planned anew is told anew. Codes and dates alone: the visit by its name, never a patient (RET-03).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Visit
from compassionate.services.batches import OpenSession, in_batches
from compassionate.services.telling import People, give
from compassionate.services.visit_window import window
from compassionate.workflow.notices import VISIT
from compassionate.workflow.permissions import VISITED
from compassionate.workflow.roles import Role

REMINDER_SETTING, USUAL_REMINDER = "visit_reminder_days", 7
CLOSING = timedelta(days=3)
LOOKS_AHEAD = timedelta(days=120)  # in which the widest window, and the days before it, have their place
TOLD = (Role.PHYSICIAN.value, Role.NURSE.value)


def remind(read: OpenSession, write: OpenSession, now: datetime) -> int:
    """Tell of every visit whose window opens soon, closes soon or is over; returns how many notices."""
    soon = Visit.planned_on <= (now + LOOKS_AHEAD).date()
    planned = select(Visit.id).where(Visit.status == "planned", soon)
    return in_batches(read, write, planned, Visit.id, lambda session, ids: _tell_some(session, ids, now))


def _tell_some(session: Session, ids: list[str], now: datetime) -> int:
    people, given = People(session, now), 0
    wanted = (
        select(Visit, Case).join(Case, Case.id == Visit.case_id).where(Visit.id.in_(ids), Visit.status == "planned")
    )
    seen = wanted.where(Case.blocked_at.is_(None), Case.state.in_(VISITED)).order_by(Visit.id)
    for visit, case in session.execute(seen):
        given += _tell_of(people, case, visit)
    return given


def _tell_of(people: People, case: Case, visit: Visit) -> int:
    opens, closes = window(visit, case.centre)
    if opens is None or closes is None:
        return 0
    days = int(case.centre.settings.get(REMINDER_SETTING, USUAL_REMINDER))
    found = stage(opens, closes, people.today(case), days)
    if not found:
        return 0
    on = opens if found == "opens" else closes
    params: dict[str, Any] = {"visit": visit.name, "stage": found, "on": on.isoformat()}
    key = f"visit-{found}-{visit.id}-{params['on']}"
    return give(people, case, people.of_roles(case, TOLD).values(), VISIT, key, params)


def stage(opens: date, closes: date, today: date, days: int) -> str:
    """`over`, `closes`, `opens` or nothing, of a window on a day; `days` before it opens is the first word of it."""
    if today > closes:
        return "over"
    if today >= max(opens, closes - CLOSING):
        return "closes"
    return "opens" if today >= opens - timedelta(days=days) else ""
