"""The calendars that terms run by: the package's days, corrected and completed by what hospitals entered.

Ley 39/2015 art. 30.6-30.8. Local days are entered by a centre's administrator, once for each municipality and year.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.deadlines.calendars import (
    AGENCY_MUNICIPALITY,
    AGENCY_TERRITORY,
    Calendar,
    LocalDay,
    of_centre,
    place,
    with_agency,
)
from compassionate.deadlines.counting import Due
from compassionate.deadlines.rules import Rule
from compassionate.models import CalendarDay, CalendarYear, Centre


class Calendars:
    """What was entered, read once for as many terms as are to be counted: two queries."""

    def __init__(self, session: Session) -> None:
        days = session.scalars(select(CalendarDay))
        self.local = {(row.place, row.on): LocalDay(row.place, row.on, row.name, row.works) for row in days}
        years = session.execute(select(CalendarYear.place, CalendarYear.year))
        self.confirmed = frozenset((where, year) for where, year in years)

        self.counted: dict[tuple[Any, ...], Due] = {}  # what was counted by these: clocks that share all facts share it
        self._joined: dict[tuple[tuple[str, ...], tuple[str, ...]], Calendar] = {}

    def joined(self, territories: tuple[str, ...], municipalities: tuple[str, ...] = ()) -> Calendar:
        """The calendar of these places together: made once, with the days entered for them and no others."""
        names = (territories, municipalities)
        if names not in self._joined:
            wanted = {*territories, *municipalities}
            local = {key: day for key, day in self.local.items() if key[0] in wanted}
            self._joined[names] = Calendar(territories, municipalities, local, self.confirmed)
        return self._joined[names]

    def of(self, rule: Rule, centre: Centre) -> Calendar:
        """The calendar of a rule for a centre: its own, or its own and the agency's (art. 30.6)."""
        places = with_agency if rule.calendar == "agency" else of_centre
        return self.joined(*places(centre.territory, centre.municipality))

    def registry(self) -> Calendar:
        """The calendar of the registry's seat, which alone says when a filing counts as made (art. 31.3)."""
        return self.joined((AGENCY_TERRITORY,), (place(AGENCY_TERRITORY, AGENCY_MUNICIPALITY),))
