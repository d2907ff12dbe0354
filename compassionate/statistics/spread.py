"""How values lie: the middle, quarters, tenths and ends, by the definition that spreadsheets use.

A quantile is interpolated between the two values beside it (Hyndman and Fan 1996, type 7; PERCENTILE.INC, in Spanish
PERCENTIL.INC), so that whoever has the values can have the figures again in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, isfinite

FEW = 5  # below this a median says little: each value is told instead


@dataclass(frozen=True, slots=True)
class Spread:
    """How `n` durations lie, in days of 24 hours: minimum ≤ p10 ≤ p25 ≤ median ≤ p75 ≤ p90 ≤ maximum.

    `points` are the values themselves, in order, where they are few.
    """

    n: int
    median_days: float
    p25: float
    p75: float
    minimum: float
    maximum: float
    p10: float
    p90: float
    points: tuple[float, ...] = ()

    @property
    def is_few(self) -> bool:
        """Whether so few values stand behind it that the median says little."""
        return self.n < FEW


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which a share (0 to 1) of the ordered values lies."""
    place = (len(ordered) - 1) * share
    below = floor(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    # Rounding must not lead past the higher of the two.
    return min(low + (high - low) * (place - below), high)


def spread(days: Iterable[float]) -> Spread | None:
    """How durations lie; None where there is none. Raises ValueError for one that is negative or no number."""
    ordered = sorted(days)
    if not ordered:
        return None
    if not all(isfinite(each) for each in ordered) or ordered[0] < 0:
        raise ValueError("a duration is a number of days that is not negative")
    tenth, quarter, middle, three_quarters, nine_tenths = (
        quantile(ordered, share) for share in (0.1, 0.25, 0.5, 0.75, 0.9)
    )
    return Spread(
        len(ordered),
        middle,
        quarter,
        three_quarters,
        ordered[0],
        ordered[-1],
        tenth,
        nine_tenths,
        tuple(ordered) if len(ordered) < FEW else (),
    )
