"""The numbers of the committee's report, counted from plain rows: no database, no words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from compassionate.services.committee.periods import Period
from compassionate.services.committee.rows import CORRECTION, HEARING, Asked, Decided, Ended, Filing, Reaction, Seen
from compassionate.services.visit_window import window_of
from compassionate.statistics.spread import Spread, spread

GRANTED, REFUSED, UPHELD = "record_authorisation", "record_denial", "record_appeal_upheld"
LAPSED, WITHDRAWN, OTHERWISE = "record_deemed_withdrawn", "withdraw_request", "otherwise"
SETTLED = (GRANTED, REFUSED, LAPSED, WITHDRAWN, OTHERWISE)
DEATH, NOT_BEGUN, ENDED = "record_death", "abandon_before_treatment", "end_treatment"


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that was read."""

    filings: Sequence[Filing]
    decisions: Sequence[Decided]
    asked: Sequence[Asked]
    begun: Sequence[tuple[str, date]]
    ended: Sequence[Ended]
    visits: Sequence[Seen]
    reactions: Sequence[Reaction]
    window: int
    today: date


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one period. `settled` counts requests by how they ended in it, the first appeal apart.

    `clashing`: decisions that are said to be older than their filing; `unfiled`: decisions of no known filing.
    """

    filed: int
    kinds: Counter[str]
    urgent: int
    filed_by_product: Counter[str]
    settled: Counter[str]
    upheld: int
    pending: int
    granted_by_product: Counter[str]
    refused_by_product: Counter[str]
    grounds: Counter[str]
    agency_days: Spread | None
    clashing: int
    unfiled: int
    corrections: int
    corrections_answered: int
    hearings: int
    hearings_answered: int
    begun: int
    begun_by_product: Counter[str]
    ended: int
    not_begun: int
    endings: Counter[str]
    visits: Counter[str]
    responses: Counter[str]
    pain: dict[str, tuple[int, float]]
    reactions: Counter[str]
    reactions_open: int


def figures(read: Read, period: Period) -> Figures:
    """Count a period."""
    filed = [each for each in read.filings if period.holds(each.filed_on)]
    decided = [each for each in read.decisions if period.holds(each.on)]
    granted, refused = _of(decided, GRANTED), _of(decided, REFUSED)
    asked = [each for each in read.asked if period.holds(each.on)]
    begun = [product for product, on in read.begun if period.holds(on)]
    ended = [each for each in read.ended if period.holds(each.on)]
    done = [each for each in read.visits if period.holds(each.done_on) and each.status == "done"]
    reactions = [each for each in read.reactions if period.holds(each.on)]
    days = [each.days for each in (*granted, *refused) if each.days is not None]
    return Figures(
        filed=len(filed),
        kinds=Counter(each.kind for each in filed),
        urgent=sum(each.urgent for each in filed),
        filed_by_product=Counter(each.product_id for each in filed),
        settled=_settled(read, period, granted, refused),
        upheld=len(_of(decided, UPHELD)),
        pending=sum(_is_pending(each, period, read.today) for each in read.filings),
        granted_by_product=Counter(each.product_id for each in granted),
        refused_by_product=Counter(each.product_id for each in refused),
        grounds=Counter(ground for each in refused for ground in each.grounds),
        agency_days=spread(each for each in days if each >= 0),
        clashing=sum(each < 0 for each in days),
        unfiled=sum(each.days is None for each in (*granted, *refused)),
        corrections=_asked(asked, CORRECTION),
        corrections_answered=_asked(asked, CORRECTION, only_answered=True),
        hearings=_asked(asked, HEARING),
        hearings_answered=_asked(asked, HEARING, only_answered=True),
        begun=len(begun),
        begun_by_product=Counter(begun),
        ended=sum(each.how != NOT_BEGUN for each in ended),
        not_begun=sum(each.how == NOT_BEGUN for each in ended),
        endings=Counter("death" if each.how == DEATH else each.reason for each in ended if each.how != NOT_BEGUN),
        visits=_visits(read, period, done),
        responses=_responses(done),
        pain=_pain(done),
        reactions=Counter(each.ground for each in reactions),
        reactions_open=sum(not each.settled for each in reactions),
    )


def _of(decided: Iterable[Decided], how: str) -> list[Decided]:
    return [each for each in decided if each.how == how]


def _asked(asked: Iterable[Asked], clock: str, only_answered: bool = False) -> int:
    return sum(each.clock == clock and (each.answered or not only_answered) for each in asked)


def _settled(read: Read, period: Period, granted: Sequence[Decided], refused: Sequence[Decided]) -> Counter[str]:
    """Decisions count by their own rows; what ended without one, by the filing that it closed."""
    ways = Counter(
        each.how if each.how in (LAPSED, WITHDRAWN) else OTHERWISE
        for each in read.filings
        if period.holds(each.settled_on) and each.how not in (GRANTED, REFUSED)
    )
    return ways + Counter({GRANTED: len(granted), REFUSED: len(refused)})


def _is_pending(each: Filing, period: Period, today: date) -> bool:
    """Whether a request was before the agency when the period ended (for one that has not, now)."""
    end = min(period.until_on, today + timedelta(days=1))
    return each.filed_on < end and (each.settled_on is None or each.settled_on >= end)


def _visits(read: Read, period: Period, done: Sequence[Seen]) -> Counter[str]:
    """Done by their day; missed, waived and overdue by the day for which they were planned."""
    found = Counter[str](done=len(done), late=sum(_is_after(each.done_on, each, read.window) for each in done))
    for each in read.visits:
        if not period.holds(each.planned_on):
            continue
        if each.status in ("missed", "waived"):
            found[each.status] += 1
        elif each.status == "planned" and _is_after(read.today, each, read.window):
            found["overdue"] += 1
    return found


def _is_after(day: date | None, each: Seen, usual: int) -> bool:
    """Whether a day is after the window of a visit."""
    _, closes = window_of(each.planned_on, each.name, None, each.after_days, usual)
    return day is not None and closes is not None and day > closes


def _responses(done: Iterable[Seen]) -> Counter[str]:
    """The response that each visit tells, where its form asks for one."""
    return Counter(str(each.answers["response"]) for each in done if each.answers.get("response"))


def _pain(done: Sequence[Seen]) -> dict[str, tuple[int, float]]:
    """How many visits of each name tell the pain (VAS, 0 to 100), and the middle one."""
    found: dict[str, list[float]] = {}
    for each in done:
        value = each.answers.get("vas_pain")
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.setdefault(each.name, []).append(value)
    return {name: (len(values), median(values)) for name, values in found.items()}
