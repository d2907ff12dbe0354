"""The four stages of a case's way: what is over, what runs, and what cannot be so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.statistics.stages import STAGES, Decided, Passed, Way, passed, running

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
FILED = OPENED + timedelta(days=10, hours=6)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
YES, NO = True, False
INSTANTS = st.timedeltas(timedelta(days=-400), timedelta(days=90)).map(lambda passed: OPENED + passed)
DATES = st.dates(date(2025, 1, 1), date(2026, 6, 1))
WAYS = st.builds(
    Way,
    state=st.sampled_from(["draft", "submitted", "authorised", "in_treatment", "closed"]),
    opened_at=INSTANTS,
    filed_at=st.none() | INSTANTS,
    dosed_on=st.none() | DATES,
    zone=st.sampled_from(["Europe/Madrid", "Atlantic/Canary"]),
    decisions=st.lists(st.builds(Decided, DATES, st.booleans()), max_size=3).map(tuple),
)


def way(state: str = "in_treatment", **given: object) -> Way:
    usual = {"opened_at": OPENED, "filed_at": FILED, "dosed_on": None, "zone": "Europe/Madrid"}
    return Way(**(usual | {"state": state} | given))  # type: ignore[arg-type]


def told(held: Way) -> dict[str, float | None]:
    return {each.stage: each.days for each in passed(held)}


def test_a_whole_way_has_four_stages():
    held = way(decisions=(Decided(date(2026, 3, 16), YES),), dosed_on=date(2026, 4, 1))
    assert told(held) == {"opened_filed": 10.25, "filed_decided": 4, "decided_dosed": 16, "opened_dosed": 30}
    assert list(running(held, NOW)) == []


def test_a_stage_belongs_to_the_day_on_which_it_ended():
    held = way(decisions=(Decided(date(2026, 3, 16), YES),))
    assert list(passed(held)) == [
        Passed("opened_filed", date(2026, 3, 12), 10.25),
        Passed("filed_decided", date(2026, 3, 16), 4),
    ]


def test_a_day_is_the_one_of_the_centre():
    late = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    days = {
        zone: told(way(filed_at=late, zone=zone, decisions=(Decided(date(2026, 3, 13), YES),)))["filed_decided"]
        for zone in ("Europe/Madrid", "Atlantic/Canary")
    }
    assert days == {"Europe/Madrid": 0, "Atlantic/Canary": 1}


def test_a_denial_that_was_appealed_ends_one_stage_and_the_authorisation_begins_the_other():
    decisions = (Decided(date(2026, 3, 20), NO), Decided(date(2026, 5, 4), YES))
    held = told(way(decisions=decisions, dosed_on=date(2026, 5, 6)))
    assert (held["filed_decided"], held["decided_dosed"]) == (8, 2)


def test_a_decision_on_a_filing_before_is_not_the_one_of_the_filing_after():
    before, after = Decided(date(2026, 3, 5), NO), Decided(date(2026, 3, 14), YES)
    assert told(way(decisions=(before, after)))["filed_decided"] == 2
    assert told(way("submitted", decisions=(before,)))["filed_decided"] is None
    assert dict(running(way("submitted", decisions=(before,)), NOW))["filed_decided"] == 81


@pytest.mark.parametrize(
    ("given", "stage"),
    [
        ({"filed_at": OPENED - timedelta(minutes=1)}, "opened_filed"),
        ({"decisions": (Decided(date(2026, 3, 11), YES),)}, "filed_decided"),
        ({"filed_at": None, "decisions": (Decided(date(2026, 3, 16), YES),)}, "filed_decided"),
        ({"dosed_on": date(2026, 4, 1)}, "decided_dosed"),
        ({"decisions": (Decided(date(2026, 3, 16), NO),), "dosed_on": date(2026, 4, 1)}, "decided_dosed"),
        ({"decisions": (Decided(date(2026, 3, 16), YES),), "dosed_on": date(2026, 3, 15)}, "decided_dosed"),
        ({"dosed_on": date(2026, 3, 1)}, "opened_dosed"),
    ],
)
def test_what_is_missing_or_contradicts_itself_has_an_end_and_no_days(given: dict[str, object], stage: str):
    assert told(way(**given))[stage] is None


@pytest.mark.parametrize(
    ("state", "given", "expected"),
    [
        ("preparing", {"filed_at": None}, {"opened_filed": 91.125, "opened_dosed": 91}),
        ("submitted", {}, {"filed_decided": 81, "opened_dosed": 91}),
        ("authorised", {"decisions": (Decided(date(2026, 5, 30), YES),)}, {"decided_dosed": 2, "opened_dosed": 91}),
        ("denied", {"decisions": (Decided(date(2026, 5, 30), NO),)}, {}),
        ("in_treatment", {"dosed_on": date(2026, 5, 30)}, {}),
        ("withdrawn", {"filed_at": None}, {}),
    ],
)
def test_what_runs_is_what_the_case_waits_for(state: str, given: dict[str, object], expected: dict[str, float]):
    assert dict(running(way(state, **given), NOW)) == expected


@given(WAYS)
def test_no_days_are_negative_and_nothing_is_over_and_running_at_once(held: Way):
    over, open_ = list(passed(held)), dict(running(held, NOW))
    assert all(each.days is None or each.days >= 0 for each in over)
    assert all(days >= 0 for days in open_.values())
    assert len({each.stage for each in over}) == len(over)
    assert {each.stage for each in over if each.days is not None} & set(open_) == set()
    assert {each.stage for each in over} | set(open_) <= set(STAGES)
