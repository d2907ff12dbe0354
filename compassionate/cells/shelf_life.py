"""How long cells may still be used: hours between instants, whatever the clocks on the wall do in between.

Hours, not days: J Transl Med 2018;16:291. Twice a year an hour is skipped or comes twice; an expiry is therefore an
instant, printed with the offset of the place where it is read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

COMPACT = "%Y%m%dT%H%M%SZ"


def expiry(ready_at: datetime, hours: int) -> datetime:
    """The instant so many hours after cells were ready."""
    return _utc(ready_at) + timedelta(hours=hours)


def is_expired(expires_at: datetime, at: datetime) -> bool:
    """Whether they may no longer be used: from the instant of expiry on, that instant included.

    The one rule that everybody asks: the guards of steps, the release, the pages. A label says when a shelf life ends
    and not whether its last instant counts, so the cautious side holds: what ends at 12:00 is given until 11:59.
    """
    return _utc(at) >= _utc(expires_at)


def left(expires_at: datetime, at: datetime) -> timedelta:
    """What is left, below zero once it is over."""
    return _utc(expires_at) - _utc(at)


def hours_and_minutes(span: timedelta) -> tuple[int, int]:
    """Whole hours and minutes of what is left or over, without its sign; never more than there is left."""
    minutes = int(abs(span) // timedelta(minutes=1))
    return divmod(minutes, 60)


def local(expires_at: datetime, zone: str) -> str:
    """The instant as the clock of a place shows it, with its offset: 25/10/2026 02:30 (+02:00)."""
    there = _utc(expires_at).astimezone(ZoneInfo(zone))
    offset = f"{there:%z}"
    return f"{there:%d/%m/%Y %H:%M} ({offset[:3]}:{offset[3:]})"


def day(expires_at: datetime, zone: str) -> date:
    """The day on which that instant falls at a place."""
    return _utc(expires_at).astimezone(ZoneInfo(zone)).date()


def same_on_the_wall(expires_at: datetime, shown: datetime, zone: str) -> bool:
    """Whether a clock without offset, as carriers print it, may show that instant there; to the minute."""
    there = _utc(expires_at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return there.replace(second=0, microsecond=0, fold=0) == shown.replace(second=0, microsecond=0, fold=0)


def compact(instant: datetime) -> str:
    """The instant in UTC as a carrier of ours has it."""
    return f"{_utc(instant):{COMPACT}}"


def read_compact(text: str) -> datetime:
    """The instant again; raises ValueError."""
    return datetime.strptime(text, COMPACT).replace(tzinfo=UTC)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without zone")
    return instant.astimezone(UTC)
