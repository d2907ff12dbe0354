"""How outcomes are said: figures with their intervals or why there are none; small groups not at all (RET-04)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from compassionate import words as catalogue
from compassionate.services.outcomes.comparators import Arm
from compassionate.services.outcomes.measures import Measure
from compassionate.statistics.cohorts import At, Limit, Responders
from compassionate.statistics.estimates import Estimate
from compassionate.statistics.tables import Column, Kind, Mark, Table, Value, rounded

MINUS, NBSP = "\u2212", "\u00a0"
PER_CENT = 100
LEVEL_PLACES = 3
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A language, and of how few patients no figure is told (0: of any, to those who treat them)."""

    language: str
    least: int = 0

    def phrase(self, code: str, **params: object) -> str:
        """Words of the report."""
        return catalogue.say(f"outcomes.{code}", self.language, **params)

    def visit(self, name: str) -> str:
        """The name of a visit; of one that a hospital's own programme names, that name."""
        code = f"visit.{name}"
        return catalogue.say(code, self.language) if catalogue.has_words(code, self.language) else name

    def measure(self, name: str) -> str:
        """The name of a measure."""
        return catalogue.say(f"instrument.{name}.name", self.language)

    def day(self, day: date | None) -> str:
        """A day as people write it."""
        return f"{day:%d/%m/%Y}" if day else ""

    def number(self, value: float, places: int = 1) -> str:
        """A number with so many decimals, its sign as printers set it."""
        text = f"{rounded(value):f}" if places == 1 else f"{value:.{places}f}"
        text = text.removeprefix("-") if not text.strip("-0.") else text
        return (text if self.language == "en" else text.replace(".", ",")).replace("-", MINUS)

    def score(self, value: float) -> str:
        """One patient's score: decimals where it has any."""
        text = self.number(value)
        return text[:-2] if float(value).is_integer() else text

    def maybe(self, value: float | None) -> Value:
        """A number, or nothing."""
        return Mark.NOTHING if value is None else self.number(value)

    def is_told(self, n: int) -> bool:
        """Whether figures of so many patients may be told."""
        return n == 0 or n >= self.least

    def estimate(self, held: Estimate, unit: str = "", factor: float = 1.0) -> Value:
        """A figure with its interval; where one of the two is missing, why."""
        if not self.is_told(held.n):
            return Mark.HIDDEN
        if held.value is None:
            return self.phrase(f"why.{held.why}")
        low_high = [self.number(factor * each) for each in held.interval or ()]
        value = self.number(factor * held.value) + unit
        if not low_high:
            return self.phrase("no_interval", value=value, why=self.phrase(f"why.{held.why}"))
        return self.phrase("interval", value=value, low=low_high[0], high=low_high[1])

    def share(self, held: Responders) -> Value:
        """How many of how many, and the interval of their share in per cent."""
        if not self.is_told(held.share.n):
            return Mark.HIDDEN
        if held.share.interval is None:
            return self.phrase(f"why.{held.share.why}")
        low, high = (f"{PER_CENT * each:.0f}" for each in held.share.interval)
        counted = self.phrase("of", count=held.count, n=held.share.n)
        return self.phrase("interval", value=counted, low=low, high=high) + f"{NBSP}%"

    def check(self, at: At) -> Value:
        """What Wilcoxon's check says, whether exactly, and the least that it can say."""
        held = at.signed_ranks
        if not self.is_told(at.paired):
            return Mark.HIDDEN
        if held.level is None or held.floor is None:
            return self.phrase("check.none", why=self.phrase(f"why.{held.why}"))
        level, floor = self.number(held.level, LEVEL_PLACES), self.number(held.floor, LEVEL_PLACES)
        if not held.inexact:
            return self.phrase("check.exact", level=level, n=held.n, floor=floor)
        why = self.phrase(f"check.{held.inexact}")
        return self.phrase("check.approximate", level=level, n=held.n, floor=floor, why=why)

    def limit(self, limit: Limit, measure: Measure) -> str:
        """A threshold with its unit and its source."""
        value = f"{limit.value:g}".replace(".", "." if self.language == "en" else ",")
        unit = self.phrase(f"unit.{measure.unit}")
        return self.phrase(f"limit.{limit.kind}", value=value, unit=unit, source=limit.source)

    def table(
        self,
        code: str,
        heads: Sequence[tuple[str, int]],
        rows: Iterable[Row],
        kinds: Sequence[Kind] = (),
        notes: Sequence[str] = (),
        **params: object,
    ) -> Table:
        """A table: the heads as codes with their widths; texts but for the kinds given."""
        columns = tuple(
            Column(self.phrase(f"column.{head}"), kinds[place] if place < len(kinds) else "text", width)
            for place, (head, width) in enumerate(heads)
        )
        return Table(code, self.phrase(f"table.{code}", **params), columns, tuple(rows), tuple(notes))

    def by_visit(
        self,
        code: str,
        first: str,
        visits: Sequence[str],
        rows: Iterable[Row],
        notes: Sequence[str] = (),
        **params: object,
    ) -> Table:
        """A table with a column a visit."""
        columns = (
            Column(self.phrase(f"column.{first}"), "text", 30),
            *(Column(self.visit(name), "text", 22) for name in visits),
        )
        return Table(code, self.phrase(f"table.{code}", **params), columns, tuple(rows), tuple(notes))

    def whose(self, arm: Arm) -> str:
        """Where a published figure comes from, and who entered it where that was a hospital."""
        return " · ".join(part for part in (arm.source, arm.entered_by) if part)
