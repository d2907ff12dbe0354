"""Who is told that a legal clock is near its end or past it (TIM-06): once a clock, stage and day, whoever runs it.

Near: those who must act and the people of the case. Past: the regulatory officer and the director as well. A clock of
the agency binds nobody of the house, but its end is somebody's to act on: silence permits nothing (Ley 39/2015
arts. 21, 24.1), so the regulatory officer is told to claim the resolution.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.deadlines.calendars import Calendar
from compassionate.deadlines.rules import Rule, rules
from compassionate.models import Case, Clock
from compassionate.services.batches import OpenSession, in_batches
from compassionate.services.calendars import Calendars
from compassionate.services.telling import People, give
from compassionate.workflow.notices import NEAR, PAST
from compassionate.workflow.roles import Role

WARNING_SETTING, USUAL_WARNING, LONGEST_WARNING = "warning_days", 3, 20
LOOKS_AHEAD = timedelta(days=45)  # in which the longest warning, in working days, has its place
AGENCY = "agency"
ABOVE = (Role.REGULATORY_OFFICER.value, Role.DIRECTOR.value)


def escalate(read: OpenSession, write: OpenSession, now: datetime) -> int:
    """Tell of every running clock that is near its end or past it; returns how many notices. Safe twice at once."""
    running = select(Clock.id).where(Clock.closed_at.is_(None), Clock.suspended_at.is_(None))
    soon = running.where(Clock.due_on <= (now + LOOKS_AHEAD).date())
    return in_batches(read, write, soon, Clock.id, lambda session, ids: _tell_some(session, ids, now))


def _tell_some(session: Session, ids: list[str], now: datetime) -> int:
    people, calendars, given = People(session, now), Calendars(session), 0
    wanted = (
        select(Clock, Case)
        .join(Case, Case.id == Clock.case_id)
        .where(Clock.id.in_(ids), Clock.closed_at.is_(None), Clock.suspended_at.is_(None), Case.blocked_at.is_(None))
    )
    for clock, case in session.execute(wanted.order_by(Clock.id)):
        rule = rules()[clock.clock].variant(clock.variant)
        given += _tell_of(people, case, clock, rule, calendars.of(rule, case.centre))
    return given


def _tell_of(people: People, case: Case, clock: Clock, rule: Rule, calendar: Calendar) -> int:
    days = int(case.centre.settings.get(WARNING_SETTING, USUAL_WARNING))
    kind = stage(rule, clock.due_on, people.today(case), days, calendar)
    if not kind or clock.due_on is None:
        return 0
    params: dict[str, Any] = {"clock": clock.clock, "due": clock.due_on.isoformat(), "lapse": rule.lapse}
    told = people.of_roles(case, concerned(rule, kind))
    return give(people, case, told.values(), kind, f"{kind}-{clock.id}-{params['due']}", params)


def stage(rule: Rule, due_on: date | None, today: date, warning: int, calendar: Calendar) -> str:
    """`past`, `near` or nothing: a clock that is only shown never is, one of the agency's is past alone."""
    if due_on is None or rule.shown == "display":
        return ""
    if today > due_on:
        return PAST
    return NEAR if rule.binds and today >= warns_on(due_on, warning, calendar) else ""


def warns_on(due_on: date, warning: int, calendar: Calendar) -> date:
    """The day so many working days before the last one."""
    day = due_on
    while warning:
        day -= timedelta(days=1)
        if calendar.off(day) is None:
            warning -= 1
    return day


def concerned(rule: Rule, kind: str) -> tuple[str, ...]:
    """The roles that are told."""
    if AGENCY in rule.owner:
        return (Role.REGULATORY_OFFICER.value,)
    case_people = (Role.PHYSICIAN.value, Role.PHARMACIST.value)
    return tuple(dict.fromkeys((*rule.owner, *case_people, *(ABOVE if kind == PAST else ()))))
