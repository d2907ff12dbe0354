"""How the committee's report says things, and what it does not say: figures about few people (RET-04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compassionate import words as catalogue
from compassionate.exports.suppression import told_parts
from compassionate.statistics.spread import Spread
from compassionate.statistics.tables import Column, Kind, Mark, Section, Table, Value, rounded
from compassionate.workflow.inputs import GROUNDS as GROUNDS_INPUT
from compassionate.workflow.pathways.es_individual_2026_11 import ENDINGS as CHOSEN

KINDS = ("individual", "continuation", "more_packs", "dose_change")
GROUNDS = GROUNDS_INPUT.choices
ENDINGS = (*CHOSEN, "death")
RESPONSES = ("complete", "partial", "stable", "progression", "not_assessable")
REACTIONS = ("death", "suspected")
VISITS = ("done", "late", "missed", "waived", "overdue")
WIDE, NARROW = 46, 15
Row = tuple[Value, ...]


def marks(language: str) -> dict[Mark, str]:
    """What stands where no value does."""
    return {mark: catalogue.say(f"committee.mark.{mark.value}", language) for mark in Mark}


@dataclass(frozen=True, slots=True)
class Wording:
    """The language of a report, the period and the one before in words, and how few people are too few."""

    language: str
    least: int
    period: str
    before: str

    def phrase(self, code: str, **params: object) -> str:
        """Words of the report."""
        return catalogue.say(f"committee.{code}", self.language, **params)

    def of(self, table: str, code: str) -> str:
        """Words of a code that the product knows anyway."""
        return catalogue.say(f"{table}.{code}", self.language) if code else self.phrase("not_said")

    def section(self, code: str, *tables: Table) -> Section:
        """A section with its title."""
        return Section(code, self.phrase(f"section.{code}"), tables)

    def compared(self, name: str, now: int, before: int) -> Row:
        """A measure in the period, in the one before, and the difference."""
        return (name, now, before, now - before)

    def compared_table(self, code: str, first: str, rows: Iterable[Row], bars: int | None = None) -> Table:
        """Measures beside the period before."""
        heads = (self.period, self.before, self.phrase("column.difference"))
        columns = (
            Column(self.phrase(f"column.{first}"), "text", WIDE),
            *(Column(head, "count", NARROW) for head in heads),
        )
        return Table(code, self.phrase(f"table.{code}"), columns, tuple(rows), bars=bars)

    def table(
        self, code: str, heads: Sequence[str], rows: Iterable[Row], kind: Kind, last: Kind | None = None
    ) -> Table:
        """A table whose columns but the first are of one kind."""
        kinds = [kind] * (len(heads) - 1)
        if last:
            kinds[-1] = last
        columns = [Column(self.phrase(f"column.{heads[0]}"), "text", WIDE if kind != "text" else 30)]
        columns += [
            Column(self.phrase(f"column.{head}"), each, 100 if each == "text" else NARROW)
            for head, each in zip(heads[1:], kinds, strict=True)
        ]
        return Table(code, self.phrase(f"table.{code}"), tuple(columns), tuple(rows))

    def parts_table(
        self,
        code: str,
        first: str,
        parts: Iterable[tuple[str, Value]],
        bars: int | None = None,
        notes: Sequence[str] = (),
    ) -> Table:
        """What a number is made of; no rows where there is nothing, or where none of them may be told."""
        rows = tuple(parts)
        values = {value for _, value in rows}
        if values == {Mark.HIDDEN}:
            rows, notes = (), (self.phrase("note.too_few", least=self.least), *notes)
        elif values == {0}:
            rows = ()
        columns = (Column(self.phrase(f"column.{first}"), "text", WIDE), Column(self.period, "count", NARROW))
        return Table(code, self.phrase(f"table.{code}"), columns, rows, tuple(notes), bars)

    def told(self, counts: Sequence[int]) -> list[Value]:
        """The parts of a total that everybody knows; those about few people, and what would tell them, hidden."""
        return [Mark.HIDDEN if each is None else each for each in told_parts(counts, self.least)]

    def few(self, counts: Sequence[int], total: int) -> list[Value]:
        """Counts that overlap, as the grounds of a refusal do: told of enough, none where the total is small."""
        if 0 < total < self.least:
            return [Mark.HIDDEN] * len(counts)
        return [Mark.HIDDEN if 0 < each < self.least else each for each in counts]

    def gathered(self, names: Iterable[str]) -> list[tuple[str, Value]]:
        """How often each name was said, the most frequent first; those said by few stand together, unnamed."""
        counted = sorted(Counter(names).items(), key=lambda each: (-each[1], each[0]))
        told = told_parts([count for _, count in counted], self.least)
        rows: list[tuple[str, Value]] = [
            (name or self.phrase("not_said"), count)
            for (name, _), count in zip(counted, told, strict=True)
            if count is not None
        ]
        rest = sum(count for (_, count), each in zip(counted, told, strict=True) if each is None)
        return [*rows, (self.phrase("others"), rest)] if rest else rows

    def enough(self, count: int, value: float) -> Value:
        """A figure of enough people."""
        return rounded(value) if count >= self.least else Mark.HIDDEN

    def spread_table(
        self, code: str, first: str, named: Iterable[tuple[str, Spread | None]], notes: Sequence[str] = ()
    ) -> Table:
        """How days lie: how many, the middle, the quarters, the ends; of too few only how many."""
        heads = ("n", "median", "p25", "p75", "minimum", "maximum")
        columns = [Column(self.phrase(f"column.{first}"), "text", WIDE)]
        columns += [Column(self.phrase(f"column.{head}"), "count" if head == "n" else "decimal", 11) for head in heads]
        rows = tuple((name, *self._spread(each)) for name, each in named)
        return Table(code, self.phrase(f"table.{code}"), tuple(columns), rows, tuple(notes))

    def _spread(self, held: Spread | None) -> Row:
        if held is None:
            return (0, *[Mark.NOTHING] * 5)
        if held.n < self.least:
            return (held.n, *[Mark.HIDDEN] * 5)
        days = (held.median_days, held.p25, held.p75, held.minimum, held.maximum)
        return (held.n, *(rounded(each) for each in days))
