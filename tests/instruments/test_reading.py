"""Whatever somebody writes down is read, or refused in one of three ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.instruments import INSTRUMENTS, OutOfRange, UnknownName, WrongNumber, instrument, read

NAMES = sorted({name for each in INSTRUMENTS.values() for name in (*each.by_name, *each.enterable, *each.groups)})
KEYS = st.sampled_from([*NAMES, "items", "answers", "total", "scale", "version"]) | st.text(max_size=5)
SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 101) | st.floats() | st.sampled_from(["yes", "modified", "1957", ""])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=12) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


@settings(max_examples=100)
@given(name=st.sampled_from(list(INSTRUMENTS)), given_answers=st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_document_is_read_or_refused(name: str, given_answers: dict[str, Any]) -> None:
    try:
        written = read(instrument(name), given_answers)
    except (OutOfRange, UnknownName, WrongNumber):
        return
    for scale, score in written.instrument.scores(written.answers).items():
        assert score.value is None or written.instrument.scale(scale).checked(score.value) == score.value
    assert written.answers.count >= 0


@pytest.mark.parametrize(
    "given_answers",
    [{"pain": 4, "stiffness": 2, "function": 20}, {"womac_pain": 4, "womac_stiffness": 2, "womac_function": 20}],
)
def test_a_name_may_carry_the_instruments_own(given_answers: dict[str, Any]) -> None:
    written = read(instrument("womac"), given_answers)

    assert written.instrument.scores(written.answers)["total"].value == 26
    assert (written.answers.count, written.asked) == (3, 3)


def test_an_optional_item_may_be_left_out_of_a_list() -> None:
    five, six = (read(instrument("eq5d5l"), {"items": [1] * 5 + more}) for more in ([], [80]))

    assert (five.asked, six.asked) == (5, 6)
    assert [each.instrument.scores(each.answers)["vas"].value for each in (five, six)] == [None, 80]


def test_items_come_before_a_ready_score() -> None:
    written = read(instrument("koos"), {"P": 10, "Q": [0, 0, 0, 0], "Q1": 4})
    scores = written.instrument.scores(written.answers)

    assert (scores["P"].value, scores["Q"].value) == (10, 75)
