"""Which days are not working days: weekends, national and regional days, and local ones that hospitals enter.

Ley 39/2015 art. 30.2, 30.6-30.8. National and regional days come from the package `holidays`, which was checked by its
authors against the official journals year by year; for a year beyond those, and for a municipality of which nobody
entered the days, the calendar says so (TIM-03).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

STATE, AGENCY_TERRITORY, AGENCY_MUNICIPALITY = "ES", "ES-MD", "Madrid"
CHECKED_YEARS = range(2008, 2027)  # "checked with official sources for 2008-2026 only" (holidays 0.109)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class OffDay:
    """A day that does not count, and why: `weekend` or a name with the territory or municipality that has it."""

    name: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day that somebody entered for a territory or a municipality: not working, or (`works`) working after all."""

    where: str
    on: date
    name: str
    works: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """Territories and municipalities joined: a day that is off in one of them is off (Ley 39/2015 art. 30.6).

    `confirmed` are (where, year) of which somebody states that the official calendar was published and looked at.
    """

    territories: tuple[str, ...]
    municipalities: tuple[str, ...] = ()
    local: Mapping[tuple[str, date], LocalDay] = field(default_factory=dict)
    confirmed: frozenset[tuple[str, int]] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """What was joined, for people."""
        return self.territories + self.municipalities

    def off(self, day: date) -> OffDay | None:
        """Why a day does not count; None where it does."""
        if day.weekday() >= SATURDAY:
            return OffDay("weekend")
        for where in self.names:
            entered = self.local.get((where, day))
            if entered and entered.works:
                continue
            if entered:
                return OffDay(entered.name, where)
            if name := official_days(where, day.year).get(day) if where in self.territories else None:
                return OffDay(name, where)
        return None

    def provisional(self, years: Iterable[int]) -> tuple[tuple[str, int], ...]:
        """Which (territory, year) of these is an estimate: not official yet, and nobody confirmed it."""
        doubtful = sorted(year for year in set(years) if year not in CHECKED_YEARS)
        return tuple(
            (where, year) for year in doubtful for where in self.territories if (where, year) not in self.confirmed
        )

    def unknown_local(self, years: Iterable[int]) -> tuple[tuple[str, int], ...]:
        """Which (municipality, year) has no local day entered and is not confirmed to have none."""
        entered = {(each.where, each.on.year) for each in self.local.values()} | self.confirmed
        return tuple(
            (where, year)
            for year in sorted(set(years))
            for where in self.municipalities
            if (where, year) not in entered
        )


@cache
def official_days(territory: str, year: int) -> Mapping[date, str]:
    """The national and regional days off of a territory (ISO 3166-2; `ES` for the national ones alone), with names."""
    import holidays  # a twelfth of a second, and only where a term is counted

    region = territory.partition("-")[2] or None
    return dict(holidays.country_holidays(STATE, subdiv=region, years=year, language="es"))


@cache
def known(territory: str) -> bool:
    """Whether a territory has a calendar: Spain, its seventeen communities, Ceuta and Melilla (ISO 3166-2)."""
    import holidays

    return territory == STATE or (
        territory.startswith("ES-")
        and territory[3:] in holidays.country_holidays(STATE).subdivisions
        and len(territory) == 5
    )


def of_centre(territory: str, municipality: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Territories and municipalities of a centre's own terms."""
    return (territory,), (place(territory, municipality),) if municipality else ()


def with_agency(territory: str, municipality: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Territories and municipalities of a term before the agency, whose seat is Madrid (art. 30.6)."""
    own, towns = of_centre(territory, municipality)
    seat = place(AGENCY_TERRITORY, AGENCY_MUNICIPALITY)
    return tuple(dict.fromkeys((*own, AGENCY_TERRITORY))), tuple(dict.fromkeys((*towns, seat)))


def place(territory: str, municipality: str) -> str:
    """How a municipality is named: within its territory, since names repeat."""
    return f"{territory}/{municipality}"


REGISTRY = Calendar((AGENCY_TERRITORY,), (place(AGENCY_TERRITORY, AGENCY_MUNICIPALITY),))
