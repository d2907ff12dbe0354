"""Legal clocks: opened, suspended, resumed and closed by the steps that the table names, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from compassionate.deadlines.rules import rules
from compassionate.models import Case, CaseEvent, Clock, ClockStop
from compassionate.services.calendars import Calendars
from compassionate.services.deadlines import ANSWERED, DAYS, day_of, settle, settle_case
from compassionate.services.explanations import close
from compassionate.workflow.table import Transition

RUNNING = select(Clock).where(
    Clock.case_id == bindparam("case_id"),
    Clock.instance == bindparam("instance"),
    Clock.clock.in_(bindparam("names", expanding=True)),
    Clock.closed_at.is_(None),
)


def _running(session: Session, case: Case, instance: str, names: tuple[str, ...]) -> list[Clock]:
    if not names:
        return []
    return list(session.scalars(RUNNING, {"case_id": case.id, "instance": instance, "names": names}))


def move_clocks(
    session: Session,
    case: Case,
    event: CaseEvent,
    row: Transition,
    instance: str,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    """Do to the case's clocks what a row of the table says, and say when each is due (Ley 39/2015 arts. 22, 30)."""
    if not (row.opens or row.closes or row.suspends or row.resumes):
        return
    calendars, values = Calendars(session), dict(values)
    for clock in _running(session, case, instance, (*row.closes, *row.suspends, *row.resumes)):
        if clock.clock in row.closes:
            close(session, clock, case.centre, calendars, now)
            clock.closed_by_event_id = event.id
            if clock.clock == "K-REPR" and clock.due_on:
                values["silence_on"] = clock.due_on  # what is dismissed by silence is so from that day (art. 124.2)
            continue
        if clock.clock in row.suspends:
            stand_still(session, clock, values, now)
        else:
            go_on(session, clock, values, now)
        settle(session, clock, case.centre, calendars, now, "stop")
    for opening in row.opens:
        name, _, variant = opening.partition(":")
        opened = open_clock(session, case, event, name, instance, values, now, variant)
        settle(session, opened, case.centre, calendars, now)
    settle_case(session, case)


def open_clock(
    session: Session,
    case: Case,
    event: CaseEvent,
    name: str,
    instance: str,
    values: Mapping[str, Any],
    now: datetime,
    variant: str = "",
) -> Clock:
    """Start a clock from the day that the step says; whoever calls settles it and its case."""
    starts_on = day_of(values, DAYS.get(rules()[name].variant(variant).counted, ()), now)
    clock = Clock(
        case_id=case.id,
        instance=instance,
        clock=name,
        variant=variant,
        opened_by_event_id=event.id,
        opened_at=now,
        starts_on=starts_on,
    )
    session.add(clock)
    session.flush()
    return clock


def end_clocks(session: Session, case: Case, clocks: Sequence[Clock], event: CaseEvent, now: datetime) -> None:
    """Close clocks of a case for what an event recorded, and say when the case is due without them."""
    if not clocks:
        return
    calendars = Calendars(session)
    for clock in clocks:
        close(session, clock, case.centre, calendars, now)
        clock.closed_by_event_id = event.id
    settle_case(session, case)


def stand_still(session: Session, clock: Clock, values: Mapping[str, Any], now: datetime) -> None:
    """Stop a clock from the day of the notification on (Ley 39/2015 art. 22.1.a)."""
    clock.suspended_at = now
    session.add(ClockStop(clock_id=clock.id, since_on=day_of(values, ("notified_on", "filed_at"), now)))
    session.flush()


def go_on(session: Session, clock: Clock, values: Mapping[str, Any], now: datetime) -> None:
    """Let a clock run again after the day of the answer."""
    clock.suspended_at = None
    standing = select(ClockStop).where(ClockStop.clock_id == clock.id, ClockStop.until_on.is_(None))
    for stop in session.scalars(standing):
        stop.until_on = max(day_of(values, ANSWERED, now), stop.since_on)
    session.flush()
