"""Nobody is recognised by being one of few, and no hidden figure can be worked out from the others (RET-04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.exports.suppression import HIDDEN, hidden_cells, shared_by_enough, told_parts, with_totals

TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=4)
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {"age": st.sampled_from("abc"), "sex": st.sampled_from("fm"), "month": st.sampled_from("123")}
    ),
    max_size=40,
)
COLUMNS = ("month", "sex", "age")


def can_be_worked_out(rows: int, columns: int, hidden: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Hidden cells that the totals of rows and columns determine: by elimination, as somebody with pencil would."""
    unknown = list(hidden)
    equations = []
    for line in range(rows):
        signs = {cell: Fraction(-1 if cell[1] == columns - 1 else 1) for cell in unknown if cell[0] == line}
        equations.append([signs.get(cell, Fraction(0)) for cell in unknown])
    for line in range(columns):
        signs = {cell: Fraction(-1 if cell[0] == rows - 1 else 1) for cell in unknown if cell[1] == line}
        equations.append([signs.get(cell, Fraction(0)) for cell in unknown])
    done = 0
    for column in range(len(unknown)):
        pivot = next((index for index in range(done, len(equations)) if equations[index][column]), None)
        if pivot is None:
            continue
        equations[done], equations[pivot] = equations[pivot], equations[done]
        first = equations[done]
        equations[done] = [value / first[column] for value in first]
        for index, each in enumerate(equations):
            if index != done and each[column]:
                factor = each[column]
                equations[index] = [a - factor * b for a, b in zip(each, equations[done], strict=True)]
        done += 1
    return {
        cell
        for number, cell in enumerate(unknown)
        if any(each[number] and sum(map(bool, each)) == 1 for each in equations)
    }


@given(TABLES)
@settings(max_examples=150)
def test_no_small_cell_is_told_and_no_hidden_one_can_be_worked_out(counts: list[list[int]]):
    table = with_totals(counts)
    hidden = hidden_cells(table, 5)
    told = {(row, column) for row, cells in enumerate(table) for column, _ in enumerate(cells)} - hidden
    assert [cell for cell in told if 0 < table[cell[0]][cell[1]] < 5] == []
    assert can_be_worked_out(len(table), len(table[0]), sorted(hidden)) == set()


def test_one_small_cell_takes_others_with_it():
    table = with_totals([[2, 20, 30], [10, 40, 50], [11, 60, 70]])
    hidden = hidden_cells(table, 5)
    assert (0, 0) in hidden
    assert len(hidden) == 4


def test_a_table_without_small_cells_is_told_whole():
    assert hidden_cells(with_totals([[5, 6], [7, 8]]), 5) == frozenset()


def test_a_table_about_one_person_tells_nothing():
    table = with_totals([[1]])
    assert hidden_cells(table, 5) == {(0, 0), (0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("counts", [[], [[0, 0], [0, 0]]])
def test_a_table_about_nobody_hides_nothing(counts: list[list[int]]):
    assert hidden_cells(with_totals(counts), 5) == frozenset()


@given(PEOPLE)
def test_every_combination_is_shared_by_enough_people(people: list[dict[str, str]]):
    kept, left_out = shared_by_enough(people, COLUMNS, 5)
    counted = Counter(tuple(row[name] for name in COLUMNS) for row in kept)
    assert all(count >= 5 for count in counted.values())
    assert len(kept) + left_out == len(people)


@given(PEOPLE)
def test_what_is_told_is_true_or_hidden(people: list[dict[str, str]]):
    numbered = [row | {"n": str(number)} for number, row in enumerate(people)]
    kept, _ = shared_by_enough(numbered, COLUMNS, 5)
    assert all(row[name] in (HIDDEN, people[int(row["n"])][name]) for row in kept for name in COLUMNS)


def test_what_many_share_is_not_hidden():
    people = [{"age": "a", "sex": "f", "month": "1"}] * 5
    assert shared_by_enough(people, COLUMNS, 5) == (people, 0)


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(3, 7))
def test_hidden_parts_of_a_known_total_cannot_be_worked_out(counts: list[int], least: int):
    told = told_parts(counts, least)
    hidden = [count for count, shown in zip(counts, told, strict=True) if shown is None]
    assert all(shown in (None, count) for count, shown in zip(counts, told, strict=True))
    assert all(shown is None or not 0 < shown < least for shown in told)
    if sum(counts) >= least and hidden:
        assert len(hidden) >= 2
        assert sum(hidden) >= least
