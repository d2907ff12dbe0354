"""The measures that a cohort is told by: each score of each instrument, with its range, direction and thresholds."""

from __future__ import annotations

from dataclasses import dataclass

from compassionate import instruments
from compassionate.instruments import SCALES
from compassionate.statistics.cohorts import MIC, PERCENT, SDC, SUCCESS, Limit, Scale


@dataclass(frozen=True, slots=True)
class Measure:
    """One score: its key (that of visits' scores), its unit and its scale."""

    id: str
    unit: str
    scale: Scale

    @property
    def better(self) -> str:
        """Which end is better."""
        return "lower" if self.scale.worse == "high" else "higher"


def measure(held: instruments.Scale) -> Measure | None:
    """The measure of a score; None for one of which no end is worse."""
    if held.worse == "neither":
        return None
    return Measure(held.key, held.unit, Scale(held.minimum, held.maximum, held.worse, _limits(held)))


def _limits(held: instruments.Scale) -> tuple[Limit, ...]:
    """The published changes that count: points, then per cent of the first value, then the error of measurement."""
    found = [
        Limit(SUCCESS if each.kind == "success" else MIC, each.points, each.source)
        for each in held.responses
        if each.points is not None
    ]
    found += [Limit(PERCENT, each.percent, each.source) for each in held.responses if each.percent is not None]
    if held.sdc is not None and held.sdc.points is not None:
        found.append(Limit(SDC, held.sdc.points, held.sdc.source))
    return tuple(found)


def measures(present: frozenset[str]) -> tuple[Measure, ...]:
    """The measures of which there is any score, in the order in which visits show them."""
    found = (measure(each) for key, each in SCALES.items() if key in present)
    return tuple(each for each in found if each is not None)
