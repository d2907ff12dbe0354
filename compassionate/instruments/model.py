"""What an outcome measure is: its items, its scores, when there is a score, how big a change counts, what may be shown.

An `Instrument` has items that a patient answers and one or several `Scale`s that are computed from them. A scale says
its range, which end is worse, how many items it needs and which changes are published for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

TOLERANCE = 1e-9
TOTAL = "total"

Unit = Literal["mm", "points", "percent", "index", "t", "grade"]
Worse = Literal["high", "low", "neither"]
Missing = Literal["all", "at_least", "counts_as_none", "every_scale"]
Status = Literal["confirmed", "unverified"]
Kind = Literal["mic", "sdc", "success", "recovered"]
Answered = Mapping[str, float]
Rule = Callable[[Answered], float | None]


class OutOfRange(ValueError):
    """A value that the instrument cannot take: not a number, or outside its range."""


@dataclass(frozen=True)
class Item:
    """One question: the numbers that it takes, or the words with the points of each.

    `step` 0 takes any number of the range. An optional item is asked beside the others and may be left out of a list.
    """

    name: str
    minimum: float
    maximum: float
    step: float = 1
    words: Mapping[str, float] = field(default_factory=dict)
    is_optional: bool = False

    def checked(self, value: Any) -> float:
        """The number of an answer; OutOfRange for what the item does not take."""
        if isinstance(value, str) and value in self.words:
            return self.words[value]
        if isinstance(value, bool) and (self.minimum, self.maximum) == (0, 1):
            return float(value)
        number = _checked(value, self.minimum, self.maximum)
        if self.words and number not in self.words.values():
            raise OutOfRange(f"{number:g} is no answer to {self.name}")
        if self.step and number % self.step:
            raise OutOfRange(f"{number:g} is not in steps of {self.step:g}")
        return number


@dataclass(frozen=True)
class Threshold:
    """A published change (or, with `recovered`, a score): in points, as per cent of the first value, or either.

    What nobody has seen in its source is `unverified`: it is listed, and never judged by.
    """

    source: str
    points: float | None = None
    percent: float | None = None
    kind: Kind = "mic"
    status: Status = "confirmed"
    note: str = ""


@dataclass(frozen=True)
class Band:
    """A named range of scores up to `upper`, which belongs to it unless `is_below`."""

    code: str
    upper: float
    is_below: bool = False

    def holds(self, score: float) -> bool:
        """Whether a score lies at or under the upper end of the band."""
        return score < self.upper - TOLERANCE if self.is_below else score <= self.upper + TOLERANCE


@dataclass(frozen=True)
class Score:
    """A score, not rounded; `value` is None where too few items were answered."""

    value: float | None
    answered: int
    asked: int
    band: str = ""


@dataclass(frozen=True)
class Part:
    """One thing that a person enters in a visit form: an item, or a ready score. `words` are the codes of a choice."""

    link_id: str
    minimum: float
    maximum: float
    step: float
    item: str = ""
    scale: str = ""
    words: tuple[str, ...] = ()
    is_optional: bool = False


@dataclass(frozen=True)
class Scale:
    """One score of an instrument. `key` names it in visits: the instrument's id, or `womac_pain`.

    `entered_as` is the name under which somebody may enter the ready score; empty where only items count.
    `is_steady` is False where an answer towards the worse end can better the score (regression weights).
    """

    name: str
    key: str
    items: tuple[str, ...]
    minimum: float
    maximum: float
    rule: Rule
    least: int
    unit: Unit = "points"
    worse: Worse = "high"
    missing: Missing = "all"
    entered_as: str = ""
    step: float = 0
    thresholds: tuple[Threshold, ...] = ()
    bands: tuple[Band, ...] = ()
    is_steady: bool = True

    @property
    def mics(self) -> tuple[Threshold, ...]:
        """The minimal important changes that we judge by, the first one first."""
        return self._usable("mic")

    @property
    def sdc(self) -> Threshold | None:
        """The smallest change beyond the measurement error of one patient's score."""
        return next(iter(self._usable("sdc")), None)

    @property
    def responses(self) -> tuple[Threshold, ...]:
        """Every change by which a responder is counted: important ones, and those that a trial called a success."""
        return self.mics + self._usable("success")

    @property
    def recovered(self) -> Threshold | None:
        """The score from which a patient counts as recovered."""
        return next(iter(self._usable("recovered")), None)

    def _usable(self, kind: Kind) -> tuple[Threshold, ...]:
        return tuple(each for each in self.thresholds if each.kind == kind and each.status == "confirmed")

    def band(self, score: float) -> str:
        """The code of the band that a score falls in; empty where the scale has none."""
        return next((band.code for band in self.bands if band.holds(score)), "")

    def checked(self, score: object) -> float:
        """The score itself, or OutOfRange; a sum of fractions may miss the end of its range by a rounding."""
        return _checked(score, self.minimum - TOLERANCE, self.maximum + TOLERANCE)

    def score(self, items: Answered, entered: Answered) -> Score:
        """The score of the items, or the one that was entered ready where none of the items was answered."""
        given = {name: items[name] for name in self.items if name in items}
        if not given and self.entered_as and self.entered_as in entered:
            value: float | None = entered[self.entered_as]
            return Score(value, 1, 1, self.band(entered[self.entered_as]))
        value = self.rule(given) if len(given) >= self.least else None
        return Score(value, len(given), len(self.items), "" if value is None else self.band(value))


@dataclass(frozen=True)
class Answers:
    """Answers read: points by item, and ready scores by the name that they are entered under."""

    items: Answered
    entered: Answered = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many things were answered."""
        return len(self.items) + len(self.entered)


@dataclass(frozen=True)
class Instrument:
    """An outcome measure with its scales.

    `version` is stored beside every score (which wording, which scale): scores of two versions are never mixed.
    `ships` says what may be shown: wording of our own, or scores only. `is_entered_ready`: visits ask for the ready
    scores, since nobody may print the items. `unanswerable` names the items that a single implanted dose leaves open.
    """

    id: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    source: str
    version: str = ""
    ships: Literal["wording", "scores"] = "scores"
    versions: tuple[str, ...] = ()
    is_entered_ready: bool = False
    groups: tuple[str, ...] = ()
    unanswerable: frozenset[str] = frozenset()
    item_prefix: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, Item]:
        """Items by their names."""
        return {item.name: item for item in self.items}

    @cached_property
    def enterable(self) -> Mapping[str, Scale]:
        """Scales whose ready score may be entered, by the name that it is entered under."""
        return {scale.entered_as: scale for scale in self.scales if scale.entered_as}

    def scale(self, name: str = TOTAL) -> Scale:
        """A scale by its name, the only one by none; KeyError if there is none."""
        return {scale.name: scale for scale in self.scales}[name or TOTAL]

    def link_id(self, item: str) -> str:
        """The linkId of an item in visit forms."""
        return f"{self.item_prefix or self.id.replace('-', '_')}_{item}"

    def entered_link_id(self, scale: Scale) -> str:
        """The linkId of a ready score in visit forms."""
        return f"{self.id.replace('-', '_')}_{scale.entered_as}"

    def item_parts(self) -> tuple[Part, ...]:
        """The items as parts of a form, in their order."""
        return tuple(
            Part(
                self.link_id(item.name), item.minimum, item.maximum, item.step,
                item=item.name, words=tuple(item.words), is_optional=item.is_optional,
            )
            for item in self.items
        )  # fmt: skip

    def score_parts(self) -> tuple[Part, ...]:
        """The ready scores as parts of a form."""
        return tuple(
            Part(self.entered_link_id(scale), scale.minimum, scale.maximum, scale.step, scale=scale.name)
            for scale in self.scales
            if scale.entered_as
        )

    def entry_parts(self) -> tuple[Part, ...]:
        """What a visit form asks for this instrument: its items, or ready scores where only scores may be entered."""
        return self.score_parts() if self.is_entered_ready else self.item_parts()

    def read(self, answers: Mapping[str, Any]) -> Answers:
        """The answers of a visit by linkId, read; OutOfRange for what cannot be. None is not answered."""
        items = {
            item.name: item.checked(answers[link])
            for item in self.items
            if answers.get(link := self.link_id(item.name)) is not None
        }
        entered = {
            scale.entered_as: scale.checked(answers[link])
            for scale in self.enterable.values()
            if answers.get(link := self.entered_link_id(scale)) is not None
        }
        return Answers(items, entered)

    def scores(self, answers: Answers) -> dict[str, Score]:
        """Every score by its scale's name. A scale made of others uses those that were entered ready."""
        found: dict[str, Score] = {}
        for scale in self.scales:
            ready = {name: each.value for name, each in found.items() if each.value is not None}
            found[scale.name] = scale.score({**ready, **answers.items}, answers.entered)
        return found

    def score_answers(self, answers: Mapping[str, Any]) -> dict[str, Score]:
        """Every score of the answers to a visit form, by the scale's name."""
        return self.scores(self.read(answers))


def _checked(value: Any, minimum: float, maximum: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OutOfRange(f"{str(ascii(value))[:40]} is no number")
    if not minimum <= value <= maximum:
        raise OutOfRange(f"{_short(value)} is not between {minimum:g} and {maximum:g}")
    return float(value)


def _short(value: float) -> str:
    return f"{value:g}" if abs(value) < 10**15 else "the value"
