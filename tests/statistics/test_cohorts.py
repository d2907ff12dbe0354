"""The figures of a cohort against a second calculation, and what must hold whatever the patients measured."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from compassionate.statistics.cohorts import At, Course, Limit, Scale, table
from compassionate.statistics.efficacy import FORMULAS, MEAN, RATIO, SLOPE, efficacy, of_means, shares_of_max
from compassionate.statistics.estimates import Estimate, mean_estimate, share_estimate
from compassionate.statistics.ranks import hodges_lehmann, rank_sums, signed_ranks

SCORES = st.integers(0, 100).map(float)
PAIRS = st.lists(st.tuples(SCORES, SCORES), max_size=25)
SOUND = st.lists(st.tuples(st.integers(20, 100).map(float), SCORES), min_size=5, max_size=20, unique=True)
CHANGES = st.lists(st.integers(-80, 80).map(float), max_size=40)
VAS = Scale(0, 100, "high", (Limit("mic", 15), Limit("percent", 30), Limit("sdc", 36)))
TEN = [(72, 25), (61, 30), (84, 20), (66, 41), (70, 33), (63, 28), (78, 15), (69, 35), (75, 70), (80, 62)]
"""Ten invented patients: pain before, and a year later."""


def seen(pairs: list[tuple[float, float]], scale: Scale = VAS) -> At:
    courses = [Course({"baseline": before, "m12": after}, frozenset({"baseline", "m12"})) for before, after in pairs]
    return table(courses, ("baseline", "m12"), scale)[1]


def is_told(held: Estimate) -> bool:
    """A figure is a number with an interval around it, or the reason is said; never "not a number"."""
    numbers = [each for each in (held.value, *(held.interval or ())) if each is not None]
    return all(math.isfinite(each) for each in numbers) and bool(held.why) == (held.interval is None)


# --- against a second calculation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "low", "high"), [(8, 49, 94), (10, 72, 100), (0, 0, 28)])
def test_wilsons_interval_of_ten_patients_is_the_published_one(count: int, low: int, high: int):
    interval = share_estimate(count, 10).interval
    assert interval is not None
    assert [round(100 * each) for each in interval] == [low, high]


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_scipys(counted: tuple[int, int]):
    count, n = counted
    expected = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert share_estimate(count, n).interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_mean_change_has_the_t_interval_of_scipy():
    before, after = np.array(TEN, dtype=float).T
    expected = stats.ttest_rel(after, before).confidence_interval(0.95)
    held = seen(TEN).change
    assert held.value == pytest.approx((after - before).mean())
    assert held.interval == pytest.approx((expected.low, expected.high))


@given(st.lists(st.floats(-50, 50).map(lambda each: round(each, 6)), min_size=3, max_size=20, unique=True))
@settings(max_examples=30)
def test_the_median_of_averages_is_the_one_by_hand(changes: list[float]):
    averages = sorted((one + other) / 2 for place, one in enumerate(changes) for other in changes[place:])
    assert hodges_lehmann(changes).value == pytest.approx(float(np.median(averages)))


def test_the_interval_of_the_median_of_averages_inverts_wilcoxons_test():
    changes = [-47.0, -31.5, -64.2, -25.1, -37.3, -35.4, -63.8, -34.9, -5.6, -18.7]
    held = hodges_lehmann(changes)
    assert held.interval is not None
    averages = sorted((one + other) / 2 for place, one in enumerate(changes) for other in changes[place:])
    assert held.interval == pytest.approx((averages[8], averages[46]))  # the ninth from either end: P(W <= 8) = 25/1024
    low, high = held.interval
    for shift, inside in ((low + 1e-6, True), (high - 1e-6, True), (low - 1e-6, False), (high + 1e-6, False)):
        level = stats.wilcoxon([each - shift for each in changes], method="exact").pvalue
        assert bool(level > 0.05) is inside


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=25, unique=True), st.data())
@settings(max_examples=40)
def test_the_exact_check_is_scipys(sizes: list[int], data: st.DataObject):
    changes = [float(each * data.draw(st.sampled_from((1, -1)))) for each in sizes]
    held = signed_ranks(changes)
    assert not held.inexact
    assert held.level == pytest.approx(stats.wilcoxon(changes, method="exact").pvalue)


@given(CHANGES.filter(lambda changes: any(changes)))
@settings(max_examples=40)
def test_the_approximate_check_is_scipys_without_correction(changes: list[float]):
    held = signed_ranks(changes)
    if held.inexact:
        expected = stats.wilcoxon(changes, method="asymptotic", correction=False, zero_method="wilcox").pvalue
        assert held.level == pytest.approx(expected)


def test_the_check_names_why_it_is_not_exact_and_what_is_the_least_it_can_say():
    five = signed_ranks([-1.0, -2.0, -3.0, -4.0, -5.0])
    assert (five.level, five.floor, five.inexact) == (0.0625, 0.0625, "")
    assert signed_ranks([-float(each) for each in range(1, 11)]).floor == pytest.approx(0.00195, abs=1e-5)
    assert signed_ranks([-1.0, -1.0, -3.0]).inexact == "ties"
    assert signed_ranks([-1.0, 0.0, -3.0]).inexact == "zeros"
    assert signed_ranks([0.0, 0.0]).why == "all_equal"


def test_every_sign_pattern_is_counted_once():
    assert sum(rank_sums(12)) == 2**12


def by_hand(pairs: list[tuple[float, float]]) -> dict[str, float]:
    first, then = np.array(pairs, dtype=float).T
    relief = first - then
    return {
        RATIO: 100 * relief.mean() / first.mean(),
        MEAN: 100 * np.mean(relief / first),
        SLOPE: 100 * np.linalg.lstsq(first[:, None], relief, rcond=None)[0][0],
    }


@given(SOUND)
@settings(max_examples=30, deadline=None)
def test_the_three_formulas_are_those_by_hand(pairs: list[tuple[float, float]]):
    expected = by_hand(pairs)
    for formula in FORMULAS:
        assert efficacy(pairs, formula).value == pytest.approx(expected[formula])


def test_the_formulas_differ_and_so_each_figure_carries_its_name():
    held = dict(seen(TEN).efficacy)
    assert list(held) == list(FORMULAS)
    assert len({round(each.value or 0, 1) for each in held.values()}) == 3


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_interval_of_efficacy_is_scipys_but_for_the_drawing(formula: str):
    first, then = np.array(TEN, dtype=float).T
    statistic = {
        RATIO: lambda one, two, axis: 100 * (one - two).sum(axis) / one.sum(axis),
        MEAN: lambda one, two, axis: (100 * (one - two) / one).mean(axis),
        SLOPE: lambda one, two, axis: 100 * (one * (one - two)).sum(axis) / (one**2).sum(axis),
    }[formula]
    expected = stats.bootstrap(
        (first, then), statistic, paired=True, vectorized=True, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    assert efficacy(TEN, formula).interval == pytest.approx((expected.low, expected.high), abs=1.0)


def test_the_interval_of_many_patients_is_that_of_resampling_them():
    draw = np.random.default_rng(5)
    first = draw.uniform(50, 90, 401)
    then = np.clip(first * draw.uniform(0, 1, 401), 0, 100)
    pairs = list(zip(first.tolist(), then.tolist(), strict=True))
    for formula in FORMULAS:
        many, fewer = efficacy(pairs, formula), efficacy(pairs[:400], formula)
        assert (many.method, fewer.method) == ("linear", "bca")
        assert many.interval == pytest.approx(fewer.interval, abs=0.5)


def test_published_means_give_the_published_efficacy_and_share():
    """The means recalled of the ten-patient pilot: 71 % at twelve months; 42.4 of 48.9 points by three."""
    eff = of_means(68.9, 20.0)
    assert eff == pytest.approx(71.0, abs=0.05)
    shares = shares_of_max(68.9, {"m3": 26.5, "m6": 21.6, "m12": 20.0})
    assert shares == {"m3": pytest.approx(100 * 42.4 / 48.9), "m6": pytest.approx(96.7, abs=0.1), "m12": 100}


# --- whatever was measured -------------------------------------------------------------------------------------------


@given(PAIRS)
@settings(max_examples=60, deadline=None)
def test_no_cohort_is_too_small_or_too_odd_to_be_told(pairs: list[tuple[float, float]]):
    held = seen(pairs)
    told = [held.mean, held.change, held.hodges_lehmann, *(each for _, each in held.efficacy)]
    told += [each.share for each in held.responders]
    assert all(is_told(each) for each in told)
    assert all(each is None or math.isfinite(each) for each in (held.share_of_max, held.median))
    assert held.n == held.paired == len(pairs)


@given(SOUND)
@settings(max_examples=30, deadline=None)
def test_intervals_hold_what_they_are_of(pairs: list[tuple[float, float]]):
    held = seen(pairs)
    for each in (held.change, held.hodges_lehmann, *(responders.share for responders in held.responders)):
        if each.interval:
            assert each.value is not None
            assert each.interval[0] - 1e-9 <= each.value <= each.interval[1] + 1e-9


@given(SOUND, st.randoms())
@settings(max_examples=15, deadline=None)
def test_the_order_of_patients_changes_nothing(pairs: list[tuple[float, float]], random: object):
    mixed = list(pairs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert seen(mixed) == seen(pairs)
    assert efficacy(mixed) == efficacy(pairs)


@given(CHANGES, st.integers(-20, 20))
def test_moving_every_change_moves_the_figures_alike(changes: list[float], by: int):
    for estimate in (mean_estimate, hodges_lehmann):
        held, moved = estimate(changes), estimate([each + by for each in changes])
        if held.value is not None:
            assert moved.value == pytest.approx(held.value + by, abs=1e-9)
        if held.interval:
            assert moved.interval == pytest.approx([each + by for each in held.interval], abs=1e-9)


@given(SOUND, st.sampled_from((0.1, 0.5, 2.0)))
@settings(max_examples=15, deadline=None)
def test_efficacy_does_not_depend_on_the_unit(pairs: list[tuple[float, float]], unit: float):
    scaled = [(before * unit, after * unit) for before, after in pairs]
    for formula in FORMULAS:
        held, other = efficacy(pairs, formula), efficacy(scaled, formula)
        assert other.value == pytest.approx(held.value)
        if held.interval and other.interval:
            assert other.interval == pytest.approx(held.interval, abs=1e-6)


@given(SOUND)
@settings(max_examples=20, deadline=None)
def test_a_scale_that_runs_the_other_way_says_the_same(pairs: list[tuple[float, float]]):
    turned = Scale(0, 100, "low", VAS.limits[:1])
    one, other = seen(pairs), seen([(100 - before, 100 - after) for before, after in pairs], turned)
    assert other.responders[0].count == one.responders[0].count
    assert other.change.value == pytest.approx(-(one.change.value or 0))
    assert [each.value for _, each in other.efficacy] == pytest.approx([each.value for _, each in one.efficacy])


@given(PAIRS, st.lists(st.integers(1, 90), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_a_higher_threshold_never_has_more_responders(pairs: list[tuple[float, float]], points: list[int]):
    for kind in ("mic", "percent"):
        scale = Scale(0, 100, "high", tuple(Limit(kind, float(each)) for each in sorted(points)))  # type: ignore[arg-type]
        counts = [each.count for each in seen(pairs, scale).responders]
        assert all(one >= other for one, other in pairwise(counts))


# --- who is missing, who was operated on -----------------------------------------------------------------------------


def test_who_has_no_value_is_missing_and_nothing_stands_in_for_it():
    due = frozenset({"baseline", "m3", "m12"})
    whole = Course({"baseline": 70, "m3": 40, "m12": 30}, due)
    gone = Course({"baseline": 80, "m3": 20}, due)
    early = Course({"baseline": 60, "m3": 30}, frozenset({"baseline", "m3"}))
    _, three, twelve = table([whole, gone, early], ("baseline", "m3", "m12"), VAS)
    assert (three.n, three.missing, three.not_due) == (3, 0, 0)
    assert (twelve.n, twelve.missing, twelve.not_due) == (1, 1, 1)
    assert twelve.mean.value == 30
    assert twelve.share_of_max == 100  # of the one who was there every time


def test_an_operation_is_a_failure_whatever_was_measured_after_it():
    due = frozenset({"baseline", "m12"})
    better = Course({"baseline": 70, "m12": 10}, due)
    operated = Course({"baseline": 70, "m12": 0}, due, operated=frozenset({"m12"}))
    unseen = Course({"baseline": 70}, due, operated=frozenset({"m12"}))
    _, held = table([better, operated, unseen], ("baseline", "m12"), VAS)
    assert (held.n, held.operated, held.missing) == (1, 2, 0)
    assert held.change.value == -60
    assert [(each.count, each.share.n) for each in held.responders] == [(1, 3)] * 3


def test_a_first_score_of_nothing_to_relieve_is_said_and_spares_the_other_formulas():
    held = dict(seen([(0, 10), (60, 20), (70, 30), (80, 20)]).efficacy)
    assert (held[MEAN].value, held[MEAN].why) == (None, "zero_baseline")
    assert held[RATIO].value == pytest.approx(100 * (-10 + 40 + 40 + 60) / 210)


@pytest.mark.parametrize(
    ("pairs", "why"),
    [([], "none"), ([(70.0, 20.0)], "too_few"), ([(70.0, 35.0)] * 4, "all_equal"), ([(0.0, 0.0)] * 3, "zero_baseline")],
)
def test_what_cannot_be_computed_says_why(pairs: list[tuple[float, float]], why: str):
    assert efficacy(pairs, RATIO).why == why


def test_where_no_visit_shows_relief_there_is_no_share_of_it():
    held = seen([(50, 60), (40, 45)])
    assert (held.share_of_max, held.share_why) == (None, "no_gain")
