"""Clocks that the law starts, what moves them, the calendars they run by, and how long a case waited for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Clock(Identified, Base):
    """A legal clock of a case, opened and closed by the steps of its table (K-RES, K-SUB…).

    `starts_on` is the civil day of the event that it counts from; `due_on` and `provisional` follow from the facts
    (services/deadlines.py) and are written again when a fact or a calendar changes, never once it is closed: what it
    ran by is then kept in `explained`, day by day. `counted_by` is how the rule counted then (Rule.counts).
    """

    __tablename__ = "clocks"
    __table_args__ = (Index("ix_clocks_open", "closed_at", "due_on"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    instance: Mapped[str] = mapped_column(String(30), default="")
    clock: Mapped[str] = mapped_column(String(12))
    variant: Mapped[str] = mapped_column(String(12), default="", server_default="")
    opened_by_event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
    opened_at: Mapped[datetime]
    starts_on: Mapped[date | None]
    due_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False, server_default="0")
    counted_by: Mapped[str | None] = mapped_column(String(80))
    suspended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_event_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
    settled_reason: Mapped[bytes | None]
    explained: Mapped[dict[str, Any] | None]


class ClockStop(Identified, Base):
    """A time in which a clock stood still (Ley 39/2015 art. 22): after `since_on`, up to and with `until_on`."""

    __tablename__ = "clock_stops"
    clock_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clocks.id"), index=True)
    since_on: Mapped[date]
    until_on: Mapped[date | None]


class ClockExtension(Identified, Base):
    """More time that was granted before the end (Ley 39/2015 art. 32, 68.2), in the clock's own unit.

    `asked_on` None: the agency granted it of its own motion.
    """

    __tablename__ = "clock_extensions"
    clock_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clocks.id"), index=True)
    amount: Mapped[int]
    asked_on: Mapped[date | None]
    granted_on: Mapped[date]
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class ClockMove(Identified, Base):
    """That the end of an open clock moved, and why: `calendar`, `extension`, `stop`, `rule`.

    `centre`: the hospital is said to be elsewhere; `fact`: what it counts from was corrected.
    """

    __tablename__ = "clock_moves"
    clock_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clocks.id"), index=True)
    at: Mapped[datetime]
    before_on: Mapped[date | None]
    after_on: Mapped[date | None]
    why: Mapped[str] = mapped_column(String(20))


class CalendarDay(Identified, Base):
    """A day off that a hospital entered for a territory or a municipality; `works` takes one of the package away."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("place", "on"),)
    place: Mapped[str] = mapped_column(String(120))
    on: Mapped[date]
    name: Mapped[str] = mapped_column(String(120))
    works: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class CalendarYear(Identified, Base):
    """That somebody compared the calendar of a place and year with the official journal that `source` names."""

    __tablename__ = "calendar_years"
    __table_args__ = (UniqueConstraint("place", "year"),)
    place: Mapped[str] = mapped_column(String(120))
    year: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class Wait(Identified, Base):
    """How long a case stood in a state and waited for whom (role ids, comma separated), once that is over.

    The present wait is on the case itself (`state`, `turn`, `since_at`). `turn` is None where nobody wrote it down.
    """

    __tablename__ = "waits"
    __table_args__ = (Index("ix_waits_case", "case_id", "from_at"), Index("ix_waits_until", "until_at"))
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    state: Mapped[str] = mapped_column(String(40))
    turn: Mapped[str | None] = mapped_column(String(100))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
