"""When clocks are due: computed from recorded facts, kept with the clock and, the nearest, with its case.

Ley 39/2015 arts. 22, 30-32; TIM-07. What is kept can always be computed again: an open clock follows a corrected
calendar and says that it moved, a closed one stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.calendars import AGENCY_TERRITORY
from compassionate.deadlines.counting import Due, Stop, compute
from compassionate.deadlines.rules import Rule, rules
from compassionate.models import Case, CaseEvent, Centre, Clock, ClockExtension, ClockMove, ClockStop
from compassionate.services.calendars import Calendars
from compassionate.services.recording import inputs_of

OpenSession = Callable[[], Session]
BATCH = 200
# What a step says about the day that a clock counts from, the best first; else the day on which the step was taken.
DAYS = {
    "notification": ("notified_on",),
    "filing": ("submitted_at", "filed_at", "answered_at"),
    "made_available": ("available_on", "notified_on"),
    "silence": ("silence_on",),
    "warning": ("notified_on",),
    "end": ("ends_on",),
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


def due_of(session: Session, clock: Clock, centre: Centre, calendars: Calendars) -> Due | None:
    """When a clock ends and why, from its facts; None where no day says it (how long a record is kept)."""
    rule = rule_of(clock, centre)
    if rule.amount is None or clock.starts_on is None:
        return None
    stops = session.scalars(select(ClockStop).where(ClockStop.clock_id == clock.id).order_by(ClockStop.since_on))
    granted = session.scalars(select(ClockExtension.amount).where(ClockExtension.clock_id == clock.id))
    return compute(
        rule,
        clock.starts_on,
        calendars.of(rule, centre),
        calendars.registry(),
        sum(granted),
        [Stop(row.since_on, row.until_on) for row in stops],
    )


def settle(session: Session, clock: Clock, centre: Centre, calendars: Calendars, now: datetime, why: str = "") -> bool:
    """Write when a clock is due; with `why`, also that it moved. Returns whether it did."""
    due = due_of(session, clock, centre, calendars)
    if due is None:
        return False
    before, after = clock.due_on, due.due_on
    clock.provisional = bool(due.provisional)
    if before == after:
        return False
    clock.due_on = after
    if why:
        session.add(ClockMove(clock_id=clock.id, at=now, before_on=before, after_on=after, why=why))
    return True


def counts_for_case(clock: Clock) -> bool:
    """Whether a clock is one that a case is shown with: it runs, it has an end, and it is not somebody else's."""
    return clock.due_on is not None and clock.suspended_at is None and rules()[clock.clock].shown != "display"


def settle_case(session: Session, case: Case) -> None:
    """Write the nearest end of a case's running clocks; its version stays, since no rule reads it."""
    session.flush()
    running = session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None)))
    nearest = min(
        ((row.due_on, row.clock) for row in running if row.due_on and counts_for_case(row)), default=(None, "")
    )
    if (case.due_on, case.due_clock) == nearest:
        return
    session.execute(
        update(Case).where(Case.id == case.id).values(due_on=nearest[0], due_clock=nearest[1]),
        execution_options={"synchronize_session": False},
    )
    set_committed_value(case, "due_on", nearest[0])
    set_committed_value(case, "due_clock", nearest[1])


@dataclass(slots=True)
class Run:
    """What a run found: clocks looked at, those that moved (code, clock, before, after)."""

    looked_at: int = 0
    moved: list[tuple[str, str, date | None, date | None]] = field(default_factory=list)


def run(write: OpenSession, now: datetime) -> Run:
    """Count every open clock again, some cases a transaction: idempotent, and safe when it runs twice at once."""
    found, after = Run(), ""
    while True:
        with write() as session:
            last = _run_some(session, after, now, found)
            session.commit()
        if not last:
            return found
        after = last


def _run_some(session: Session, after: str, now: datetime, found: Run) -> str:
    rows = hold_cases(session, Case.id > after, limit=BATCH)
    calendars = Calendars(session) if rows else None
    for case in rows:
        assert calendars is not None
        _recount(session, case, calendars, now, found)
    return rows[-1].id if rows else ""


def hold_cases(session: Session, *wanted: ColumnElement[bool], limit: int | None = None) -> Sequence[Case]:
    """Cases with open clocks, kept from other writers: in the order of their ids, and a case before its clocks.

    Whoever takes a step holds its case first as well, so nobody waits in a circle; a second run at once waits here
    and then finds nothing left to move. Calendars are read afterwards, so that they are the newest.
    """
    runs = exists().where(Clock.case_id == Case.id, Clock.closed_at.is_(None))
    rows = select(Case).where(runs, *wanted).order_by(Case.id).limit(limit).with_for_update(of=Case)
    return session.scalars(rows, execution_options={"populate_existing": True}).all()


def _recount(
    session: Session, case: Case, calendars: Calendars, now: datetime, found: Run, *which: ColumnElement[bool]
) -> None:
    moved = False
    wanted = select(Clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None), *which).order_by(Clock.id)
    for clock in session.scalars(wanted, execution_options={"populate_existing": True}):
        found.looked_at += 1
        before, known = clock.due_on, clock.starts_on is not None
        if not known:
            clock.starts_on = _started(session, case, clock)
            if clock.suspended_at is not None:
                session.add(ClockStop(clock_id=clock.id, since_on=civil_date(clock.suspended_at, AGENCY_ZONE.key)))
                session.flush()
        if settle(session, clock, case.centre, calendars, now, "calendar" if known else ""):
            moved = True
            if known:
                found.moved.append((case.code, clock.clock, before, clock.due_on))
    if moved:
        settle_case(session, case)


def follow(session: Session, territories: Iterable[str], first: date, last: date, now: datetime) -> Run:
    """Count again the open clocks that a changed calendar can have moved, in the transaction that changes it.

    A day changes the end of a term only where it lies between its first day and its last; a term before the agency
    also runs by Madrid's days, whichever the centre (Ley 39/2015 art. 30.6).
    """
    session.flush()
    where, spans = set(territories), (Clock.starts_on <= last, Clock.due_on >= first)
    theirs = Case.centre_id.in_(select(Centre.id).where(Centre.territory.in_(where)))
    near = exists().where(Clock.case_id == Case.id, Clock.closed_at.is_(None), *spans)
    rows, found = hold_cases(session, near, *([] if AGENCY_TERRITORY in where else [theirs])), Run()
    calendars = Calendars(session)
    for case in rows:
        _recount(session, case, calendars, now, found, *spans)
    return found


def _started(session: Session, case: Case, clock: Clock) -> date:
    """The day of a clock that was opened before days were kept: from the step that opened it."""
    event = session.get_one(CaseEvent, clock.opened_by_event_id)
    return day_of(inputs_of(session, case, event), DAYS.get(rules()[clock.clock].counted, ()), event.at)
