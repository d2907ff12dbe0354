"""A change is judged twice: is it important, and is it more than measurement error?"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.instruments import SCALES, OutOfRange, change, scale

VAS, NRS, ODI = scale("vas"), scale("nrs"), scale("odi")


def test_the_change_of_the_published_means_is_the_published_share() -> None:
    """From 68.9 to 20.0 mm at 12 months is the 71 % of the abstract of Orozco 2011 (uncontrolled pilot, n = 10)."""
    found = change(VAS, 68.9, 20.0)

    assert (found.delta, found.improvement) == (pytest.approx(-48.9), pytest.approx(48.9))
    assert found.percent == pytest.approx(-71.0, abs=0.05)


@pytest.mark.parametrize(
    ("measure", "before", "after", "reaches"),
    [
        (VAS, 70, 55, True),
        (VAS, 70, 56, False),
        (VAS, 30, 21, True),
        (VAS, 30, 22, False),
        (VAS, 30, 60, False),
        (NRS, 8, 6, True),
        (NRS, 8, 7, False),
        (ODI, 50, 40, True),
        (ODI, 50, 41, False),
        (ODI, 20, 14, True),
        (scale("womac", "pain"), 10, 8, True),
        (scale("womac", "pain"), 10, 8.1, False),
    ],
)
def test_a_change_is_important_by_points_or_by_per_cent(
    measure: Any, before: float, after: float, reaches: bool
) -> None:
    assert change(measure, before, after).reaches_mic is reaches


@pytest.mark.parametrize(("after", "within"), [(33, True), (32, False), (67, True), (68, False)])
def test_a_change_smaller_than_the_error_is_within_it_in_either_direction(after: float, within: bool) -> None:
    assert change(ODI, 50, after).within_error is within


def test_a_change_may_be_important_and_still_within_the_error() -> None:
    found = change(ODI, 50, 38)

    assert (found.reaches_mic, found.within_error) == (True, True)
    assert (found.mic, found.sdc) == (ODI.mics[0], ODI.sdc)


def test_nothing_is_said_where_nothing_is_published() -> None:
    assert change(VAS, 50, 20).within_error is None
    assert change(scale("womac"), 90, 10).reaches_mic is None


def test_from_zero_there_is_no_per_cent() -> None:
    found = change(VAS, 0, 10)

    assert (found.percent, found.reaches_mic) == (None, False)


def test_where_low_is_worse_a_rise_is_an_improvement() -> None:
    upside_down = replace(VAS, worse="low")

    assert change(upside_down, 40, 60).improvement == 20
    assert change(upside_down, 40, 60).reaches_mic is True


@pytest.mark.parametrize(("before", "after"), [(-1, 5), (5, 101), (float("nan"), 5)])
def test_a_score_that_cannot_be_is_refused(before: float, after: float) -> None:
    with pytest.raises(OutOfRange):
        change(VAS, before, after)


@given(data=st.data())
def test_the_way_back_undoes_the_change(data: st.DataObject) -> None:
    measure = data.draw(st.sampled_from(list(SCALES.values())))
    scores = st.floats(measure.minimum, measure.maximum)
    before, after = data.draw(scores), data.draw(scores)

    assert change(measure, before, after).delta == -change(measure, after, before).delta
    assert change(measure, before, after).within_error == change(measure, after, before).within_error
