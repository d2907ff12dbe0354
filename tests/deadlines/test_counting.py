"""When terms end: the cases that lawyers dispute, and properties that hold for all of them (TIM-02, TIM-05, TIM-07)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.deadlines.calendars import REGISTRY, Calendar, LocalDay, of_centre, official_days, place, with_agency
from compassionate.deadlines.counting import Due, Stop, compute
from compassionate.deadlines.rules import Rule, bare, rules

MADRID = Calendar(*with_agency("ES-MD", ""))
CANARIES = Calendar(*with_agency("ES-CN", ""))
DAY = timedelta(days=1)
DAYS = st.dates(date(2009, 1, 1), date(2025, 12, 1))


def ends(clock: str, start: date, calendar: Calendar = MADRID, **more: object) -> date | None:
    return compute(rules()[clock], start, calendar, REGISTRY, **more).due_on  # type: ignore[arg-type]


def whys(due: Due) -> list[str]:
    return [step.why for step in due.steps]


def test_august_runs_for_the_agency_and_not_for_the_courts() -> None:
    notified = date(2026, 7, 31)
    assert ends("K-SUB", notified) == date(2026, 8, 14)
    assert ends("K-REP", notified) == date(2026, 8, 31)
    assert ends("K-CON", notified) == date(2026, 11, 3)  # 31 October is a Saturday, 2 November a holiday in Madrid


@pytest.mark.parametrize(
    ("notified", "last"),
    [
        (date(2026, 5, 29), date(2026, 7, 29)),
        (date(2026, 6, 30), date(2026, 9, 30)),
        (date(2026, 7, 15), date(2026, 10, 15)),
        (date(2026, 8, 3), date(2026, 11, 3)),
        (date(2026, 9, 1), date(2026, 11, 3)),
    ],
)
def test_two_months_to_go_to_court_never_end_in_august_nor_count_it(notified: date, last: date) -> None:
    assert ends("K-CON", notified) == last


def test_six_months_after_silence() -> None:
    rule = rules()["K-CON"].variant("silence")
    assert compute(rule, date(2026, 3, 16), MADRID).due_on == date(2026, 10, 16)


def test_a_day_off_where_the_hospital_is_does_not_count_and_one_of_madrid_neither() -> None:
    regional, notified = date(2025, 5, 30), date(2025, 5, 23)  # Día de Canarias
    assert official_days("ES-CN", 2025).get(regional)
    assert regional not in official_days("ES-MD", 2025)
    assert ends("K-SUB", notified, CANARIES) == date(2025, 6, 9)
    assert ends("K-SUB", notified, MADRID) == date(2025, 6, 6)
    madrids, before = date(2025, 5, 2), date(2025, 4, 28)
    assert madrids not in official_days("ES-CN", 2025)
    assert ends("K-SUB", before, CANARIES) == ends("K-SUB", before, MADRID) == date(2025, 5, 14)
    own = compute(rules()["K-ACC"], before, Calendar(*of_centre("ES-CN", "")))
    assert "ES-MD" not in {step.where for step in own.steps}


def test_a_day_that_the_town_has_off_does_not_count_and_a_corrected_one_does() -> None:
    town = place("ES-CT", "Girona")
    local = LocalDay(town, date(2025, 10, 29), "Sant Narcís")
    plain = Calendar(*with_agency("ES-CT", "Girona"))
    entered = Calendar(plain.territories, plain.municipalities, {(town, local.on): local})
    assert ends("K-SUB", date(2025, 10, 22), plain) == date(2025, 11, 5)
    assert ends("K-SUB", date(2025, 10, 22), entered) == date(2025, 11, 6)
    mistaken = LocalDay("ES-CT", date(2025, 12, 26), "Sant Esteve", works=True)
    corrected = Calendar(("ES-CT",), (), {("ES-CT", mistaken.on): mistaken})
    assert Calendar(("ES-CT",)).off(mistaken.on)
    assert corrected.off(mistaken.on) is None


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2025, 1, 31), date(2025, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2024, 2, 29), date(2024, 4, 1)),  # 29 March was Good Friday
        (date(2025, 11, 30), date(2025, 12, 30)),
        (date(2025, 12, 31), date(2026, 2, 2)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_months_last_and_rolls_on(start: date, last: date) -> None:
    assert ends("K-REP", start) == last


def test_what_is_filed_on_a_sunday_night_counts_from_the_next_working_day_of_the_registry() -> None:
    sunday = date(2026, 3, 1)
    assert ends("K-RES", sunday) == date(2026, 6, 2)
    due = compute(rules()["K-RES"], sunday, CANARIES, REGISTRY)
    assert whys(due)[0] == "filed_on_weekend"
    canarian = date(2025, 5, 30)  # off there and not at the registry: the filing is of that day
    assert compute(rules()["K-RES"], canarian, CANARIES, REGISTRY).due_on == date(
        2025, 9, 1
    )  # the 30th of August: Saturday


def test_a_notification_that_nobody_opens_is_rejected_after_ten_days_of_any_kind() -> None:
    assert ends("K-NOT", date(2026, 3, 27)) == date(2026, 4, 6)  # holy week in between
    assert ends("K-NOT", date(2025, 12, 18)) == date(2025, 12, 28)  # a Sunday: it does not roll


def test_a_suspended_term_takes_up_where_it_stood() -> None:
    start, stop = date(2026, 2, 2), Stop(date(2026, 2, 10), date(2026, 2, 24))
    assert ends("K-RES", start) == date(2026, 5, 4)  # 2 May is a holiday, a Saturday, in Madrid
    assert ends("K-RES", start, stops=(stop,)) == date(2026, 5, 18)  # fourteen days more, and a Saturday
    assert ends("K-RES", start, stops=(Stop(date(2026, 2, 10)),)) is None
    late = Stop(date(2026, 9, 1), date(2026, 9, 9))
    assert ends("K-RES", start, stops=(late,)) == date(2026, 5, 4)
    ten = bare(10, "working-days")
    assert compute(ten, date(2026, 2, 2), MADRID, stops=(stop,)).due_on == date(2026, 3, 2)


def test_an_extension_is_added_in_the_terms_own_unit() -> None:
    assert ends("K-SUB", date(2026, 9, 7), extension=5) == date(2026, 9, 28)


def test_counting_backwards_says_by_when_to_ask() -> None:
    assert ends("K-CONT", date(2026, 3, 31)) == date(2026, 3, 1)


def test_a_term_without_a_length_of_its_own_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="K-RET"):
        ends("K-RET", date(2026, 1, 1))


def test_a_year_that_nobody_published_is_said_to_be_provisional() -> None:
    due = compute(rules()["K-SUB"], date(2026, 12, 28), CANARIES)
    assert due.provisional == (("ES-CN", 2027), ("ES-MD", 2027))
    sure = Calendar(CANARIES.territories, (), {}, frozenset({("ES-CN", 2027), ("ES-MD", 2027)}))
    assert compute(rules()["K-SUB"], date(2026, 12, 28), sure).provisional == ()
    assert compute(rules()["K-SUB"], date(2026, 3, 2), CANARIES).provisional == ()


def test_a_town_whose_days_nobody_entered_is_named() -> None:
    due = compute(rules()["K-SUB"], date(2026, 3, 2), Calendar(*with_agency("ES-CT", "Girona")))
    assert due.unknown_local == (("ES-CT/Girona", 2026), ("ES-MD/Madrid", 2026))


def test_the_pinned_package_says_of_itself_that_it_checked_these_years() -> None:
    from holidays.countries.spain import Spain

    from compassionate.deadlines.calendars import CHECKED_YEARS

    said = f"checked with official sources for {CHECKED_YEARS[0]}-{CHECKED_YEARS[-1]} only"
    assert said in (Spain.__doc__ or "")


def naive(rule: Rule, start: date, amount: int, calendar: Calendar, stop: Stop | None = None) -> date:
    """Working days as one would count them on a wall calendar."""
    off = {
        day
        for year in range(start.year, start.year + 3)
        for where in calendar.territories
        for day in official_days(where, year)
    }
    day = start
    while amount:
        day += DAY
        works = day.isoweekday() <= 5 and day not in off
        stands = stop is not None and stop.until is not None and stop.since < day <= stop.until
        amount -= works and not stands
    return day


@given(DAYS, st.integers(1, 40), st.integers(0, 20), st.integers(0, 30))
def test_working_days_are_those_of_the_wall_calendar(start: date, amount: int, after: int, length: int) -> None:
    stop = Stop(start + after * DAY, start + (after + length) * DAY)
    rule = bare(amount, "working-days")
    assert compute(rule, start, CANARIES).due_on == naive(rule, start, amount, CANARIES)
    assert compute(rule, start, CANARIES, stops=(stop,)).due_on == naive(rule, start, amount, CANARIES, stop)


@given(DAYS, st.sampled_from(sorted(rules())), st.sampled_from(["ES-CN", "ES-CT", "ES-CE", "ES-MD"]))
def test_a_later_event_never_ends_earlier_and_the_steps_lead_to_the_end(
    start: date, clock: str, territory: str
) -> None:
    rule = rules()[clock]
    if rule.amount is None:
        return
    calendar = Calendar(*with_agency(territory, ""))
    due, next_day = compute(rule, start, calendar, REGISTRY), compute(rule, start + DAY, calendar, REGISTRY)
    assert due.due_on
    assert next_day.due_on
    assert due.due_on <= next_day.due_on
    assert due.steps[-1].on == due.due_on
    assert due.steps[-1].counted or not rule.amount
    if rule.rolls:
        assert calendar.off(due.due_on) is None
    if not rule.august:
        assert due.due_on.month != 8
    assert due.due_on >= start or rule.backwards


@given(DAYS, st.integers(1, 12))
def test_counted_days_are_as_many_as_the_term_has(start: date, amount: int) -> None:
    due = compute(bare(amount, "working-days"), start, MADRID)
    assert sum(step.counted for step in due.steps) == amount
    assert [step.on for step in due.steps] == sorted({step.on for step in due.steps})
