"""Where a long document begins a new page of its own accord, so that it can be printed leaf by leaf.

A leaf is a page or a few. Breaks come where a page would end anyway: before what does not fit on it any more. They
follow from the content alone, so the single print breaks at the same places as the print in pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from compassionate.documents.blocks import Block

PAGE = 655.0
"""The room of a page in points between head and foot, a twentieth less than there is: heights are estimated."""
SHORTEST_LONG = 10 * PAGE
MOST_EMPTY = 0.05
"""How much of a leaf's paper may stay empty at its end, as far as heights are estimated rightly."""
FEWEST_ROWS = 2
TEXT_WIDTH = 482.0
LETTER, LINE = 3.95, 12.7
GRID_LETTER, GRID_LINE, GRID_PADDING = 3.8, 11.5, 6.7
HEADS = {2: 47.0, 3: 33.0}
CHART, SIGNATURE, HEADING, TABLE_HEAD, RECORD, ROWS_MARGIN = 205.0, 40.0, 27.0, 33.0, 27.0, 9.0
VALUE_SHARE, ROW_PADDING = 0.69, 4.6
JOINED = frozenset({"heading", "note", "text"})
"""Blocks that stay with what follows them."""


def in_leaves(sections: Sequence[dict[str, Any]], begin_pages: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """The same sections with `leaf` set where a page begins: at `begin_pages` always, elsewhere in long documents."""
    is_long = sum(_height(each, 2) for each in sections) > SHORTEST_LONG
    return _Leaves(begin_pages, is_long).sections(sections, 2)


class _Leaves:
    """Fills leaf after leaf; `used` is how much of the present one is taken."""

    def __init__(self, begin_pages: frozenset[str], is_long: bool) -> None:
        self._begin_pages, self._is_long = begin_pages, is_long
        self.used = 0.0

    def sections(self, given: Sequence[dict[str, Any]], level: int) -> list[dict[str, Any]]:
        return [self._section(each, level, index) for index, each in enumerate(given)]

    def _section(self, given: dict[str, Any], level: int, index: int) -> dict[str, Any]:
        head = HEADS.get(level, HEADING)
        begins = given["id"] in self._begin_pages or (
            level + index > 2 and self._is_full(head + _least(given["blocks"]))
        )
        if begins:
            self.used = 0.0
        self.used += head
        blocks = self._blocks(given["blocks"])
        parts = self.sections(given["parts"], level + 1) if given.get("parts") else []
        return given | {"leaf": begins, "blocks": blocks} | ({"parts": parts} if parts else {})

    def _blocks(self, given: Sequence[Block]) -> list[Block]:
        placed: list[Block] = []
        for index, block in enumerate(given):
            stays = index == 0 or given[index - 1]["type"] in JOINED
            if not stays and self._is_full(_least(given[index:])):
                block = block | {"leaf": True}
                self.used = 0.0
            placed += self._split(block)
        return placed

    def _split(self, block: Block) -> list[Block]:
        """A block, or what of its rows goes on each leaf: the same as when a table runs over the page."""
        rows = block.get("records" if block["type"] == "records" else "rows") or []
        if not self._is_long or len(rows) < 2 * FEWEST_ROWS or block["type"] not in ROWS:
            self.used += height(block)
            return [block]
        self.used += height(_with(block, []))
        cuts, start = [], 0
        for number, row in enumerate(rows):
            high = _row_height(block, row)
            if number - start >= FEWEST_ROWS and len(rows) - number >= FEWEST_ROWS and self._is_full(high):
                cuts.append(_with(block, rows[start:number], first=start))
                start, self.used = number, TABLE_HEAD
            self.used += high
        return [*cuts, _with(block, rows[start:], first=start)]

    def _is_full(self, needed: float) -> bool:
        """Whether what comes next does not fit on the page, and a break here costs little paper."""
        pages = max(1, ceil(self.used / PAGE))
        empty = pages * PAGE - self.used
        return self._is_long and needed > empty and empty <= MOST_EMPTY * pages * PAGE


ROWS = frozenset({"rows", "table", "records"})


def _with(block: Block, rows: Sequence[Any], first: int = 0) -> Block:
    """The same block with some of its rows; what goes on is on a leaf of its own and is not announced again."""
    key = "records" if block["type"] == "records" else "rows"
    part = block | {key: list(rows)}
    return part | {"leaf": True, "said": "", "first": first} if first else part


def _least(blocks: Sequence[Block]) -> float:
    """How much room the first of these needs, with what stays beside it: of rows only the first two."""
    needed = 0.0
    for block in blocks:
        rows = block.get("records") or block.get("rows") or []
        needed += height(_with(block, rows[:2]) if block["type"] in ROWS else block)
        if block["type"] not in JOINED:
            break
    return needed


def _height(section: dict[str, Any], level: int) -> float:
    own = HEADS.get(level, HEADING) + sum(height(block) for block in section["blocks"])
    return own + sum(_height(part, level + 1) for part in section.get("parts", ()))


def height(block: Block) -> float:
    """About how many points high a block will be."""
    kind = block["type"]
    if kind in ROWS:
        rows = block["records"] if kind == "records" else block["rows"]
        head = HEADING * bool(block.get("said")) + {"table": TABLE_HEAD, "rows": ROWS_MARGIN}.get(kind, 0.0)
        return head + sum(_row_height(block, row) for row in rows)
    if kind == "signature":
        return SIGNATURE + sum(_pair_height(row) for row in block["rows"])
    return CHART if kind == "chart" else HEADING


def _row_height(block: Block, row: Any) -> float:
    if block["type"] == "records":
        return RECORD + sum(_pair_height(each) for each in row)
    if block["type"] == "rows":
        return _pair_height(row)
    widths = [column["width"] for column in block["columns"]]
    lines = (
        _lines(str(cell), TEXT_WIDTH * width / 100 - 6, GRID_LETTER) for cell, width in zip(row, widths, strict=True)
    )
    return GRID_PADDING + GRID_LINE * max(lines, default=1)


def _pair_height(row: dict[str, Any]) -> float:
    if row["long"]:
        return LINE * (1 + _lines(row["value"], TEXT_WIDTH, LETTER)) + ROW_PADDING
    return LINE * _lines(row["value"], TEXT_WIDTH * VALUE_SHARE, LETTER) + ROW_PADDING


def _lines(text: str, width: float, letter: float) -> int:
    return sum(max(1, ceil(len(line) * letter / max(width, letter))) for line in text.split("\n"))
