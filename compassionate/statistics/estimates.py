"""A figure with its 95 % interval, or in a code why there is none: never an exception, never "not a number".

Small cohorts are the rule here (clinical practice under individual permits): every figure carries its n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import NormalDist

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2
TOLERANCE = 1e-9
NONE, TOO_FEW, ALL_EQUAL, ZERO_BASELINE, UNSTABLE = "none", "too_few", "all_equal", "zero_baseline", "unstable"
NO_GAIN = "no_gain"
FEWEST = 2  # of one value nothing can be said about the others

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of `n` patients. `why`: the code of what is missing (the figure, or else its interval).

    `method`: how the interval was had (`t`, `wilson`, `bca`, `linear`, `ranks`).
    """

    n: int
    value: float | None = None
    interval: Bounds | None = None
    why: str = ""
    method: str = ""


def mean(values: Sequence[float]) -> float:
    """The mean of some values."""
    return fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Their standard deviation (n - 1)."""
    middle = mean(values)
    return sqrt(fsum((each - middle) ** 2 for each in values) / (len(values) - 1))


def are_equal(values: Sequence[float]) -> bool:
    """Whether they are all the same, but for rounding."""
    return max(values) - min(values) <= TOLERANCE * max(1.0, *(abs(each) for each in values))


def mean_estimate(values: Sequence[float]) -> Estimate:
    """The mean with its t interval; of paired changes, that of the mean change."""
    n = len(values)
    if n == 0:
        return Estimate(0, why=NONE)
    middle = mean(values)
    if n < FEWEST:
        return Estimate(n, middle, why=TOO_FEW)
    if are_equal(values):
        return Estimate(n, middle, why=ALL_EQUAL)
    room = t_quantile(1 - TAIL, n - 1) * deviation(values) / sqrt(n)
    return Estimate(n, middle, (middle - room, middle + room), method="t")


def t_quantile(share: float, freedom: int) -> float:
    """The quantile of Student's t."""
    from scipy.special import stdtrit  # 0.2 s: only where a figure is asked for

    return float(stdtrit(freedom, share))


def share_estimate(count: int, n: int) -> Estimate:
    """A share with Wilson's score interval (1927), which holds at 0 and at all of them too."""
    if n == 0:
        return Estimate(0, why=NONE)
    share, z = count / n, NormalDist().inv_cdf(1 - TAIL)
    whole = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / whole
    room = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / whole
    low, high = centre - room if count else 0.0, centre + room if count < n else 1.0
    return Estimate(n, share, (low, high), method="wilson")
