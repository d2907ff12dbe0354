"""Counting open clocks again: all of them, or those that a changed calendar, centre or setting can have moved.

Ley 39/2015 art. 30.6-30.8; TIM-03, TIM-07. Whoever changes a calendar writes alone (extensions.alone), so that no step
counts by the old one beside it. Everything is read and written some hundred cases at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, exists, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.calendars import AGENCY_TERRITORY
from compassionate.deadlines.rules import rules
from compassionate.models import Case, CaseEvent, Centre, Clock, ClockStop
from compassionate.services.calendars import Calendars
from compassionate.services.deadlines import DAYS, Facts, day_of, facts_of, nearest, settle
from compassionate.services.recording import inputs_of

OpenSession = Callable[[], Session]
Wanted = Callable[[Clock], bool]
BATCH = 200
CASES = cast(Table, Case.__table__)
WRITE_DUE = (
    update(CASES)
    .where(CASES.c.id == bindparam("of"))
    .values(due_on=bindparam("due_on"), due_clock=bindparam("due_clock"))
)


@dataclass(slots=True)
class Run:
    """What a run found: clocks looked at, those that moved (code, clock, before, after)."""

    looked_at: int = 0
    moved: list[tuple[str, str, date | None, date | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Count:
    """One counting: by which calendars, when, why an end that moves does so, and what was found so far."""

    session: Session
    calendars: Calendars
    now: datetime
    why: str
    found: Run


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
    if not rows:
        return ""
    _recount(_Count(session, Calendars(session), now, "calendar", found), rows, lambda clock: True)
    return rows[-1].id


@dataclass(slots=True)
class HeldCase:
    """What counting needs to know of a case that nobody else writes meanwhile."""

    id: str
    code: str
    centre_id: str
    due_on: date | None
    due_clock: str


def hold_cases(session: Session, *wanted: ColumnElement[bool], limit: int | None = None) -> Sequence[HeldCase]:
    """Cases with open clocks, kept from other writers: in the order of their ids, and a case before its clocks.

    Whoever takes a step holds its case first as well, so nobody waits in a circle; a second run at once waits here
    and then finds nothing left to move. Calendars are read afterwards, so that they are the newest.
    """
    runs = exists().where(Clock.case_id == Case.id, Clock.closed_at.is_(None))
    known = select(Case.id, Case.code, Case.centre_id, Case.due_on, Case.due_clock).where(runs, *wanted)
    return [HeldCase(*row) for row in session.execute(known.order_by(Case.id).limit(limit).with_for_update(of=Case))]


def follow(
    session: Session, territories: Iterable[str], first: date, last: date, now: datetime, why: str = "calendar"
) -> Run:
    """Count again the open clocks that a changed calendar can have moved, in the transaction that changes it.

    A day changes the end of a term only where it lies between its first day and its last, and no day that of one
    which leaves none out; a term before the agency also runs by Madrid's days, whichever the centre (art. 30.6).
    """
    where = set(territories)
    theirs = Case.centre_id.in_(select(Centre.id).where(Centre.territory.in_(where)))
    by_days = [name for name, rule in rules().items() if rule.calendar != "none"]
    spans = (Clock.clock.in_(by_days), Clock.starts_on <= last, Clock.due_on >= first)
    return _follow(session, [] if AGENCY_TERRITORY in where else [theirs], spans, now, why)


def follow_setting(session: Session, centre: Centre, settings: Iterable[str], now: datetime) -> Run:
    """Count again the open clocks of a centre whose length is one of these settings of it; each says that it was."""
    names = set(settings)
    theirs = [name for name, rule in rules().items() if rule.setting in names]
    return _follow(session, [Case.centre_id == centre.id], (Clock.clock.in_(theirs),), now, "rule") if theirs else Run()


def _follow(
    session: Session,
    cases: Iterable[ColumnElement[bool]],
    clocks: Iterable[ColumnElement[bool]],
    now: datetime,
    why: str,
) -> Run:
    session.flush()
    near = (Clock.case_id == Case.id, Clock.closed_at.is_(None), *clocks)
    rows = hold_cases(session, exists().where(*near), *cases)
    ids = set(session.scalars(select(Clock.id).join(Case, Case.id == Clock.case_id).where(*near, *cases)))
    count = _Count(session, Calendars(session), now, why, Run())
    for start in range(0, len(rows), BATCH):
        _recount(count, rows[start : start + BATCH], lambda clock: clock.id in ids)
    return count.found


def _recount(count: _Count, cases: Sequence[HeldCase], wanted: Wanted) -> None:
    """Count the wanted clocks of these cases again, and write the nearest end of each case where one moved."""
    of, centres = {case.id: case for case in cases}, _centres(count.session, cases)
    held = select(Clock).where(Clock.case_id.in_(of), Clock.closed_at.is_(None)).order_by(Clock.case_id, Clock.id)
    clocks = count.session.scalars(held, execution_options={"populate_existing": True}).all()
    chosen = {clock.id for clock in clocks if wanted(clock)}
    fresh = {clock.id for clock in clocks if clock.id in chosen and clock.starts_on is None}
    for clock in clocks:
        if clock.id in fresh:
            _begin(count.session, clock)
    count.session.flush()
    facts, ends = facts_of(count.session, clocks), []
    for case_id, own in groupby(clocks, key=lambda clock: clock.case_id):
        case, running, there = of[case_id], list(own), centres[of[case_id].centre_id]
        codes = {clock.id: "" if clock.id in fresh else case.code for clock in running if clock.id in chosen}
        moved = [_move(count, there, clock, facts, codes[clock.id]) for clock in running if clock.id in codes]
        if any(moved) and (due := nearest(running)) != (case.due_on, case.due_clock):
            ends.append(_end(count.session, case, *due))
    count.session.flush()
    if ends:
        count.session.connection().execute(WRITE_DUE, ends)


def _centres(session: Session, cases: Sequence[HeldCase]) -> dict[str, Centre]:
    wanted = select(Centre).where(Centre.id.in_({case.centre_id for case in cases}))
    return {centre.id: centre for centre in session.scalars(wanted)}


def _move(count: _Count, centre: Centre, clock: Clock, facts: Facts, code: str) -> bool:
    """Count one clock; one whose day was not known before (no code) gets its first end and does not say it moved."""
    count.found.looked_at += 1
    before = clock.due_on
    moved = settle(count.session, clock, centre, count.calendars, count.now, count.why if code else "", facts)
    if moved and code:
        count.found.moved.append((code, clock.clock, before, clock.due_on))
    return moved


def _end(session: Session, held: HeldCase, due_on: date | None, due_clock: str) -> dict[str, object]:
    """The nearest end of a case, for writing it without a new version: no rule reads it."""
    case = session.identity_map.get(identity_key(Case, held.id))
    if case is not None:
        set_committed_value(case, "due_on", due_on)
        set_committed_value(case, "due_clock", due_clock)
    return {"of": held.id, "due_on": due_on, "due_clock": due_clock}


def _begin(session: Session, clock: Clock) -> None:
    """The day of a clock that was opened before days were kept: from the step that opened it."""
    event, case = session.get_one(CaseEvent, clock.opened_by_event_id), session.get_one(Case, clock.case_id)
    clock.starts_on = day_of(inputs_of(session, case, event), DAYS.get(rules()[clock.clock].counted, ()), event.at)
    if clock.suspended_at is not None:
        session.add(ClockStop(clock_id=clock.id, since_on=civil_date(clock.suspended_at, AGENCY_ZONE.key)))
