"""When clocks are due: computed from recorded facts, kept with the clock and, the nearest, with its case.

Ley 39/2015 arts. 22, 30-32; TIM-07. What is kept can always be computed again: an open clock follows a corrected
calendar and says that it moved, a closed one stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.counting import Due, Stop, compute
from compassionate.deadlines.rules import Rule, rules
from compassionate.models import Case, Centre, Clock, ClockExtension, ClockMove, ClockStop
from compassionate.services.calendars import Calendars

# What a step says about the day that a clock counts from, the best first; else the day on which the step was taken.
DAYS = {
    "notification": ("notified_on",),
    "filing": ("submitted_at", "filed_at", "answered_at"),
    "made_available": ("available_on", "notified_on"),
    "silence": ("silence_on",),
    "warning": ("notified_on",),
    "end": ("ends_on",),
    "awareness": ("aware_on",),
    "missed_visit": ("planned_on",),
}
ANSWERED = ("answered_at", "filed_at")


def day_of(values: Mapping[str, Any], names: Iterable[str], at: datetime) -> date:
    """The civil day, at the agency, of the first of these values that was given; of the step itself where none was."""
    for name in names:
        value = values.get(name)
        value = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else value
        if isinstance(value, datetime):
            return civil_date(value, AGENCY_ZONE.key)
        if value:
            return value if isinstance(value, date) else date.fromisoformat(value)
    return civil_date(at, AGENCY_ZONE.key)


def rule_of(clock: Clock, centre: Centre) -> Rule:
    """The rule of a clock, with the length that the hospital set where the law leaves it to it."""
    held = rules()[clock.clock].variant(clock.variant)
    own = centre.settings.get(held.setting) if held.setting else None
    return replace(held, amount=int(own)) if own is not None else held


@dataclass(frozen=True, slots=True)
class Facts:
    """What moved the ends of some clocks, read at once: the times in which each stood still, what each was granted."""

    stops: Mapping[str, tuple[Stop, ...]]
    granted: Mapping[str, int]


def facts_of(session: Session, clocks: Iterable[Clock]) -> Facts:
    """The stops and extensions of these clocks: two queries, however many clocks there are."""
    ids = [clock.id for clock in clocks]
    stopped = select(ClockStop).where(ClockStop.clock_id.in_(ids)).order_by(ClockStop.clock_id, ClockStop.since_on)
    stops: dict[str, tuple[Stop, ...]] = {}
    for row in session.scalars(stopped):
        stops[row.clock_id] = (*stops.get(row.clock_id, ()), Stop(row.since_on, row.until_on))
    summed = select(ClockExtension.clock_id, func.sum(ClockExtension.amount)).where(ClockExtension.clock_id.in_(ids))
    return Facts(stops, {of: int(amount) for of, amount in session.execute(summed.group_by(ClockExtension.clock_id))})


def due_of(
    session: Session, clock: Clock, centre: Centre, calendars: Calendars, facts: Facts | None = None
) -> Due | None:
    """When a clock ends and why, from its facts; None where no day says it (how long a record is kept)."""
    rule = rule_of(clock, centre)
    if rule.amount is None or clock.starts_on is None:
        return None
    facts, calendar = facts or facts_of(session, [clock]), calendars.of(rule, centre)
    moved = facts.granted.get(clock.id, 0), facts.stops.get(clock.id, ())
    key = (rule.id, clock.variant, rule.amount, clock.starts_on, calendar.names, moved)
    if key not in calendars.counted:
        calendars.counted[key] = compute(rule, clock.starts_on, calendar, calendars.registry(), *moved)
    return calendars.counted[key]


def settle(
    session: Session,
    clock: Clock,
    centre: Centre,
    calendars: Calendars,
    now: datetime,
    why: str = "",
    facts: Facts | None = None,
) -> bool:
    """Write when a clock is due; with `why`, also that it moved. Returns whether it did.

    Whatever brings the count about, a rule that is no longer the one it was counted by is the reason that is told.
    """
    due = due_of(session, clock, centre, calendars, facts)
    if due is None:
        return False
    counted_by = rule_of(clock, centre).counts
    why = "rule" if why and clock.counted_by not in (None, counted_by) else why
    before, after = clock.due_on, due.due_on
    clock.provisional, clock.counted_by = bool(due.provisional), counted_by
    if before == after:
        return False
    clock.due_on = after
    if why:
        session.add(ClockMove(clock_id=clock.id, at=now, before_on=before, after_on=after, why=why))
    return True


def counts_for_case(clock: Clock) -> bool:
    """Whether a clock is one that a case is shown with: it runs, it has an end, and it is not somebody else's."""
    return clock.due_on is not None and clock.suspended_at is None and rules()[clock.clock].shown != "display"


def nearest(clocks: Iterable[Clock]) -> tuple[date | None, str]:
    """The nearest end of these running clocks, and whose it is."""
    ends = ((row.due_on, row.clock) for row in clocks if row.due_on and counts_for_case(row))
    return min(ends, default=(None, ""))


def settle_case(session: Session, case: Case) -> None:
    """Write the nearest end of a case's running clocks; its version stays, since no rule reads it."""
    session.flush()
    running = session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None)))
    due_on, due_clock = nearest(running)
    if (case.due_on, case.due_clock) == (due_on, due_clock):
        return
    session.execute(
        update(Case).where(Case.id == case.id).values(due_on=due_on, due_clock=due_clock),
        execution_options={"synchronize_session": False},
    )
    set_committed_value(case, "due_on", due_on)
    set_committed_value(case, "due_clock", due_clock)
