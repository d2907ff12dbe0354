"""Where the time goes: how long steps, waits on each owner and the stages of a case's way took, and how they spread.

What is counted: the waits that ended in the period, added up for each case; and the stages that ended in it. A wait
that still runs is never among them: it stands apart (`*_now`, `running`), for its length is not known yet. Waits on
people are counted up to the first dose alone: what comes after it is treatment, and nobody's delay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.services import duration_rows
from compassionate.services.actors import Actor
from compassionate.services.duration_rows import READ_BY, Filters, Of, WaitRow
from compassionate.services.patients import normalised
from compassionate.statistics.spread import FEW, Spread, spread
from compassionate.statistics.stages import DAY, STAGES, TO_TREATMENT, passed, running

__all__ = ["FEW", "GROUPS", "KINDS", "READ_BY", "Durations", "Filters", "Key", "Spread", "Stage", "durations"]
STEP, OWNER, STAGE = KINDS = ("step", "owner", "stage")
MONTH, PRODUCT, SERVICE = GROUPS = ("month", "product", "service")
Key = tuple[str, str]


class Measured(NamedTuple):
    """Days of one case at one thing (`kind` and `name`: a state, role ids, a stage) that ended in one month."""

    kind: str
    name: str
    of: Of
    month: date
    days: float

    def group(self, by: str) -> str:
        """The month (2026-03), product id or service (whatever its spelling) that it belongs to."""
        if by == MONTH:
            return f"{self.month:%Y-%m}"
        return self.of.product_id if by == PRODUCT else same_service(self.of.service)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the way: those that are over, those that run now, and how many dates were left out.

    `set_aside`: it ended in the period, but its beginning is missing or is said to come after its end.
    """

    over: Spread | None
    running: Spread | None
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class Durations:
    """Figures of a period. Steps by state id; owners by role ids with commas (`agency`, `pharmacist,physician`).

    `owner_days`: all days waited on each owner. `set_aside`: waits that are said to end before they began;
    `cases_set_aside`: codes of the cases of which something that ended in the period is not counted, such a wait or a
    stage whose dates are missing or contradict each other.
    """

    filters: Filters
    steps: Mapping[str, Spread]
    owners: Mapping[str, Spread]
    stages: Mapping[str, Stage]
    steps_now: Mapping[str, Spread]
    owners_now: Mapping[str, Spread]
    owner_days: Mapping[str, float]
    set_aside: int = 0
    cases_set_aside: tuple[str, ...] = ()
    measured: tuple[Measured, ...] = field(default=(), repr=False)

    def by(self, group: str, kind: str = "", name: str = "") -> dict[str, dict[Key, Spread]]:
        """The same figures for each month, product or service (one of GROUPS), of one kind and name or of all."""
        grouped, spelt = defaultdict[str, list[Measured]](list), dict[str, str]()
        for each in self.measured:
            if kind in ("", each.kind) and name in ("", each.name):
                value = each.group(group)
                grouped[value].append(each)
                if group == SERVICE:
                    spelt[value] = max(spelt.get(value, each.of.service), each.of.service)  # rather not in capitals
        return {spelt.get(value, value): _spreads(found) for value, found in sorted(grouped.items())}


def durations(session: Session, actor: Actor, filters: Filters, now: datetime | None = None) -> Durations:
    """The figures of a period for what a person may count, in four statements; see Filters for what narrows them."""
    at = now or clock.now()
    service = _is_of(filters.service)
    measured, wrong = _over([row for row in duration_rows.past(session, actor, filters) if service(row.of)])
    stages = [each for each in duration_rows.ways(session, actor, filters) if service(each[0])]
    ended = [(of, each) for of, way in stages for each in passed(way) if _is_within(each.ended_on, filters)]
    measured += [
        Measured(STAGE, each.stage, of, each.ended_on.replace(day=1), each.days)
        for of, each in ended
        if each.days is not None
    ]
    present = [row for row in duration_rows.present(session, actor, filters, at) if service(row.of)]
    now_running, _ = _over(present)
    found, found_now = _spreads(measured), _spreads(now_running)
    return Durations(
        filters,
        _of_kind(STEP, found),
        _of_kind(OWNER, found),
        _stages(
            _of_kind(STAGE, found),
            [each for _, way in stages for each in running(way, at)],
            Counter(each.stage for _, each in ended if each.days is None),
        ),
        _of_kind(STEP, found_now),
        _of_kind(OWNER, found_now),
        _owner_days(measured),
        len(wrong),
        tuple(sorted({*wrong, *(of.code for of, each in ended if each.days is None)})),
        tuple(measured),
    )


@lru_cache(maxsize=4096)
def same_service(service: str) -> str:
    """What two spellings of a service have in common."""
    return normalised(service)


def _is_of(service: str | None) -> Callable[[Of], bool]:
    if service is None:
        return lambda _: True
    wanted = same_service(service)
    return lambda of: same_service(of.service) == wanted


def _is_within(day: date, filters: Filters) -> bool:
    return filters.from_on <= day < filters.until_on


def _over(rows: Iterable[WaitRow]) -> tuple[list[Measured], list[str]]:
    """Waits as days of a step, and up to the first dose of an owner; and the cases with one that cannot be so."""
    found, wrong, months = list[Measured](), list[str](), Months()
    for row in rows:
        days = (row.until_at - row.from_at).total_seconds() / DAY
        if days < 0:
            wrong.append(row.of.code)
            continue
        month = months.of(row.until_at)
        found.append(Measured(STEP, row.state, row.of, month, days))
        if row.owner and row.state in TO_TREATMENT:
            found.append(Measured(OWNER, row.owner, row.of, month, days))
    return found, wrong


class Months:
    """The month of instants, as the agency counts days; those of one month in a row are told fast."""

    def __init__(self) -> None:
        self._known = dict[tuple[int, int, int, int], date]()

    def of(self, instant: datetime) -> date:
        """The first day of the month that an instant in UTC falls in."""
        hour = (instant.year, instant.month, instant.day, instant.hour)  # zones change at whole hours of UTC
        found = self._known.get(hour)
        if found is None:
            found = self._known[hour] = civil_date(instant, AGENCY_ZONE.key).replace(day=1)
        return found


def _spreads(measured: Iterable[Measured]) -> dict[Key, Spread]:
    """How the days lie, each case with the sum of its own."""
    sums = defaultdict[Key, dict[str, float]](lambda: defaultdict(float))
    for each in measured:
        sums[each.kind, each.name][each.of.case_id] += each.days
    spreads = {key: spread(of_cases.values()) for key, of_cases in sums.items()}
    return {key: each for key, each in spreads.items() if each is not None}


def _of_kind(kind: str, found: Mapping[Key, Spread]) -> dict[str, Spread]:
    return {name: each for (of, name), each in found.items() if of == kind}


def _stages(
    over: Mapping[str, Spread], so_far: Iterable[tuple[str, float]], wrong: Mapping[str, int]
) -> dict[str, Stage]:
    waiting = defaultdict[str, list[float]](list)
    for stage, days in so_far:
        waiting[stage].append(days)
    return {stage: Stage(over.get(stage), spread(waiting[stage]), wrong.get(stage, 0)) for stage in STAGES}


def _owner_days(measured: Iterable[Measured]) -> dict[str, float]:
    found = defaultdict[str, float](float)
    for each in measured:
        if each.kind == OWNER:
            found[each.name] += each.days
    return dict(found)
