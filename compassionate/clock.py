"""The one module that reads the clock, so that tests and audits can say what time it was."""

from __future__ import annotations

import time
from calendar import monthrange
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AGENCY_ZONE = ZoneInfo("Europe/Madrid")


def now() -> datetime:
    """The present instant in UTC, with zone."""
    return datetime.now(UTC)


def civil_date(instant: datetime, zone: str) -> date:
    """The calendar date on which an instant falls for people in `zone` (an IANA name)."""
    return instant.astimezone(ZoneInfo(zone)).date()


def epoch_milliseconds() -> int:
    """Milliseconds since 1970, the time part of an id (RFC 9562 5.7)."""
    return time.time_ns() // 1_000_000


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day (Ley 39/2015 art. 30.4)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
