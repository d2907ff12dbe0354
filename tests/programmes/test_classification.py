"""Every combination of answers leads to one route, with a ground for each step, or to a doubt that says what to ask."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassionate.programmes.classification import (
    LEAVING,
    MANIPULATIONS,
    NOT_SUBSTANTIAL,
    ORIGINS,
    STATUSES,
    SUBSTANTIAL,
    YES_NO,
    Answers,
    Route,
    classify,
    of_answers,
)
from compassionate.words import has_words
from compassionate.workflow.engine import pathways
from compassionate.workflow.guards import OTHER_ROUTES
from compassionate.workflow.pathways.es_individual_2026_12 import CASE_REGION

CULTURED = Answers(("separation", "culture"), "yes", "autologous", "trial_ongoing", "no", "yes", "yes")
MADE_HERE = replace(CULTURED, status="neither", same_hospital="yes")
FLAGS = st.sampled_from(YES_NO)
ANSWERS = st.builds(
    Answers,
    st.lists(st.sampled_from(MANIPULATIONS), unique=True).map(tuple),
    *(FLAGS, st.sampled_from([*ORIGINS, ""]), st.sampled_from([*STATUSES, ""]), FLAGS, FLAGS, FLAGS, FLAGS),
)


def codes(answers: Answers) -> set[str]:
    return {each.code for each in classify(answers).grounds}


def doubts(answers: Answers) -> set[str]:
    return {each.code for each in classify(answers).doubts}


def test_own_cultured_cells_in_a_trial_are_compassionate_use():
    found = classify(CULTURED)
    assert found.route is Route.COMPASSIONATE_USE
    assert found.leaving == ("", "")
    assert {"substantial_manipulation", "advanced_therapy", "trial_ongoing"} <= codes(CULTURED)


def test_cells_that_are_only_concentrated_for_the_same_function_are_no_medicine():
    answers = replace(CULTURED, manipulations=("centrifugation", "separation"))
    assert classify(answers).route is Route.TISSUE_LAW
    assert classify(answers).leaving == ("reject_eligibility", "")


def test_another_function_makes_a_medicine_of_concentrated_marrow():
    answers = replace(CULTURED, manipulations=("centrifugation",), same_function="no")
    assert classify(answers).route is Route.COMPASSIONATE_USE
    assert "other_function" in codes(answers)


def test_what_is_neither_in_trials_nor_applied_for_is_of_the_hospital():
    assert classify(MADE_HERE).route is Route.SINGLE_PATIENT
    assert classify(replace(MADE_HERE, single_patient="no")).route is Route.HOSPITAL_EXEMPTION
    assert classify(MADE_HERE).leaving == ("refer", "same_hospital")


def test_outside_its_hospital_or_industrially_no_route_fits_and_the_agency_is_asked():
    for name in ("same_hospital", "non_industrial"):
        answers = replace(MADE_HERE, **{name: "no"})
        assert classify(answers).route is Route.DOUBT
        assert doubts(answers) == {f"not_{name}"}


def test_research_is_a_trial_whatever_the_product_is():
    assert classify(replace(CULTURED, is_research="yes")).leaving == ("refer", "research")


def test_own_and_foreign_cells_count_as_foreign():
    assert classify(replace(CULTURED, origin="both")).treated_as == "allogeneic"


@pytest.mark.parametrize("done", NOT_SUBSTANTIAL)
def test_nothing_of_the_closed_list_is_substantial(done: str):
    assert classify(replace(CULTURED, manipulations=(done,))).route is Route.TISSUE_LAW


@pytest.mark.parametrize("done", SUBSTANTIAL)
def test_one_substantial_manipulation_among_others_is_enough(done: str):
    assert "substantial_manipulation" in codes(replace(CULTURED, manipulations=(*NOT_SUBSTANTIAL, done)))


def test_every_combination_has_one_route_and_a_ground_or_a_doubt_that_is_named():
    done = [(), ("cutting",), ("culture",), ("other",)]
    for given_ in product(done, YES_NO, [*ORIGINS, ""], [*STATUSES, ""], YES_NO, YES_NO, YES_NO, ("yes", "no")):
        found = classify(Answers(*given_))
        assert isinstance(found.route, Route)
        assert found.grounds
        assert bool(found.doubts) or found.route is not Route.DOUBT


@given(ANSWERS)
def test_every_step_has_words_and_an_article(answers: Answers):
    found = classify(answers)
    for kind, each in [*(("ground", each) for each in found.grounds), *(("doubt", each) for each in found.doubts)]:
        assert has_words(f"classification.{kind}.{each.code}")
        assert each.legal_basis
    assert has_words(f"classification.route.{found.route}")


@given(ANSWERS)
def test_knowing_more_never_makes_a_medicine_a_tissue(answers: Answers):
    more = replace(answers, manipulations=(*answers.manipulations, "culture"))
    assert classify(more).route is not Route.TISSUE_LAW


def test_the_step_that_a_route_leads_to_is_there_with_that_answer():
    steps = {row.name: row for row in CASE_REGION.transitions}
    assert {route.value for route in LEAVING} == set(OTHER_ROUTES)
    for step, answer in LEAVING.values():
        choices = {choice for each in steps[step].inputs for choice in each.choices}
        assert not answer or answer in choices
    assert "route_fits" in steps["accept_eligibility"].guards
    assert pathways()


def test_what_the_legal_requirements_asked_is_not_asked_again():
    legal = {"trial_status": "neither", "purpose_is_care": False}
    answers = of_answers({"class_manipulations": ["culture"], "class_origin": "autologous"}, legal)
    assert (answers.status, answers.is_research, answers.same_function) == ("neither", "yes", "unknown")
    assert of_answers({}, {}).status == ""
