"""The table of a cohort: what patients measured before and after, at each visit, and how sure that is.

The patient is the unit (never a disc or a knee). Nothing is imputed: who has no value at a visit is missing there, and
is counted. Who was operated on for the same complaint before a visit is a failure at it, and what was measured later is
the surgeon's result. Which end of a scale is better comes from the instrument. No figure compares with others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median
from typing import Final, Literal

from compassionate.statistics.efficacy import FORMULAS, efficacy, shares_of_max
from compassionate.statistics.estimates import (
    NO_GAIN,
    NONE,
    TOLERANCE,
    Estimate,
    mean,
    mean_estimate,
    share_estimate,
)
from compassionate.statistics.ranks import SignedRanks, hodges_lehmann, signed_ranks

MIC: Final = "mic"
SUCCESS: Final = "success"
PERCENT: Final = "percent"
SDC: Final = "sdc"
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Limit:
    """A change that counts: `mic` or `success` in points, `percent` of the first value, `sdc` beyond its error."""

    kind: Literal["mic", "success", "percent", "sdc"]
    value: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A score: its range, which end is worse, and the changes in it that count."""

    minimum: float
    maximum: float
    worse: Literal["high", "low"] = "high"
    limits: tuple[Limit, ...] = ()

    def gain(self, before: float, after: float) -> float:
        """How much better, in points."""
        return before - after if self.worse == "high" else after - before

    def distance(self, score: float) -> float:
        """How far from the best score, 0 to 100."""
        away = score - self.minimum if self.worse == "high" else self.maximum - score
        return 100 * away / (self.maximum - self.minimum)

    def reaches(self, limit: Limit, before: float, after: float) -> bool:
        """Whether a patient got better by so much; by per cent of the first value, only where there was one."""
        gain = self.gain(before, after)
        if limit.kind == PERCENT:
            return before > TOLERANCE and 100 * gain >= limit.value * before - TOLERANCE
        return gain >= limit.value - TOLERANCE


@dataclass(frozen=True, slots=True)
class Course:
    """One patient's scores of one measure, by visit; the visits at which it should be there; those after surgery."""

    scores: Mapping[str, float]
    due: frozenset[str] = frozenset()
    operated: frozenset[str] = frozenset()

    def at(self, visit: str) -> float | None:
        """The score at a visit; none after surgery."""
        return None if visit in self.operated else self.scores.get(visit)


@dataclass(frozen=True, slots=True)
class Responders:
    """How many reached a limit, of those measured before and at the visit and those operated on (who did not)."""

    limit: Limit
    count: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class At:
    """The figures of one measure at one visit. `n` are measured there, `paired` of them before too.

    `missing`: it was due and there is no value, nor surgery that explains it; `not_due`: its day has not come.
    """

    visit: str
    n: int
    paired: int
    missing: int
    not_due: int
    operated: int
    mean: Estimate
    median: float | None = None
    change: Estimate = field(default=Estimate(0, why=NONE))
    hodges_lehmann: Estimate = field(default=Estimate(0, why=NONE))
    signed_ranks: SignedRanks = field(default=SignedRanks(0, why=NONE))
    responders: tuple[Responders, ...] = ()
    efficacy: tuple[tuple[str, Estimate], ...] = ()
    share_of_max: float | None = None
    share_why: str = ""


def table(courses: Sequence[Course], visits: Sequence[str], scale: Scale, baseline: str = BASELINE) -> tuple[At, ...]:
    """The figures of each visit, the first one (before the treatment) with its values alone."""
    shares, why = _shares(courses, visits, scale, baseline)
    return tuple(_at(courses, visit, scale, baseline, shares.get(visit), why) for visit in visits)


def _at(courses: Sequence[Course], visit: str, scale: Scale, baseline: str, share: float | None, why: str) -> At:
    values = [value for each in courses if (value := each.at(visit)) is not None]
    operated = sum(visit in each.operated for each in courses)
    missing = sum(visit in each.due and visit not in each.operated and visit not in each.scores for each in courses)
    not_due = len(courses) - len(values) - operated - missing
    told = (mean_estimate(values), median(values) if values else None)
    if visit == baseline:
        return At(visit, len(values), len(values), missing, not_due, operated, *told)
    pairs = tuple(sorted(_pairs(courses, visit, baseline)))
    changes = [after - before for before, after in pairs]
    return At(
        visit,
        len(values),
        len(pairs),
        missing,
        not_due,
        operated,
        *told,
        change=mean_estimate(changes),
        hodges_lehmann=hodges_lehmann(changes),
        signed_ranks=signed_ranks(changes),
        responders=tuple(_responders(pairs, operated, scale, each) for each in scale.limits),
        efficacy=_efficacies(pairs, scale),
        share_of_max=share,
        share_why="" if share is not None else why if pairs else NONE,
    )


def _pairs(courses: Sequence[Course], visit: str, baseline: str) -> list[tuple[float, float]]:
    found = ((each.at(baseline), each.at(visit)) for each in courses)
    return [(before, after) for before, after in found if before is not None and after is not None]


def _responders(pairs: Sequence[tuple[float, float]], operated: int, scale: Scale, limit: Limit) -> Responders:
    count = sum(scale.reaches(limit, before, after) for before, after in pairs)
    return Responders(limit, count, share_estimate(count, len(pairs) + operated))


@lru_cache(maxsize=256)
def _efficacies(pairs: tuple[tuple[float, float], ...], scale: Scale) -> tuple[tuple[str, Estimate], ...]:
    distances = [(scale.distance(before), scale.distance(after)) for before, after in pairs]
    return tuple((formula, efficacy(distances, formula)) for formula in FORMULAS)


def _shares(
    courses: Sequence[Course], visits: Sequence[str], scale: Scale, baseline: str
) -> tuple[dict[str, float | None], str]:
    """Of those measured at every visit that anybody was: with others at each visit the means would not compare."""
    seen = [visit for visit in visits if visit != baseline and _pairs(courses, visit, baseline)]
    whole = [
        [scale.distance(value) for visit in (baseline, *seen) if (value := each.at(visit)) is not None]
        for each in courses
    ]
    complete = [values for values in whole if len(values) == len(seen) + 1]
    if not complete or not seen:
        return {}, NONE
    first, *rest = (mean(column) for column in zip(*complete, strict=True))
    return shares_of_max(first, dict(zip(seen, rest, strict=True))), NO_GAIN
