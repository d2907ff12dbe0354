"""Where a long document is cut: nothing is lost or told twice, and hardly any paper stays empty."""

from __future__ import annotations

from math import ceil
from random import Random
from typing import Any

import pytest

from compassionate.documents.blocks import section, table
from compassionate.documents.leaves import HEADS, MOST_EMPTY, PAGE, height, in_leaves


def given(rows: int, most_words: int) -> dict[str, Any]:
    """A section with one table of rows of one to so many words."""
    chance = Random(rows)
    body = [[str(number), "palabra " * chance.randint(1, most_words)] for number in range(rows)]
    return section("a", "title", table("answers", [("n", 10), ("said", 90)], body))


@pytest.mark.parametrize("most_words", [3, 40, 200])
def test_a_leaf_leaves_little_of_its_paper_empty(most_words: int):
    parts = in_leaves([given(600, most_words)])[0]["blocks"]
    assert len(parts) > 4
    used = [HEADS[2] + height(parts[0]), *map(height, parts[1:-1])]
    for each in used:
        paper = ceil(each / PAGE) * PAGE
        assert paper - each <= MOST_EMPTY * paper


@pytest.mark.parametrize("most_words", [3, 40, 200])
def test_every_row_is_on_one_leaf_in_its_order(most_words: int):
    whole = given(600, most_words)
    parts = in_leaves([whole])[0]["blocks"]
    assert [row for part in parts for row in part["rows"]] == whole["blocks"][0]["rows"]


def test_what_is_not_long_is_not_cut():
    assert len(in_leaves([given(20, 40)])[0]["blocks"]) == 1
