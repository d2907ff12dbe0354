# ruff: noqa: DTZ001 - carriers print clocks without a zone
"""Hours at an instant: the clock on the wall may jump, the cells do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.cells import shelf_life
from tests.cells.examples import few

MADRID = ZoneInfo("Europe/Madrid")
ready = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(MADRID))


@few
@given(ready, st.integers(1, 96))
def test_a_shelf_life_is_as_long_whatever_day_of_the_year(ready_at: datetime, hours: int) -> None:
    expires_at = shelf_life.expiry(ready_at, hours)
    assert shelf_life.left(expires_at, ready_at) == timedelta(hours=hours)
    assert not shelf_life.is_expired(expires_at, expires_at - timedelta(microseconds=1))
    assert shelf_life.is_expired(expires_at, expires_at), "at the instant itself nothing is given any more"


def test_the_night_with_25_hours_ends_one_hour_earlier_on_the_wall() -> None:
    ready_at = datetime(2026, 10, 24, 12, 0, tzinfo=MADRID)
    assert shelf_life.local(shelf_life.expiry(ready_at, 24), "Europe/Madrid") == "25/10/2026 11:00 (+01:00)"


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    again = first + timedelta(hours=1)
    assert shelf_life.local(first, "Europe/Madrid") == "25/10/2026 02:30 (+02:00)"
    assert shelf_life.local(again, "Europe/Madrid") == "25/10/2026 02:30 (+01:00)"
    assert shelf_life.is_expired(first, again)


def test_the_same_instant_reads_otherwise_on_the_canaries() -> None:
    at = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    assert shelf_life.local(at, "Atlantic/Canary") == "01/12/2026 23:30 (+00:00)"
    assert shelf_life.local(at, "Europe/Madrid") == "02/12/2026 00:30 (+01:00)"
    assert shelf_life.day(at, "Atlantic/Canary") != shelf_life.day(at, "Europe/Madrid")


def test_what_is_left_is_never_rounded_up() -> None:
    at = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    assert shelf_life.hours_and_minutes(shelf_life.left(at + timedelta(hours=3, minutes=20, seconds=59), at)) == (3, 20)
    assert shelf_life.hours_and_minutes(shelf_life.left(at - timedelta(hours=2), at)) == (2, 0)


def test_an_instant_without_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="without zone"):
        shelf_life.is_expired(datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC))


@few
@given(st.datetimes(datetime(2026, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_a_carrier_gives_the_second_back(at: datetime) -> None:
    assert shelf_life.read_compact(shelf_life.compact(at)) == at.replace(microsecond=0)
