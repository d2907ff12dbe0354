"""More time that the agency granted: asked for and granted before the end, and no more than the law knows.

Ley 39/2015 art. 32.1 (half of the term at most), 32.3 (before it expires, never afterwards), 68.2 (five days to
complete a request). Recorded when it is known, also later: what counts is the day on which it was granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.rules import rules
from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Case, Clock, ClockExtension
from compassionate.services.actors import Actor
from compassionate.services.calendars import Calendars
from compassionate.services.cases import require_edit
from compassionate.services.deadlines import settle, settle_case
from compassionate.services.edits import hold
from compassionate.services.given import Given
from compassionate.services.recording import record
from compassionate.services.requests import role_for

SECTION = "extend_clocks"


def granted(session: Session, clock: Clock) -> int:
    """How much was granted already, in the clock's unit."""
    summed = select(func.coalesce(func.sum(ClockExtension.amount), 0)).where(ClockExtension.clock_id == clock.id)
    return session.scalar(summed) or 0


def left_to_grant(session: Session, clock: Clock) -> int:
    """How much may still be granted."""
    return rules()[clock.clock].variant(clock.variant).extension - granted(session, clock)


def grant_extension(
    session: Session, actor: Actor, case: Case, clock_id: str, values: Mapping[str, Any], now: datetime
) -> Clock:
    """Record that a clock was given more time; raises Refused, Invalid, NotFound, Conflict.

    Fields: asked_on (empty: the agency granted it of its own motion), granted_on, amount (in the clock's unit).
    """
    require_edit(case, actor, SECTION)
    hold(session, case)
    clock = session.scalar(
        select(Clock).where(Clock.id == clock_id, Clock.case_id == case.id, Clock.closed_at.is_(None))
    )
    if clock is None:
        raise NotFound
    require_extendable(session, clock)
    amount, asked_on, granted_on = _read(session, clock, values, civil_date(now, AGENCY_ZONE.key))
    before = granted(session, clock)
    details = {"clock": clock.clock, "amount": amount, "asked_on": asked_on, "granted_on": granted_on}
    changes = {"extension": (before, before + amount)}
    role = role_for(SECTION, case, actor)
    event = record(session, case, actor, now, "extend_clock", role=role, inputs=details, changes=changes)
    session.add(
        ClockExtension(clock_id=clock.id, amount=amount, asked_on=asked_on, granted_on=granted_on, event_id=event.id)
    )
    session.flush()
    settle(session, clock, case.centre, Calendars(session), now, "extension")
    settle_case(session, case)
    return clock


def require_extendable(session: Session, clock: Clock) -> None:
    """Refuse a clock to which no more time may be given; raises Refused."""
    rule = rules()[clock.clock].variant(clock.variant)
    basis, params = rule.extension_basis or rule.legal_basis, {"clock": rule.id, "most": rule.extension}
    if not rule.extension:
        raise Refused((Reason("deadline.not_extendable", basis, params=params),))
    if clock.due_on is None:
        raise Refused((Reason("deadline.without_an_end", basis, params=params),))
    if left_to_grant(session, clock) <= 0:
        raise Refused((Reason("deadline.all_granted", basis, params=params),))


def _read(session: Session, clock: Clock, values: Mapping[str, Any], today: date) -> tuple[int, date | None, date]:
    """What was typed; both days lie between the event that opened the clock and its end (art. 32.3)."""
    read = Given(values)
    amount = read.whole("amount", 1, left_to_grant(session, clock))
    asked_on, granted_on = read.day("asked_on", latest=today), read.day("granted_on", required=True, latest=today)
    for name, on in (("asked_on", asked_on), ("granted_on", granted_on)):
        if on is not None and clock.due_on is not None and on > clock.due_on:
            read.wrong(name, f"deadline.{name}_after_the_end", ended=clock.due_on)
        elif on is not None and clock.starts_on is not None and on < clock.starts_on:
            read.wrong(name, "deadline.before_its_start", began=clock.starts_on)
    if asked_on and granted_on and granted_on < asked_on:
        read.wrong("granted_on", "deadline.granted_before_asked")
    read.settle()
    assert granted_on is not None
    return amount, asked_on, granted_on
