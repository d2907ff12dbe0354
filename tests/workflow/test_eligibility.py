"""Where a patient belongs when it is not here: advice from the answers, with its article and its step."""

from __future__ import annotations

from typing import Any

import pytest

from compassionate.words import has_words
from compassionate.workflow import engine
from compassionate.workflow.eligibility import RULES, advise
from tests.world import ELIGIBILITY


def test_answers_that_fit_this_route_give_no_advice():
    assert advise(ELIGIBILITY) == ()


def test_no_answers_give_no_advice():
    assert advise({}) == ()


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"purpose_is_care": False}, "research"),
        ({"atu_exists": True}, "atu_exists"),
        ({"same_institution": True}, "same_hospital"),
        ({"authorised_in_spain": True}, "authorised_here"),
        ({"authorised_abroad": True, "trial_status": None}, "authorised_abroad"),
        ({"satisfactory_alternative_exists": True}, "alternative_exists"),
        ({"trial_status": "neither"}, "not_under_investigation"),
    ],
)
def test_each_answer_that_speaks_against_it_is_named(answers: dict[str, Any], code: str):
    assert [advice.code for advice in advise(ELIGIBILITY | answers)] == [code]


def test_a_medicine_authorised_abroad_and_in_trials_stays_here():
    assert advise(ELIGIBILITY | {"authorised_abroad": True, "trial_status": "trial_ongoing"}) == ()


def test_all_advice_is_given_at_once():
    assert len(advise({"purpose_is_care": False, "atu_exists": True, "authorised_in_spain": True})) == 3


def test_each_advice_has_words_an_article_and_a_step_that_takes_its_route():
    pathway = engine.latest("es-individual")
    for _, advice in RULES:
        assert has_words(f"advice.{advice.code}")
        assert advice.legal_basis
        ((_, row),) = pathway.rows(advice.step)
        routes = next((asked.choices for asked in row.inputs if asked.name == "route"), ())
        assert advice.route in (*routes, "")
