"""Clocks that no step of a table opens: a suspected reaction that came to be known, a visit that the patient missed.

RD 1015/2009 art. 11.1.c-d, 11.2. Opened and closed in the transaction that records the fact. What the product does not
record opens nothing: docs/deadlines.md says which clocks those are, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.deadlines.rules import rules
from compassionate.models import Case, CaseEvent, Clock
from compassionate.services.calendars import Calendars
from compassionate.services.clocks import end_clocks, open_clock
from compassionate.services.deadlines import DAYS, settle, settle_case
from compassionate.services.step import Step

REACTION, TRACING = "K-ADR0", "K-LTFU"
# What is recorded (names of events, or words) when one of these clocks begins, and when it ends.
BEGUN: Mapping[str, tuple[str, ...]] = {
    REACTION: ("record_visit", "record_death"),
    TRACING: ("record_visit_missed",),
    "K-URG": ("submit",),  # services/urgent.py
}
ENDED: Mapping[str, tuple[str, ...]] = {
    REACTION: ("settle_reaction",),
    TRACING: ("record_visit", "record_visit_waived", "record_lost_to_follow_up", "record_death", "close"),
    "K-URG": ("any step after which nothing is owed",),
}
# Clocks of which the product does not record the fact that begins them.
UNRECORDED: Mapping[str, str] = {
    "K-CAD": "the warning of art. 95.1 is not recorded yet; `flask deadlines compute` counts it",
    "K-SER": "the sponsor's awareness is the sponsor's fact",
    "K-NON": "the sponsor's awareness is the sponsor's fact",
    "K-SUSAR": "the sponsor's awareness is the sponsor's fact",
    "K-HE": "there is no pathway of the hospital exemption yet",
    "K-ACC": "complaints about accessibility are not kept in the product; no case has one",
    "K-CONT": "a list counted from packs and validity (*Se quedan sin medicación*), never a clock that is opened",
}


def begin(session: Session, case: Case, event: CaseEvent, name: str, instance: str, on: date, now: datetime) -> None:
    """Start a clock at the day of a fact; one that runs already follows the day where that was corrected."""
    held = next(iter(_running(session, case, name, instance)), None)
    calendars = Calendars(session)
    if held is None:
        known = DAYS[rules()[name].counted][0]
        held = open_clock(session, case, event, name, instance, {known: on}, now)
        settle(session, held, case.centre, calendars, now)
    elif held.starts_on != on:
        held.starts_on = on
        settle(session, held, case.centre, calendars, now, "fact")
    settle_case(session, case)


def end(
    session: Session,
    case: Case,
    event: CaseEvent,
    name: str,
    now: datetime,
    instance: str | None = None,
    until: date | None = None,
) -> None:
    """Close the clocks of that name: of one instance, or all of them; with `until`, those begun no later than then."""
    rows = [
        row for row in _running(session, case, name, instance) if until is None or (row.starts_on or until) <= until
    ]
    end_clocks(session, case, rows, event, now)


def end_tracing(step: Step) -> None:
    """The patient is lost, has died, or the case is closed: nobody looks for them any more."""
    end(step.session, step.case, step.event, TRACING, step.now)


def _running(session: Session, case: Case, name: str, instance: str | None) -> Iterable[Clock]:
    wanted = select(Clock).where(Clock.case_id == case.id, Clock.clock == name, Clock.closed_at.is_(None))
    return session.scalars(wanted if instance is None else wanted.where(Clock.instance == instance)).all()
