"""Changes by their ranks: the Hodges-Lehmann shift with its interval, and Wilcoxon's signed ranks as a check.

The exact distribution needs changes that are all different in size and none of them zero; where they are not that is
said, and the normal approximation is named as such. Nothing here compares with anybody else's patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erfc, floor, sqrt
from statistics import NormalDist, median
from typing import Any

from compassionate.statistics.estimates import ALL_EQUAL, FEWEST, NONE, TAIL, TOLERANCE, TOO_FEW, Estimate, are_equal

EXACT_MOST = 100  # beyond it the distribution is normal to four places
DIRECT_MOST = 1000  # so many changes have half a million averages: beyond it they are counted, not listed
TIES, ZEROS, LARGE = "ties", "zeros", "large"
HALVINGS = 80


@dataclass(frozen=True, slots=True)
class SignedRanks:
    """Wilcoxon's check. `level`: how often ranks at least so uneven come about where nothing changes, two-sided.

    `floor`: the least that so many changes can give, were all of one sign. `inexact`: why the level is approximate
    (`ties`, `zeros`, `large`); empty where it is exact. `why`: why there is none.
    """

    n: int
    positive: float | None = None
    level: float | None = None
    floor: float | None = None
    inexact: str = ""
    why: str = ""


@lru_cache(maxsize=128)
def rank_sums(n: int) -> tuple[int, ...]:
    """In how many of the 2^n sign patterns the ranks 1..n that are positive add up to 0, 1, 2, …"""
    counts = [1]
    for rank in range(1, n + 1):
        longer = counts + [0] * rank
        for place, count in enumerate(counts):
            longer[place + rank] += count
        counts = longer
    return tuple(counts)


def signed_ranks(changes: Sequence[float]) -> SignedRanks:
    """Wilcoxon's check of paired changes; changes of zero are left out, as he did, and that is said."""
    moved = [each for each in changes if abs(each) > TOLERANCE]
    if not changes:
        return SignedRanks(0, why=NONE)
    if not moved:
        return SignedRanks(len(changes), why=ALL_EQUAL)
    ranks, ties = _midranks([abs(each) for each in moved])
    positive = sum(rank for rank, each in zip(ranks, moved, strict=True) if each > 0)
    n, least = len(moved), 2.0 ** (1 - len(moved))
    inexact = ZEROS if n < len(changes) else TIES if ties else LARGE if n > EXACT_MOST else ""
    level = _approximate(positive, n, ties) if inexact else _exact(round(positive), n)
    return SignedRanks(n, positive, level, least, inexact)


def _exact(positive: int, n: int) -> float:
    sums, whole = rank_sums(n), n * (n + 1) // 2
    tail = float(sum(sums[: min(positive, whole - positive) + 1]))
    return min(1.0, tail / 2.0 ** (n - 1))


def _approximate(positive: float, n: int, ties: Sequence[int]) -> float:
    spread = n * (n + 1) * (2 * n + 1) / 24 - sum(each**3 - each for each in ties) / 48
    return erfc(abs(positive - n * (n + 1) / 4) / sqrt(2 * spread)) if spread > 0 else 1.0


def _midranks(sizes: Sequence[float]) -> tuple[list[float], list[int]]:
    """The ranks of sizes, equal ones sharing the middle of theirs; and how many share each."""
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    ranks, ties, start = [0.0] * len(sizes), list[int](), 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and sizes[order[end + 1]] - sizes[order[start]] <= TOLERANCE:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2 + 1
        if end > start:
            ties.append(end - start + 1)
        start = end + 1
    return ranks, ties


def hodges_lehmann(changes: Sequence[float]) -> Estimate:
    """The median of all averages of two changes (each with itself too), with the interval that inverts Wilcoxon.

    Below six changes no rank interval reaches 95 %, and none is given.
    """
    n = len(changes)
    if n == 0:
        return Estimate(0, why=NONE)
    averages = Averages(changes)
    middle = averages.median()
    if n < FEWEST:
        return Estimate(n, middle, why=TOO_FEW)
    if are_equal(changes):
        return Estimate(n, middle, why=ALL_EQUAL)
    cut = _cut(n)
    if cut == 0:
        return Estimate(n, middle, why=TOO_FEW)
    return Estimate(n, middle, (averages.at(cut), averages.at(averages.count + 1 - cut)), method="ranks")


def _cut(n: int) -> int:
    """From which average on an interval of 95 % begins (Hollander and Wolfe, 3.3); 0 where none is so wide."""
    whole = n * (n + 1) // 2
    if n > EXACT_MOST:
        return max(0, floor(whole / 2 - NormalDist().inv_cdf(1 - TAIL) * sqrt(n * (n + 1) * (2 * n + 1) / 24)))
    below, limit = 0, TAIL * 2**n
    for place, count in enumerate(rank_sums(n)):
        below += count
        if below > limit:
            return place
    return 0


class Averages:
    """The averages of each two of some changes, in order: listed where they are few, else found by halving."""

    def __init__(self, changes: Sequence[float]) -> None:
        import numpy

        self._changes = numpy.sort(numpy.asarray(changes, dtype=float))
        self.count = len(changes) * (len(changes) + 1) // 2
        self._listed: Any = None
        if len(changes) <= DIRECT_MOST:
            first, second = numpy.triu_indices(len(changes))
            self._listed = numpy.sort((self._changes[first] + self._changes[second]) / 2)

    def at(self, place: int) -> float:
        """The average at a place, from 1."""
        if self._listed is not None:
            return float(self._listed[place - 1])
        low, high = float(self._changes[0]), float(self._changes[-1])
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._up_to(middle) >= place else (middle, high)
        return high

    def median(self) -> float:
        """Their median."""
        if self._listed is not None:
            return float(median(self._listed.tolist()))
        half = self.count // 2
        return self.at(half + 1) if self.count % 2 else (self.at(half) + self.at(half + 1)) / 2

    def _up_to(self, value: float) -> int:
        """How many averages are at most so big."""
        import numpy

        reach = numpy.searchsorted(self._changes, 2 * value - self._changes, side="right")
        return int(numpy.maximum(reach - numpy.arange(len(self._changes)), 0).sum())
