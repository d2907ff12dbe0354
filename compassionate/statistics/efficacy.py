"""How much of what could be relieved was: three formulas that differ, so that each figure carries its name.

P is the distance from the best score, so that the best is 0 whichever way an instrument runs; relief R = P0 - Pt; the
perfect treatment is the line R = P0 ("initial pain score versus pain relief plot"). R contains P0: relief goes with the
first score even where nothing works, so that no correlation of the two is ever computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import fsum
from statistics import NormalDist
from typing import Any

from compassionate.statistics.estimates import (
    ALL_EQUAL,
    FEWEST,
    NONE,
    TAIL,
    TOLERANCE,
    TOO_FEW,
    UNSTABLE,
    ZERO_BASELINE,
    Bounds,
    Estimate,
    are_equal,
    mean,
    t_quantile,
)

RATIO, MEAN, SLOPE = FORMULAS = ("eff_ratio", "eff_mean", "eff_slope")
SEED, RESAMPLES = 2011, 9999
BOOTSTRAP_MOST = 400  # beyond it the linear interval is the same to a tenth of a point, and takes no minute
Pair = tuple[float, float]


def efficacy(pairs: Sequence[Pair], formula: str = RATIO) -> Estimate:
    """One of the formulas over pairs (P0, Pt), in per cent, with its BCa interval: always the same resamples."""
    n = len(pairs)
    if n == 0:
        return Estimate(0, why=NONE)
    if why := _undefined(pairs, formula):
        return Estimate(n, why=why)
    ordered = sorted(pairs)  # the same patients in another order give the same interval
    value = of_pairs(ordered, formula)
    if n < FEWEST:
        return Estimate(n, value, why=TOO_FEW)
    if are_equal([_own(pair) for pair in ordered if pair[0]]) and all(pair[0] for pair in ordered):
        return Estimate(n, value, why=ALL_EQUAL)
    if n > BOOTSTRAP_MOST:
        return Estimate(n, value, _linear(ordered, formula, value), method="linear")
    bounds = _bca(ordered, formula, value)
    return Estimate(n, value, bounds, method="bca") if bounds else Estimate(n, value, why=UNSTABLE)


def _undefined(pairs: Sequence[Pair], formula: str) -> str:
    """A first score of nothing to relieve has no share of it; and where all are so, nothing has."""
    zeros = sum(first <= TOLERANCE for first, _ in pairs)
    return ZERO_BASELINE if zeros == len(pairs) or (zeros and formula == MEAN) else ""


def _own(pair: Pair) -> float:
    return 100 * (pair[0] - pair[1]) / pair[0]


def of_pairs(pairs: Sequence[Pair], formula: str) -> float:
    """The formula itself, in per cent."""
    if formula == MEAN:
        return mean([_own(pair) for pair in pairs])
    if formula == SLOPE:
        return 100 * fsum(first * (first - then) for first, then in pairs) / fsum(first**2 for first, _ in pairs)
    return 100 * fsum(first - then for first, then in pairs) / fsum(first for first, _ in pairs)


def of_means(first: float, then: float) -> float | None:
    """`eff_ratio` from the means of a group, as published tables give them."""
    return 100 * (first - then) / first if first > TOLERANCE else None


def shares_of_max(firsts: float, means: Mapping[str, float]) -> dict[str, float | None]:
    """100 * (mean P0 - mean Pt) / (mean P0 - least mean Pt) for each visit; None where no visit shows relief."""
    most = max((firsts - each for each in means.values()), default=0.0)
    return {name: 100 * (firsts - each) / most if most > TOLERANCE else None for name, each in means.items()}


_Columns = Callable[[Any, Any], Any]


def _statistics() -> dict[str, _Columns]:
    return {
        RATIO: lambda first, then: 100 * (first - then).sum(axis=-1) / first.sum(axis=-1),
        MEAN: lambda first, then: (100 * (first - then) / first).mean(axis=-1),
        SLOPE: lambda first, then: 100 * (first * (first - then)).sum(axis=-1) / (first**2).sum(axis=-1),
    }


def _bca(pairs: Sequence[Pair], formula: str, value: float) -> Bounds | None:
    """Efron's bias-corrected and accelerated interval (1987), patients drawn with both their scores.

    None where a resample has no value (nobody in it has anything to relieve) or all have the same.
    """
    import numpy

    first, then = numpy.array(pairs, dtype=float).T
    statistic, n = _statistics()[formula], len(pairs)
    drawn = numpy.random.default_rng(SEED).integers(0, n, (RESAMPLES, n))
    with numpy.errstate(divide="ignore", invalid="ignore"):
        spread = statistic(first[drawn], then[drawn])
        left_out = _each_left_out(first, then, statistic)
    if not (numpy.isfinite(spread).all() and numpy.isfinite(left_out).all()) or spread.std() < TOLERANCE:
        return None
    low, high = _places(spread, left_out, value)
    return float(numpy.quantile(spread, low)), float(numpy.quantile(spread, high))


def _each_left_out(first: Any, then: Any, statistic: _Columns) -> Any:
    import numpy

    n = len(first)
    others = numpy.array([[place for place in range(n) if place != out] for out in range(n)])
    return statistic(first[others], then[others])


def _places(spread: Any, left_out: Any, value: float) -> Bounds:
    """Which shares of the resamples bound the interval: moved by their bias and by how uneven patients weigh."""
    normal = NormalDist()
    below = (float((spread < value - TOLERANCE).mean()) + float((spread <= value + TOLERANCE).mean())) / 2
    edge = 1 / (2 * len(spread))
    bias = normal.inv_cdf(min(max(below, edge), 1 - edge))
    away = left_out.mean() - left_out
    weight = float((away**2).sum()) ** 1.5
    acceleration = float((away**3).sum()) / (6 * weight) if weight > TOLERANCE else 0.0

    def place(share: float) -> float:
        moved = bias + normal.inv_cdf(share)
        return normal.cdf(bias + moved / (1 - acceleration * moved))

    return place(TAIL), place(1 - TAIL)


def _linear(pairs: Sequence[Pair], formula: str, value: float) -> Bounds:
    """The interval of many patients by linearisation: how far each one moves the figure, and their spread."""
    import numpy

    first, then = numpy.array(pairs, dtype=float).T
    relief, share = first - then, value / 100
    moves = {
        RATIO: lambda: (relief - share * first) / first.mean(),
        MEAN: lambda: relief / first - share,
        SLOPE: lambda: first * (relief - share * first) / (first**2).mean(),
    }[formula]()
    n = len(pairs)
    room = 100 * t_quantile(1 - TAIL, n - 1) * float(moves.std(ddof=1)) / n**0.5
    return value - room, value + room
