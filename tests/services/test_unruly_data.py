"""Terms through a case whose data are missing, late, contradictory and corrected; and a filing at 23:59 on a Sunday.

Every end is counted a second time here, on a wall calendar, with nothing of the product but the list of days off.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.deadlines.calendars import official_days
from compassionate.errors import Invalid
from compassionate.models import Case, Clock, ClockMove
from compassionate.services import calendar_entries
from compassionate.services.more_time import grant_extension
from tests.world import World

pytestmark = pytest.mark.one_database
MADRID, DAY = ZoneInfo("Europe/Madrid"), timedelta(days=1)


def at(world: World, day: date, hour: int = 9, minute: int = 0) -> None:
    world.now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=MADRID)


def on_the_wall(start: date, amount: int, more: frozenset[date] = frozenset()) -> date:
    """The last of so many working days in Madrid, counted by hand from the day after."""
    day = start
    while amount:
        day += DAY
        amount -= day.isoweekday() < 6 and day not in official_days("ES-MD", day.year) and day not in more
    return day


def clock(world: World, case: Case, name: str) -> Clock:
    return world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == name)).one()


def test_what_is_filed_at_a_minute_to_midnight_on_a_sunday_counts_from_the_monday(session: Session) -> None:
    """Ley 39/2015 art. 31.2.b: also where the hospital's server counts in UTC."""
    world = World(session, now=datetime(2026, 2, 26, 9, tzinfo=MADRID))
    case = world.case_in("ready_to_submit")
    world.issue_unprinted(case)
    at(world, date(2026, 3, 2), 8)
    world.file(case, submitted_at="2026-03-01T23:59:00+01:00")
    assert (clock(world, case, "K-RES").starts_on, clock(world, case, "K-RES").due_on) == (
        date(2026, 3, 1),
        date(2026, 6, 2),
    )
    assert clock(world, case, "K-INF").due_on == on_the_wall(date(2026, 3, 2), 10) == date(2026, 3, 16)


def test_one_case_with_missing_late_contradictory_and_corrected_data(session: Session) -> None:
    world = World(session)
    case = world.case_in("submitted")
    decision = clock(world, case, "K-RES")
    whole = decision.due_on
    notified, known = date(2026, 4, 7), date(2026, 5, 4)
    at(world, known)
    asked: dict[str, Any] = {"text": "Falta la resonancia.", "channel": "electronic_notice"}

    # Missing: without its day nothing is recorded, and no clock begins.
    with pytest.raises(Invalid):
        world.act(case, "pharmacist", "record_correction_request", **asked)
    assert session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == "K-SUB")).all() == []

    # Late: written down four weeks afterwards, the term is over when it is first known, and is said to be.
    world.act(case, "pharmacist", "record_correction_request", **asked, notified_on=str(notified))
    held = clock(world, case, "K-SUB")
    ended = on_the_wall(notified, 10)
    assert (held.due_on, case.due_on) == (ended, ended)
    assert ended < known
    assert decision.due_on is None

    # Contradictory: more time granted after the end, or before it was asked for, is none.
    for values in (
        {"asked_on": str(ended), "granted_on": str(ended + DAY)},
        {"asked_on": str(ended), "granted_on": str(ended - DAY)},
    ):
        with pytest.raises(Invalid):
            grant_extension(session, world.people["pharmacist"], case, held.id, values | {"amount": "5"}, world.tick())
    assert held.due_on == ended

    # Corrected: a local day that nobody had entered lay in the term.
    local = frozenset({date(2026, 4, 15)})
    calendar_entries.enter(
        session, world.people["admin"], "ES-MD/Madrid", {min(local): "Patrona"}, "BOCM 90", world.tick()
    )
    corrected = on_the_wall(notified, 10, local)
    assert (held.due_on, case.due_on) == (corrected, corrected)
    assert corrected == ended + DAY

    # Late again, and contradictory: what was sent after the end counts until a lapse is notified (art. 73.3), and an
    # answer said to be older than the question suspends nothing.
    world.act(case, "pharmacist", "answer_correction", answered_at=f"{notified - DAY}T10:00", text="Va")
    assert case.state == "submitted"
    assert decision.due_on == whole
    moves = session.scalars(select(ClockMove).where(ClockMove.clock_id == held.id)).all()
    assert [(row.before_on, row.after_on, row.why) for row in moves] == [(ended, corrected, "calendar")]

    # What is corrected after a clock was closed leaves it as it was.
    calendar_entries.enter(session, world.people["admin"], "ES-MD/Madrid", {corrected: "Luto"}, "BOCM 91", world.tick())
    session.flush()
    assert (held.due_on, held.closed_at is not None) == (corrected, True)
