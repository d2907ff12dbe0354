"""How long a case is kept: the right term, from the right event, never a day too short (RET-01)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.services.instance import TERRITORIES
from compassionate.workflow import retention
from compassionate.workflow.retention import CLASSES, Events, HospitalYears, Term

CLOSED, DIED, EXPIRED = date(2026, 3, 2), date(2040, 5, 6), date(2027, 8, 9)
ALL = Events(CLOSED, date(2030, 1, 1), DIED, EXPIRED)
RECORD = ("key_documents", "clinical_record")
NOTHING_SET = HospitalYears()


def term(territory: str, *classes: str, events: Events = ALL, years: HospitalYears = NOTHING_SET) -> Term:
    """The term that holds for a case of that territory."""
    found = retention.longest(retention.terms(classes or RECORD, territory, events, years))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("territory", "counted_on", "until"),
    [
        ("ES-CT", CLOSED, date(2041, 3, 2)),  # 15 years from the discharge
        ("ES-EX", CLOSED, date(2041, 3, 2)),
        ("ES-MC", date(2030, 1, 1), date(2050, 1, 1)),  # 20 years from the last discharge
        ("ES-CB", DIED, date(2055, 5, 6)),  # 15 years from death
        ("ES-NC", DIED, date(2045, 5, 6)),  # 5 years from death
    ],
)
def test_a_community_has_its_own_term_from_its_own_event(territory: str, counted_on: date, until: date):
    found = term(territory)
    assert (found.counted_on, found.until) == (counted_on, until)


def test_consents_are_kept_for_ever_in_galicia():
    assert (term("ES-GA").until, term("ES-GA").why) == (None, "for_ever")
    assert term("ES-GA", "clinical_record").until == date(2031, 3, 2)


def test_cells_are_kept_thirty_years_after_their_expiry_everywhere():
    for territory in TERRITORIES:
        assert term(territory, "cells").until == date(2057, 8, 9)


def test_catalonia_keeps_the_rest_of_the_record_five_years():
    assert term("ES-CT", "clinical_record").until == date(2031, 3, 2)


def test_the_longest_term_of_a_case_holds_for_the_whole_of_it():
    assert term("ES-CT", *CLASSES).rule.id == "cells"


def test_where_the_law_was_not_read_nothing_falls_due_until_the_hospital_says_how_long():
    assert (term("ES-MD").until, term("ES-MD").why) == (None, "years_unset")
    said = HospitalYears({"key_documents": 20, "clinical_record": 10})
    assert term("ES-MD", years=said).until == date(2046, 3, 2)
    assert term("ES-MD", "clinical_record", years=said).until == date(2036, 3, 2)


def test_a_hospital_may_keep_longer_and_never_shorter():
    assert term("ES-CT", years=HospitalYears({"key_documents": 30})).until == date(2056, 3, 2)
    assert term("ES-CT", years=HospitalYears({"key_documents": 1})).until == date(2041, 3, 2)


def test_a_term_whose_event_nobody_recorded_does_not_end():
    alive = Events(CLOSED, CLOSED, None, EXPIRED)
    assert (term("ES-CB", events=alive).until, term("ES-CB", events=alive).why) == (None, "event_missing")
    assert not retention.is_over(retention.terms(RECORD, "ES-CB", alive, NOTHING_SET), date(2999, 1, 1))


def test_the_last_day_of_a_term_is_still_kept():
    found = retention.terms(RECORD, "ES-CT", ALL, NOTHING_SET)
    assert not retention.is_over(found, date(2041, 3, 2))
    assert retention.is_over(found, date(2041, 3, 3))


def test_a_case_without_terms_is_never_over():
    assert not retention.is_over((), date(2999, 1, 1))


def test_a_case_closed_on_the_29th_of_february_is_kept_to_the_end_of_february():
    leap = Events(date(2028, 2, 29), date(2028, 2, 29), None, None)
    assert term("ES-CT", events=leap).until == date(2043, 2, 28)


def test_every_territory_has_a_rule_for_every_class():
    assert all(retention.rules_for(name, territory) for name in CLASSES for territory in TERRITORIES)


def test_every_rule_says_where_it_was_read():
    assert all(rule.legal_basis and rule.source for rule in retention.rules().rules)


@given(
    st.sampled_from(sorted(TERRITORIES)),
    st.sets(st.sampled_from(CLASSES), min_size=1),
    st.dates(date(2020, 1, 1), date(2060, 1, 1)),
    st.integers(0, 5 * 366),
)
def test_nothing_is_over_within_five_years_of_closing(territory: str, classes: set[str], closed: date, days: int):
    generous = HospitalYears(dict.fromkeys(CLASSES, 1))
    events = Events(closed, closed, closed, closed)
    found = retention.terms(sorted(classes), territory, events, generous)
    today = closed + timedelta(days=min(days, 5 * 365))
    assert not retention.is_over(found, today)


@given(st.sampled_from(sorted(TERRITORIES)), st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.booleans())
def test_no_case_is_due_before_it_is_looked_at(territory: str, closed: date, is_set: bool):
    said = HospitalYears({"key_documents": 7, "clinical_record": 6} if is_set else {})
    years = retention.years_before_due(territory, said)
    died = closed - timedelta(days=20 * 366)
    found = retention.terms(RECORD, territory, Events(closed, closed, died, died), said)
    last_day = retention.months_after(closed, 12 * (years or 100))
    assert not retention.is_over(found, last_day)
