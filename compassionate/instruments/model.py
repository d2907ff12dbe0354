"""What an outcome measure is: its parts and range, which end is worse, when it has a score, how big a change counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

TOLERANCE = 1e-9


class OutOfRange(ValueError):
    """A value that the instrument cannot take: not a number, or outside its range."""


@dataclass(frozen=True)
class Part:
    """One number that a person enters, from 0 to `maximum`; `link_id` is its question in the visit forms."""

    link_id: str
    maximum: int


@dataclass(frozen=True)
class Threshold:
    """A published change: in points of the score, as per cent of the first value, or either; with its source."""

    source: str
    points: float | None = None
    percent: float | None = None


@dataclass(frozen=True)
class Score:
    """A score, not rounded; `value` is None where too few parts were answered."""

    value: float | None
    answered: int
    asked: int
    band: str = ""


@dataclass(frozen=True)
class Instrument:
    """An outcome measure.

    `least_answered` parts must be there for a score, by the rule in `missing_rule`. A score is the sum
    of its parts, or with `is_percent` the per cent of the highest sum that the answered parts could
    give. `mics` are minimal important changes, the one we judge by first; `sdc` is the smallest change
    beyond measurement error. `bands` are (upper end, code), lowest first.
    """

    id: str
    parts: tuple[Part, ...]
    unit: Literal["mm", "points", "percent"]
    worse: Literal["high", "low"]
    least_answered: int
    missing_rule: str
    is_percent: bool = False
    mics: tuple[Threshold, ...] = ()
    sdc: Threshold | None = None
    bands: tuple[tuple[float, str], ...] = ()

    @property
    def minimum(self) -> float:
        """The lowest score."""
        return 0

    @property
    def maximum(self) -> float:
        """The highest score."""
        return 100 if self.is_percent else sum(part.maximum for part in self.parts)

    def score(self, values: Sequence[object]) -> Score:
        """The score of the parts in their order, None for a part not answered; OutOfRange for what cannot be."""
        if len(values) != len(self.parts):
            raise OutOfRange(f"{self.id} has {len(self.parts)} parts, not {len(values)}")
        given = [
            (part, _checked(value, part.maximum))
            for part, value in zip(self.parts, values, strict=True)
            if value is not None
        ]
        total, highest = sum(value for _, value in given), sum(part.maximum for part, _ in given)
        if len(given) < self.least_answered:
            return Score(None, len(given), len(self.parts))
        score = 100 * total / highest if self.is_percent else total
        return Score(score, len(given), len(self.parts), self.band(score))

    def score_answers(self, answers: Mapping[str, Any]) -> Score:
        """The score of the answers to a visit form, by linkId."""
        return self.score([answers.get(part.link_id) for part in self.parts])

    def band(self, score: float) -> str:
        """The code of the band that a score falls in; empty where the instrument has none."""
        return next((code for upper, code in self.bands if score <= upper + TOLERANCE), "")

    def checked(self, score: object) -> float:
        """The score itself, or OutOfRange."""
        return _checked(score, self.maximum)


def _checked(value: Any, maximum: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OutOfRange(f"{value!r} is no number")
    if not 0 <= value <= maximum:
        raise OutOfRange(f"{value} is not between 0 and {maximum}")
    return float(value)
