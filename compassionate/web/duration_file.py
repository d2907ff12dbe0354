"""Figures of time as a file: everything that the page can show, a line each, in days.

A file leaves the hands of those who may open the cases. One that is meant to be shared tells nothing of few cases, no
single shortest or longest, and hides a second line where the first one alone could be had from the others (RET-04).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from compassionate.services.durations import FEW, GROUPS, KINDS, Durations, Key, Spread
from compassionate.web.duration_tables import Products, in_order, of_kind
from compassionate.web.duration_words import group_said, name_said, rounded
from compassionate.web.templating import language, say

ALL = "all"
HEAD = (
    *("kind", "name", "by", "group", "cases", "median", "p25", "p75", "p10", "p90", "minimum", "maximum"),
    *("running", "running_median", "running_maximum"),
)


class Line(NamedTuple):
    """One line of the file."""

    kind: str
    name: str
    by: str
    group: str
    over: Spread | None
    running: Spread | None = None


def head() -> list[str]:
    """The words of the columns."""
    return [say(f"duration_file.{name}") for name in HEAD]


def rows(held: Durations, products: Products, to_share: bool) -> list[list[Any]]:
    """Every figure of the period: in all, by month, by medicine and by service."""
    lines = list(_lines(held, products))
    hidden = _hidden(lines) if to_share else set()
    return [_cells(line, to_share, line in hidden) for line in lines]


def _lines(held: Durations, products: Products) -> Iterator[Line]:
    order = dict[Key, int]()
    for kind in KINDS:
        over, now = of_kind(held, kind)
        for name in in_order(kind, {**over, **now}, held.owner_days):
            order[kind, name] = len(order)
            yield Line(kind, name, ALL, "", over.get(name), now.get(name))
    for group in GROUPS:
        for value, found in held.by(group).items():
            for kind, name in sorted(found, key=order.__getitem__):
                yield Line(kind, name, group, group_said(group, value, products), found[kind, name])


def _hidden(lines: Sequence[Line]) -> set[Line]:
    """The lines of few cases; and where only one of those that add up to a total is hidden, the next smallest."""
    together = defaultdict[tuple[str, str, str], list[Line]](list)
    for line in lines:
        together[line.kind, line.name, line.by].append(line)
    hidden = set[Line]()
    for each in together.values():
        ordered = sorted(each, key=lambda line: (line.over.n if line.over else 0, line.group))
        few = [line for line in ordered if line.over and line.over.is_few]
        hidden.update(ordered[:2] if len(few) == 1 and len(ordered) > 1 else few)
    return hidden


def _cells(line: Line, to_share: bool, is_hidden: bool) -> list[Any]:
    where = [
        say(f"duration_kind.{line.kind}"),
        name_said(line.kind, line.name),
        say(f"duration_group.{line.by}"),
        line.group,
    ]
    return [*where, *_over(line.over, to_share, is_hidden), *_running(line.running, to_share)]


def _over(held: Spread | None, to_share: bool, is_hidden: bool) -> list[Any]:
    if held is None:
        return [0, *[""] * 7]
    if is_hidden:
        return [f"<{FEW}" if held.is_few else "*", *[""] * 7]
    quarters = [""] * 4 if held.is_few else [_days(each) for each in (held.p25, held.p75, held.p10, held.p90)]
    ends = [""] * 2 if to_share else [_days(held.minimum), _days(held.maximum)]
    return [held.n, _days(held.median_days), *quarters, *ends]


def _running(held: Spread | None, to_share: bool) -> list[Any]:
    if held is None:
        return ["", "", ""]
    if to_share and held.is_few:
        return [f"<{FEW}", "", ""]
    return [held.n, _days(held.median_days), "" if to_share else _days(held.maximum)]


def _days(days: float) -> str:
    """Days with two decimals, written so that a spreadsheet in the reader's language takes them for a number."""
    text = str(rounded(days, 2))
    return text.replace(".", ",") if language() == "es" else text
