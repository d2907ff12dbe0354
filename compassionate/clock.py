"""The one module that reads the clock, so that tests and audits can say what time it was."""

from __future__ import annotations

import time
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
