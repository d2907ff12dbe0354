"""Periods of a report: civil quarters, or any days from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from compassionate.clock import AGENCY_ZONE, months_after

QUARTER = 3
LONGEST = 1100  # days: three years are enough for any comparison
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `from_on` until the day before `until_on`, as the agency's calendar counts them."""

    from_on: date
    until_on: date

    @property
    def last_on(self) -> date:
        """Its last day."""
        return self.until_on - DAY

    @property
    def quarter(self) -> tuple[int, int] | None:
        """Year and number of the civil quarter that it is; None for other days."""
        number = (self.from_on.month - 1) // QUARTER + 1
        return (self.from_on.year, number) if self == quarter(self.from_on.year, number) else None

    @property
    def begins_at(self) -> datetime:
        """The instant at which its first day begins."""
        return datetime.combine(self.from_on, time(), AGENCY_ZONE)

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.from_on <= day < self.until_on

    def before(self) -> Period:
        """The civil quarter before a civil quarter; else as many days, just before."""
        if self.quarter is not None:
            return Period(months_after(self.from_on, -QUARTER), self.from_on)
        return Period(self.from_on - (self.until_on - self.from_on), self.from_on)


def quarter(year: int, number: int) -> Period:
    """A civil quarter, 1 to 4."""
    begin = date(year, (number - 1) * QUARTER + 1, 1)
    return Period(begin, months_after(begin, QUARTER))


def quarter_of(day: date) -> Period:
    """The civil quarter in which a day lies."""
    return quarter(day.year, (day.month - 1) // QUARTER + 1)


def latest(today: date, count: int = 9) -> list[Period]:
    """The present quarter and those before it, the newest first."""
    found = [quarter_of(today)]
    while len(found) < count:
        found.append(found[-1].before())
    return found
