"""How values lie: against a second calculation, and what must hold whatever the values are."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.statistics.spread import FEW, Spread, quantile, spread

DAYS = st.lists(st.floats(0, 5000, allow_nan=False), min_size=1, max_size=40)


def by_hand(days: list[float], percent: int) -> float:
    """The value at a place counted with whole numbers: each step between two values in hundred parts."""
    ordered = sorted(days)
    whole, parts = divmod((len(ordered) - 1) * percent, 100)
    following = ordered[whole + 1] if whole + 1 < len(ordered) else ordered[whole]
    return (ordered[whole] * (100 - parts) + following * parts) / 100


def told(held: Spread) -> list[float]:
    return [held.minimum, held.p10, held.p25, held.median_days, held.p75, held.p90, held.maximum]


@given(DAYS)
def test_every_figure_is_what_a_second_calculation_says(days: list[float]):
    held = spread(days)
    assert held is not None
    expected = [by_hand(days, percent) for percent in (0, 10, 25, 50, 75, 90, 100)]
    assert told(held) == pytest.approx(expected)
    assert held.median_days == pytest.approx(statistics.median(days))
    if len(days) > 1:
        assert told(held)[2:5] == pytest.approx(statistics.quantiles(days, n=4, method="inclusive"))


@given(DAYS)
def test_figures_stand_in_order_whatever_order_the_values_came_in(days: list[float]):
    held = spread(days)
    assert held is not None
    assert told(held) == sorted(told(held))
    assert spread(reversed(days)) == held
    assert (held.n, held.minimum, held.maximum) == (len(days), min(days), max(days))


@given(DAYS, st.integers(2, 50))
def test_longer_waits_never_shorten_a_figure_and_the_unit_does_not_matter(days: list[float], times: int):
    held, longer = spread(days), spread([each + 1 for each in days])
    hours = spread([each * times for each in days])
    assert held is not None
    assert longer is not None
    assert hours is not None
    assert told(longer) == pytest.approx([each + 1 for each in told(held)])
    assert told(hours) == pytest.approx([each * times for each in told(held)])


@given(DAYS)
def test_values_are_told_themselves_where_they_are_few(days: list[float]):
    held = spread(days)
    assert held is not None
    assert held.is_few == (len(days) < FEW)
    assert held.points == (tuple(sorted(days)) if len(days) < FEW else ())


def test_a_spreadsheet_gives_the_same():
    # PERCENTILE.INC({2;4;7;11;16}; 0,9) and its quarters
    assert [quantile([2, 4, 7, 11, 16], share) for share in (0.25, 0.5, 0.75, 0.9)] == pytest.approx([4, 7, 11, 14])


def test_there_is_no_figure_of_nothing():
    assert spread([]) is None


@pytest.mark.parametrize("wrong", [-0.5, math.nan, math.inf])
def test_what_is_no_duration_is_refused(wrong: float):
    with pytest.raises(ValueError, match="not negative"):
        spread([1.0, wrong])
