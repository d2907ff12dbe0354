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


@dataclass(frozen=True, slots=True)
class Passed:
    """A stage that ended on a day, and its days: None where its beginning is missing or comes after its end."""

    stage: str
    ended_on: date
    days: float | None


def passed(way: Way) -> Iterator[Passed]:
    """The stages of a case that have an end on record."""
    filed_on = _filed_on(way)
    if way.filed_at and filed_on:
        yield Passed(OPENED_FILED, filed_on, _elapsed(way.opened_at, way.filed_at))
    if way.decisions:
        decided_on = _decided_on(way, filed_on) or max(each.on for each in way.decisions)
        yield Passed(FILED_DECIDED, decided_on, _between(filed_on, decided_on))
    if way.dosed_on:
        yield Passed(DECIDED_DOSED, way.dosed_on, _between(_authorised_on(way, filed_on), way.dosed_on))
        yield Passed(OPENED_DOSED, way.dosed_on, _between(civil_date(way.opened_at, way.zone), way.dosed_on))


def running(way: Way, now: datetime) -> Iterator[tuple[str, float]]:
    """The stages that a case is in, each with its days so far: they are not over, and no median holds them."""
    if way.dosed_on is not None or way.state not in TO_TREATMENT:
        return
    today, filed_on = civil_date(now, way.zone), _filed_on(way)
    so_far = {OPENED_DOSED: _between(civil_date(way.opened_at, way.zone), today)}
    if way.state in BEFORE_FILING and filed_on is None:
        so_far[OPENED_FILED] = _elapsed(way.opened_at, now)
    if way.state in AT_THE_AGENCY and _decided_on(way, filed_on) is None:
        so_far[FILED_DECIDED] = _between(filed_on, today)
    if way.state == "authorised":
        so_far[DECIDED_DOSED] = _between(_authorised_on(way, filed_on), today)
    yield from ((stage, days) for stage, days in so_far.items() if days is not None)


def _filed_on(way: Way) -> date | None:
    return civil_date(way.filed_at, way.zone) if way.filed_at else None


def _decided_on(way: Way, filed_on: date | None) -> date | None:
    """The first decision on what was filed: an earlier one answered a filing before."""
    return min((each.on for each in way.decisions if filed_on and each.on >= filed_on), default=None)


def _authorised_on(way: Way, filed_on: date | None) -> date | None:
    """The first authorisation of what was filed; of whatever was, where no filing is on record."""
    since = filed_on or date.min
    return min((each.on for each in way.decisions if each.authorises and each.on >= since), default=None)


def _elapsed(begin: datetime, end: datetime) -> float | None:
    seconds = (end - begin).total_seconds()
    return seconds / DAY if seconds >= 0 else None


def _between(begin: date | None, end: date) -> float | None:
    return float((end - begin).days) if begin is not None and begin <= end else None
