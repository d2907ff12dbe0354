"""The calendars as administrators keep them: local days entered, days of the package corrected, years compared.

Ley 39/2015 art. 30.7: each administration publishes its days; towns publish theirs in the official journal. An entry
names the journal that it comes from. Every change is audited and moves the open clocks in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.deadlines.calendars import (
    AGENCY_MUNICIPALITY,
    AGENCY_TERRITORY,
    CHECKED_YEARS,
    official_days,
    place,
)
from compassionate.errors import NotFound
from compassionate.models import Account, CalendarDay, CalendarYear
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.administration import administered, require_administrator
from compassionate.services.calendar_lines import read_lines
from compassionate.services.changes import of_centre
from compassionate.services.given import Given
from compassionate.services.recounting import Run, follow

KINDS = ("off", "works")
YEARS = range(2008, 2101)


@dataclass(frozen=True, slots=True)
class Entry:
    """A day of a calendar as its page shows it: of the package, entered, or of the package and worked after all."""

    on: date
    name: str
    kind: str  # package, off, works
    id: str = ""
    source: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class YearOf:
    """A place and year: its days, who compared it with which journal, and whether it may be trusted."""

    place: str
    year: int
    days: tuple[Entry, ...] = ()
    source: str = ""
    by: str = ""
    at: datetime | None = None
    is_town: bool = False

    @property
    def lacks(self) -> str:
        """`local`: a town without a day; `provisional`: a year that nobody compared; empty where all is there."""
        if self.source:
            return ""
        if self.is_town:
            return "" if self.days else "local"
        return "" if self.year in CHECKED_YEARS else "provisional"


def places(session: Session, actor: Actor) -> tuple[str, ...]:
    """Territories and towns of the centres that a person administers, and those of the agency's seat (art. 30.6)."""
    require_administrator(actor)
    rows = administered(session, actor)
    seat = (AGENCY_TERRITORY, place(AGENCY_TERRITORY, AGENCY_MUNICIPALITY))
    own = [each for row in rows for each in (row.territory, _town(row.territory, row.municipality)) if each]
    return tuple(dict.fromkeys((*own, *seat)))


def _town(territory: str, municipality: str) -> str:
    return place(territory, municipality) if municipality else ""


def year_of(session: Session, actor: Actor, where: str, year: int) -> YearOf:
    """One place and year; raises NotFound for a place of nobody's here."""
    require_place(session, actor, where, year)
    entered = _entered(session, where, year)
    told = session.execute(
        select(CalendarYear, Account.name)
        .join(Account, CalendarYear.by_id == Account.id)
        .where(CalendarYear.place == where, CalendarYear.year == year)
    ).first()
    is_town = "/" in where
    package = {} if is_town else official_days(where, year)
    days = [Entry(on, name, "package") for on, name in package.items() if on not in entered]
    days += [
        Entry(on, row.name, "works" if row.works else "off", row.id, row.source, by)
        for on, (row, by) in entered.items()
    ]
    held = YearOf(where, year, tuple(sorted(days, key=lambda each: each.on)), is_town=is_town)
    return replace(held, source=told[0].source, by=told[1], at=told[0].at) if told else held


def require_place(session: Session, actor: Actor, where: str, year: int) -> None:
    """Only the places of whoever administers, and years that a calendar can have; raises Refused, NotFound."""
    if where not in places(session, actor) or year not in YEARS:
        raise NotFound


def _entered(session: Session, where: str, year: int) -> dict[date, tuple[CalendarDay, str]]:
    rows = session.execute(
        select(CalendarDay, Account.name)
        .join(Account, CalendarDay.by_id == Account.id)
        .where(CalendarDay.place == where, CalendarDay.on.between(date(year, 1, 1), date(year, 12, 31)))
    )
    return {row.on: (row, by) for row, by in rows}


def lacking(session: Session, actor: Actor, years: Iterable[int]) -> list[YearOf]:
    """The places and years of which something is missing or provisional (TIM-03)."""
    rows = [year_of(session, actor, where, year) for where in places(session, actor) for year in years]
    return [row for row in rows if row.lacks]


def towns_unsaid(session: Session, actor: Actor) -> list[str]:
    """Codes of the centres that do not say in which town they are: nobody can know its days."""
    return [row.code for row in administered(session, actor) if not row.municipality]


def add_days(session: Session, actor: Actor, where: str, year: int, values: Mapping[str, Any], now: datetime) -> Run:
    """Enter days, one a line; raises Refused, Invalid, NotFound. Returns which open clocks moved.

    Fields: kind (`off`: not working; `works`: a day of the package that is worked after all), days (dd/mm/aaaa and a
    name, a line each), source (the official journal).
    """
    require_place(session, actor, where, year)
    read = Given(values)
    kind, source = read.one_of("kind", KINDS), read.text("source", required=True)
    days = read_lines(read, year, kind)
    known = _entered(session, where, year)
    package = {} if "/" in where else official_days(where, year)
    for on in days:
        if on in known or (kind == "off" and on in package):
            read.wrong("days", "calendar.already_off", on=on)
        elif kind == "works" and on not in package:
            read.wrong("days", "calendar.not_off", on=on)
    read.settle()
    named = {on: name or package[on] for on, name in days.items()}
    return enter(session, actor, where, named, source, now, works=kind == "works")


def enter(
    session: Session,
    actor: Actor,
    where: str,
    days: Mapping[date, str],
    source: str,
    now: datetime,
    works: bool = False,
) -> Run:
    """Write days of a place down; whoever calls has asked who may. Returns which open clocks moved."""
    for on, name in days.items():
        row = CalendarDay(place=where, on=on, name=name, works=works, source=source, at=now)
        row.by_id = actor.account_id
        session.add(row)
    kind = "works" if works else "off"
    changes = {on.isoformat(): ("", f"{kind}: {name} ({source})") for on, name in days.items()}
    return _changed(session, actor, "add_calendar_days", where, (min(days), max(days)), changes, now)


def remove_day(session: Session, actor: Actor, day_id: str, now: datetime) -> Run:
    """Take back a day that was entered; raises Refused, NotFound. Returns which open clocks moved."""
    row = day_named(session, actor, day_id)
    where, on = row.place, row.on
    changes = {on.isoformat(): (f"{'works' if row.works else 'off'}: {row.name} ({row.source})", "")}
    session.delete(row)
    return _changed(session, actor, "remove_calendar_day", where, (on, on), changes, now)


def day_named(session: Session, actor: Actor, day_id: str) -> CalendarDay:
    """A day that was entered for a place of this administrator; raises Refused, NotFound."""
    require_administrator(actor)
    row = session.get(CalendarDay, day_id)
    if row is None or row.place not in places(session, actor):
        raise NotFound
    return row


def confirm_year(
    session: Session, actor: Actor, where: str, year: int, values: Mapping[str, Any], now: datetime
) -> Run:
    """State that a year was compared with the official journal (field: source); raises Refused, Invalid, NotFound."""
    require_place(session, actor, where, year)
    read = Given(values)
    source = read.text("source", required=True)
    read.settle()
    row = _told(session, where, year)
    before = row.source if row else ""
    if row is None:
        row = CalendarYear(place=where, year=year)
        session.add(row)
    row.source, row.by_id, row.at = source, actor.account_id, now
    changes = {"source": (before, source)}
    return _changed(session, actor, "confirm_calendar", where, (date(year, 1, 1), date(year, 12, 31)), changes, now)


def withdraw_year(session: Session, actor: Actor, where: str, year: int, now: datetime) -> Run:
    """Take such a statement back; raises Refused, NotFound."""
    require_place(session, actor, where, year)
    row = _told(session, where, year)
    if row is None:
        raise NotFound
    changes = {"source": (row.source, "")}
    session.delete(row)
    return _changed(session, actor, "withdraw_calendar", where, (date(year, 1, 1), date(year, 12, 31)), changes, now)


def _told(session: Session, where: str, year: int) -> CalendarYear | None:
    return session.scalar(select(CalendarYear).where(CalendarYear.place == where, CalendarYear.year == year))


def _changed(
    session: Session,
    actor: Actor,
    action: str,
    where: str,
    span: tuple[date, date],
    changes: Mapping[str, tuple[str, str]],
    now: datetime,
) -> Run:
    """Move the open clocks, then put it on record: cases are held before the chain, as everywhere."""
    found = follow(session, [where.partition("/")[0]], *span, now)
    kept = of_centre(session, actor, changes)
    audit.append(session, actor, action, now, place=where, year=str(span[0].year), moved=str(len(found.moved)), **kept)
    return found
