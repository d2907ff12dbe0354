"""The way of a case in four stages: opened, filed, decided, first dose. What is over, what runs, what cannot be so.

A stage counts where its two dates are known and the second is not before the first. Days of filing are told with
hours, for both ends are instants; the agency's decision and a dose have a day alone, and so have the stages between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from compassionate.clock import civil_date
from compassionate.workflow.request_part import OPEN_STATES

OPENED_FILED, FILED_DECIDED, DECIDED_DOSED = "opened_filed", "filed_decided", "decided_dosed"
OPENED_DOSED = "opened_dosed"
STAGES = (OPENED_FILED, FILED_DECIDED, DECIDED_DOSED, OPENED_DOSED)
BEFORE_FILING = ("draft", "screening", "preparing", "awaiting_endorsement", "ready_to_submit")
AT_THE_AGENCY = ("submitted", "correction_requested", "refusal_notified")
TO_TREATMENT = ("draft", "screening", *OPEN_STATES, "authorised")  # every state in which a case waits for treatment
DAY = 86_400


class Decided(NamedTuple):
    """A decision on the first request: on which day, and whether it authorises."""

    on: date
    authorises: bool


@dataclass(frozen=True, slots=True)
class Way:
    """The dates of one case as people recorded them, and where it stands. None: not there.

    `filed_at` is the last filing of its first request: one that is prepared again is not filed. `dosed_on` is the day
    of the first dispensing or administration. `zone` is the centre's.
    """

    state: str
    opened_at: datetime
    filed_at: datetime | None
    dosed_on: date | None
    zone: str
    decisions: tuple[Decided, ...] = ()

    @property
    def opened_on(self) -> date:
        """The day of the opening, there."""
        return civil_date(self.opened_at, self.zone)

    @property
    def filed_on(self) -> date | None:
        """The day of the filing, there."""
        return civil_date(self.filed_at, self.zone) if self.filed_at else None

    @property
    def decided_on(self) -> date | None:
        """The first decision on what was filed: an earlier one answered a filing before."""
        return min((each.on for each in self.decisions if self.filed_on and each.on >= self.filed_on), default=None)

    @property
    def authorised_on(self) -> date | None:
        """The first authorisation on what was filed; on whatever was, where no filing is on record."""
        filed = self.filed_on or date.min
        return min((each.on for each in self.decisions if each.authorises and each.on >= filed), default=None)


@dataclass(frozen=True, slots=True)
class Passed:
    """A stage that ended on a day, and its days: None where its beginning is missing or comes after its end."""

    stage: str
    ended_on: date
    days: float | None


def passed(way: Way) -> Iterator[Passed]:
    """The stages of a case that have an end on record."""
    if way.filed_at and way.filed_on:
        yield Passed(OPENED_FILED, way.filed_on, _elapsed(way.opened_at, way.filed_at))
    if way.decisions:
        decided_on = way.decided_on or max(each.on for each in way.decisions)
        yield Passed(FILED_DECIDED, decided_on, _between(way.filed_on, decided_on))
    if way.dosed_on:
        yield Passed(DECIDED_DOSED, way.dosed_on, _between(way.authorised_on, way.dosed_on))
        yield Passed(OPENED_DOSED, way.dosed_on, _between(way.opened_on, way.dosed_on))


def running(way: Way, now: datetime) -> Iterator[tuple[str, float]]:
    """The stages that a case is in, each with its days so far: they are not over, and no median holds them."""
    today, so_far = civil_date(now, way.zone), dict[str, float | None]()
    if way.state in BEFORE_FILING and way.filed_at is None:
        so_far[OPENED_FILED] = _elapsed(way.opened_at, now)
    if way.state in AT_THE_AGENCY and way.decided_on is None:
        so_far[FILED_DECIDED] = _between(way.filed_on, today)
    if way.state == "authorised" and way.dosed_on is None:
        so_far[DECIDED_DOSED] = _between(way.authorised_on, today)
    if way.state in TO_TREATMENT and way.dosed_on is None:
        so_far[OPENED_DOSED] = _between(way.opened_on, today)
    return ((stage, days) for stage, days in so_far.items() if days is not None)


def _elapsed(begin: datetime, end: datetime) -> float | None:
    seconds = (end - begin).total_seconds()
    return seconds / DAY if seconds >= 0 else None


def _between(begin: date | None, end: date) -> float | None:
    return float((end - begin).days) if begin is not None and begin <= end else None
