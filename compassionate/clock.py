"""The one module that reads the clock, so that tests and audits can say what time it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AGENCY_ZONE = ZoneInfo("Europe/Madrid")


def now() -> datetime:
    """The present instant in UTC, with zone."""
    return datetime.now(UTC)


def civil_date(instant: datetime, zone: str) -> date:
    """The calendar date on which an instant falls for people in `zone` (an IANA name)."""
    return instant.astimezone(ZoneInfo(zone)).date()
