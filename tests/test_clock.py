"""Instants and civil dates: the one place that reads the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate import clock


def test_now_is_an_instant_in_utc():
    assert clock.now().utcoffset() == timedelta(0)


def test_milliseconds_tell_the_same_time():
    before = clock.now()
    told = datetime.fromtimestamp(clock.epoch_milliseconds() / 1000, UTC)
    assert before - timedelta(milliseconds=1) <= told <= clock.now()


def test_the_agency_lives_in_madrid():
    assert clock.AGENCY_ZONE.key == "Europe/Madrid"


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Madrid", date(2026, 1, 1)), ("Africa/Ceuta", date(2026, 1, 1)), ("Atlantic/Canary", date(2025, 12, 31))],
)
def test_new_year_comes_an_hour_later_to_the_canaries(zone: str, day: date):
    assert clock.civil_date(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), zone) == day


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 15), 1, date(2026, 2, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_so_many_months_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int, expected: date):
    assert clock.months_after(day, months) == expected


@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)), months=st.integers(0, 480))
def test_months_later_is_never_in_another_month(day: date, months: int):
    later = clock.months_after(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day
