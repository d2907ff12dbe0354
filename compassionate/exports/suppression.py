"""Small cells: figures about so few people that somebody could be recognised are hidden, and cannot be worked out.

GDPR recital 26, art. 25; RET-04. Two shapes: rows about people (every combination of what could identify somebody is
shared by enough of them) and tables of counts with their totals (a hidden cell cannot be had by subtraction).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

HIDDEN = "*"
Row = dict[str, str]
Cell = tuple[int, int]
Node = tuple[str, int]


def shared_by_enough(
    rows: Sequence[Mapping[str, str]], identifying: Sequence[str], least: int
) -> tuple[list[Row], int]:
    """The rows with values hidden, first columns first, until each combination occurs `least` times; and how many
    rows had to be left out because no hiding was enough."""
    held = [dict(row) for row in rows]
    for column in identifying:
        rare = _rare(held, identifying, least)
        for row in held:
            if _combination(row, identifying) in rare:
                row[column] = HIDDEN
    rare = _rare(held, identifying, least)
    kept = [row for row in held if _combination(row, identifying) not in rare]
    return kept, len(held) - len(kept)


def _combination(row: Mapping[str, str], identifying: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[name] for name in identifying)


def _rare(rows: Sequence[Row], identifying: Sequence[str], least: int) -> set[tuple[str, ...]]:
    counted = Counter(_combination(row, identifying) for row in rows)
    return {each for each, count in counted.items() if count < least}


def with_totals(counts: Sequence[Sequence[int]]) -> list[list[int]]:
    """A table of counts with a total for each row, each column and all."""
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]] if rows else []


def hidden_cells(table: Sequence[Sequence[int]], least: int) -> frozenset[Cell]:
    """The cells of a table with totals that must not be told: the small ones, and enough others beside them.

    Each row and each column is an equation (its cells add up to its total). A hidden cell can be worked out exactly
    when, with lines as nodes and hidden cells as edges between their row and their column, it is a bridge: so others
    are hidden, smallest first, until no hidden cell is one. Where that is impossible, all are.
    """
    places = [(row, column) for row, cells in enumerate(table) for column, _ in enumerate(cells)]
    hidden = {(row, column) for row, column in places if 0 < table[row][column] < least}
    while bridge := _bridge(hidden):
        more = _rectangle(bridge, hidden, table) or _beside(bridge, hidden, places, table)
        if not more:
            return frozenset(places)
        hidden |= more
    return frozenset(hidden)


def _rectangle(bridge: Cell, hidden: set[Cell], table: Sequence[Sequence[int]]) -> set[Cell]:
    """The three cells that close a rectangle with the bridge and cost least; nobody in a cell hides nothing."""
    row, column = bridge
    found = [
        {(row, other_column), (other_row, column), (other_row, other_column)} - hidden
        for other_row in range(len(table))
        for other_column in range(len(table[0]))
        if other_row != row and other_column != column
    ]
    usable = [cells for cells in found if all(table[each[0]][each[1]] > 0 for each in cells)]
    costs = {frozenset(cells): sum(table[each[0]][each[1]] for each in cells) for cells in usable}
    ordered = sorted(costs.items(), key=lambda held: (held[1], sorted(held[0])))
    return set(ordered[0][0]) if ordered else set()


def _beside(bridge: Cell, hidden: set[Cell], places: Sequence[Cell], table: Sequence[Sequence[int]]) -> set[Cell]:
    """The smallest cell with anybody in it that leads back to the bridge's side of the hidden ones."""
    side = _reached(("row", bridge[0]), hidden - {bridge})
    free = [cell for cell in places if cell not in hidden and table[cell[0]][cell[1]] > 0]
    crossing = [cell for cell in free if (("row", cell[0]) in side) != (("column", cell[1]) in side)]
    return set(sorted(crossing, key=lambda cell: (table[cell[0]][cell[1]], cell))[:1])


def _bridge(hidden: set[Cell]) -> Cell | None:
    """A hidden cell whose line ends hang together by it alone."""
    for cell in sorted(hidden):
        if ("column", cell[1]) not in _reached(("row", cell[0]), hidden - {cell}):
            return cell
    return None


def _reached(start: Node, edges: set[Cell]) -> set[Node]:
    found, waiting = {start}, [start]
    while waiting:
        kind, number = waiting.pop()
        beside: set[Node] = (
            {("column", column) for row, column in edges if row == number}
            if kind == "row"
            else {("row", row) for row, column in edges if column == number}
        )
        waiting += beside - found
        found |= beside
    return found


def told_parts(counts: Sequence[int], least: int) -> list[int | None]:
    """The parts of a total that everybody is told, None for those that must not be.

    Where the total itself is small none of its parts is told. Otherwise the small ones are hidden, and the smallest of
    the others with them until what is hidden cannot be had by subtraction: two parts at least, `least` people together.
    """
    if 0 < sum(counts) < least:
        return [None] * len(counts)
    hidden = {place for place, count in enumerate(counts) if 0 < count < least}
    others = sorted((count, place) for place, count in enumerate(counts) if count >= least)
    while hidden and others and (len(hidden) < 2 or sum(counts[place] for place in hidden) < least):
        hidden.add(others.pop(0)[1])
    return [None if place in hidden else count for place, count in enumerate(counts)]
