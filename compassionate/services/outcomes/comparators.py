"""What others published, as arms beside a cohort: design, n, months, figures as printed, source, and who entered it.

Nothing is tested against anybody's patients: other people, chosen otherwise, measured otherwise. Whatever speaks
against the treatment stands beside what speaks for it. Medians are kept from means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from compassionate.instruments import SCALES, scale
from compassionate.services.outcomes import entered
from compassionate.services.outcomes.measures import measure as measured
from compassionate.statistics.efficacy import of_means

ENTERED = "entered"
SIDES = entered.SIDES


@dataclass(frozen=True, slots=True)
class Arm:
    """One measure of one published arm in words; `measure` is the id of a score of ours, empty for what has none.

    `efficacy` is as printed, or by `eff_ratio` from means that were printed (`computed`); `pair`: those two means as
    distances from the best score, out of 100.
    """

    id: str
    series: str
    arm: str
    design: str
    kind: str
    side: str
    statistic: str
    source: str
    status: str
    n: int | None = None
    measure: str = ""
    unit: str = ""
    months: float | None = None
    baseline: float | None = None
    follow_up: float | None = None
    change: float | None = None
    efficacy: float | None = None
    computed: bool = False
    share_of_max: float | None = None
    percent: float | None = None
    count: int | None = None
    of_what: str = ""
    finding: str = ""
    note: str = ""
    entered_by: str = ""
    pair: tuple[float, float] | None = None


def arms(session: Session, programme: Any, language: str = "es") -> tuple[Arm, ...]:
    """The published arms of a programme: those that ship with it and those that were entered and confirmed."""
    if programme is None:
        return ()
    shipped = [_shipped(each, language) for each in programme.comparators]
    typed = [_typed(each) for each in entered.entered(session, programme.id) if each.counts]
    return tuple(sorted((*shipped, *typed), key=_place))


def _place(arm: Arm) -> tuple[Any, ...]:
    return (SIDES.index(arm.side), arm.series, arm.measure, arm.arm, arm.months or 0)


def _shipped(held: Any, language: str) -> Arm:
    """A comparator of the programme's data."""

    def said(phrase: Any) -> str:
        return phrase.said(language) if phrase is not None else ""

    measure = scale(held.measure.instrument, held.measure.score).key if held.measure else ""
    pair = distances(measure, held.statistic, held.baseline, held.follow_up, tuple(held.scale))
    computed = held.efficacy is None and pair is not None
    efficacy = of_means(*pair) if computed and pair else held.efficacy
    return Arm(
        held.id, held.series, said(held.arm), said(held.design), held.kind, held.side, held.statistic, held.source,
        held.status, held.n, measure, held.unit, held.months, held.baseline, held.follow_up, held.change, efficacy,
        computed, held.share_of_maximum, held.percent, held.count, said(held.of_what), said(held.finding),
        said(held.note), held.entered_by, pair,
    )  # fmt: skip


def _typed(held: entered.Held) -> Arm:
    """A row that a hospital entered and another person confirmed."""
    row = held.row
    pair = distances(row.instrument, row.statistic, row.baseline, row.follow_up, ())
    return Arm(
        row.id, row.series, row.arm, row.design, row.kind, row.side, row.statistic, f"{row.source}, {row.page}",
        ENTERED, row.n, row.instrument, "", row.months, row.baseline, row.follow_up, row.change,
        of_means(*pair) if pair else None, pair is not None, finding=row.finding,
        entered_by=f"{held.entered_by}; {held.confirmed_by} ({held.centre})", pair=pair,
    )  # fmt: skip


def distances(
    measure: str, statistic: str, before: float | None, after: float | None, printed: tuple[float, ...]
) -> tuple[float, float] | None:
    """Printed means as distances from the best score, out of 100; None for anything else than means of such a score.

    A scale that does not begin at nothing (a grade of 1 to 5) has no share that could be relieved.
    """
    ours = measured(SCALES[measure]) if measure in SCALES else None
    if ours is None or statistic != "mean" or before is None or after is None:
        return None
    low, high = printed or (ours.scale.minimum, ours.scale.maximum)
    if low != 0 or high <= low:
        return None
    as_printed = replace(ours.scale, minimum=low, maximum=high)
    return as_printed.distance(before), as_printed.distance(after)


def of_measure(found: Iterable[Arm], measure: str) -> list[Arm]:
    """The arms that report one measure."""
    return [each for each in found if each.measure == measure]


def nearest(found: Iterable[Arm], months: float) -> list[Arm]:
    """Of each arm and kind of figure the follow-up that is nearest to so many months, the later of two."""
    best: dict[tuple[str, str, str], Arm] = {}
    for each in found:
        key, away = (each.series, each.arm, each.statistic), abs((each.months or 0) - months)
        known = best.get(key)
        if known is None or away <= abs((known.months or 0) - months):
            best[key] = each
    return list(best.values())


def counter_first(found: Iterable[Arm]) -> list[Arm]:
    """What speaks against on top, then what speaks for, then other references."""
    order = ("counter", "favourable", "neutral")
    return sorted(found, key=lambda arm: (order.index(arm.side), arm.series, arm.arm, arm.months or 0))


def plottable(found: Iterable[Arm]) -> list[Arm]:
    """The arms that printed means: what may stand in a picture of means."""
    return [each for each in counter_first(found) if each.pair is not None]
