"""The measures that a cohort is told by: each score of each instrument, with its range, direction and thresholds."""

from __future__ import annotations

from dataclasses import dataclass

from compassionate.instruments import INSTRUMENTS, Instrument
from compassionate.statistics.cohorts import MIC, PERCENT, SDC, Limit, Scale


@dataclass(frozen=True, slots=True)
class Measure:
    """One score: its id (that of visits' scores), its unit and its scale."""

    id: str
    unit: str
    scale: Scale

    @property
    def better(self) -> str:
        """Which end is better."""
        return "lower" if self.scale.worse == "high" else "higher"


def measure(instrument: Instrument) -> Measure:
    """The measure of an instrument."""
    scale = Scale(instrument.minimum, instrument.maximum, instrument.worse, _limits(instrument))
    return Measure(instrument.id, instrument.unit, scale)


def _limits(instrument: Instrument) -> tuple[Limit, ...]:
    """The published changes that count: points, then per cent of the first value, then the error of measurement."""
    found = [Limit(MIC, each.points, each.source) for each in instrument.mics if each.points is not None]
    found += [Limit(PERCENT, each.percent, each.source) for each in instrument.mics if each.percent is not None]
    if instrument.sdc is not None and instrument.sdc.points is not None:
        found.append(Limit(SDC, instrument.sdc.points, instrument.sdc.source))
    return tuple(found)


def measures(present: frozenset[str]) -> tuple[Measure, ...]:
    """The measures of which there is any score, in the order of our own list."""
    return tuple(measure(each) for name, each in INSTRUMENTS.items() if name in present)
