"""An electronic notification through a case: opened in time, opened too late, never opened (Ley 39/2015 art. 43.2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Refused
from compassionate.models import Case, Clock
from compassionate.services.advance import ask, possible
from tests.world import World

pytestmark = pytest.mark.one_database
AVAILABLE = date(2026, 3, 27)  # a Friday; Easter and its holidays lie in the ten days that follow
LAST = date(2026, 4, 6)


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def notified(world: World) -> Case:
    """A filed case of which the agency made a notification available."""
    case = world.case_in("submitted")
    at(world, AVAILABLE)
    world.act(case, "pharmacist", "record_notification", available_on=str(AVAILABLE), reference="DEH-1")
    return case


def at(world: World, day: date) -> None:
    world.now = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Europe/Madrid"))


def clock(world: World, case: Case, name: str = "K-NOT") -> Clock:
    wanted = select(Clock).where(Clock.case_id == case.id, Clock.clock == name).order_by(Clock.opened_at.desc())
    return world.session.scalars(wanted.limit(1)).one()


def why_not(world: World, case: Case, step: str) -> list[str]:
    answer = ask(world.session, world.people["regulatory"], case, step, world.tick())
    return [reason.code for reason in answer.reasons]


def deny(world: World, case: Case, notified_on: date) -> None:
    denial: dict[str, Any] = {"decided_on": str(AVAILABLE), "notified_on": str(notified_on), "grounds": ["risk"]}
    world.act(case, "regulatory", "record_denial", **denial, channel="electronic_notice", appeal_named="reposicion")


def test_an_unopened_electronic_notice_is_rejected_after_ten_calendar_days_and_the_other_terms_start(
    world: World, notified: Case
) -> None:
    held = clock(world, notified)
    assert (held.starts_on, held.due_on, held.instance) == (AVAILABLE, LAST, "notification-1")
    assert (notified.due_on, notified.due_clock) == (LAST, "K-NOT")
    at(world, LAST)
    assert why_not(world, notified, "record_notification_rejected") == ["notification.still_open"]
    at(world, date(2026, 4, 7))
    world.act(notified, "regulatory", "record_notification_rejected")
    assert (held.closed_at is not None, held.due_on) == (True, LAST)
    deny(world, notified, LAST)
    assert clock(world, notified, "K-REP").due_on == date(2026, 5, 6)
    assert clock(world, notified, "K-CON").due_on == date(2026, 6, 8)  # the sixth is a Saturday


def test_one_that_is_opened_on_the_last_day_is_notified_on_that_day(world: World, notified: Case) -> None:
    at(world, date(2026, 4, 9))  # it is written down later
    world.act(notified, "pharmacist", "record_notification_access", accessed_on=str(LAST))
    assert [row.state for row in notified.regions if row.kind == "notification"] == ["accessed"]
    assert clock(world, notified).closed_at is not None
    deny(world, notified, LAST)
    assert clock(world, notified, "K-REP").due_on == date(2026, 5, 6)


@pytest.mark.parametrize(
    ("on", "code"), [("2026-04-07", "notification.too_late"), ("2026-03-26", "notification.too_early")]
)
def test_a_day_of_access_before_the_alert_or_after_the_ten_days_is_refused(
    world: World, notified: Case, on: str, code: str
) -> None:
    at(world, date(2026, 4, 9))
    with pytest.raises(Refused) as refusal:
        world.act(notified, "pharmacist", "record_notification_access", accessed_on=on)
    assert [reason.code for reason in refusal.value.reasons] == [code]
    assert clock(world, notified).closed_at is None


def test_two_notifications_have_a_clock_each(world: World, notified: Case) -> None:
    at(world, date(2026, 4, 8))
    world.act(notified, "pharmacist", "record_notification", available_on="2026-04-08")
    second = clock(world, notified)
    assert (second.instance, second.due_on) == ("notification-2", date(2026, 4, 18))  # a Saturday: it does not roll
    assert why_not(world, notified, "record_notification_rejected@notification-1") == []
    assert why_not(world, notified, "record_notification_rejected@notification-2") == ["notification.still_open"]
    assert why_not(world, notified, "close")[0] == "state.not_source"
    world.act(notified, "pharmacist", "record_notification_rejected@notification-1")
    assert second.closed_at is None


def test_nothing_is_notified_before_a_request_was_filed_nor_to_whom_has_no_part_in_it(world: World) -> None:
    case = world.case_in("ready_to_submit")
    assert why_not(world, case, "record_notification") == ["notification.none_expected"]
    offered = {
        each.name for each in possible(world.session, world.people["nurse"], case, world.tick()) if each.answer.allowed
    }
    assert "record_notification" not in offered
