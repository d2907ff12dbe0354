"""Every guard refuses when its fact is missing and passes when it holds; each reason says what, why, who and where."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compassionate.errors import Reason
from compassionate.paths import CURES
from compassionate.workflow.cell_facts import Sample
from compassionate.workflow.facts import BatchFacts, Facts
from compassionate.workflow.guards import GUARDS
from compassionate.workflow.roles import Role
from tests.workflow.situations import (
    CELLS,
    DOSE,
    EARLIER,
    ELIGIBILITY,
    EVERYTHING_HOLDS,
    LATER,
    NOW,
    PATHWAY,
    TODAY,
    WITH_CELLS,
    asker,
    holding,
)

READY = EVERYTHING_HOLDS.request


def eligible(**changed: Any) -> dict[str, Any]:
    return {**ELIGIBILITY, **changed}


def request(**changed: bool) -> Any:
    return type(READY)(**{name: getattr(READY, name) for name in READY.__slots__} | changed)


def with_cells(**changed: Any) -> Facts:
    return replace(WITH_CELLS, cells=replace(CELLS, **changed))


STRANGER = asker("director")
IN_STOCK = (BatchFacts(1, "L1", LATER, "released", 4), BatchFacts(2, "L2", LATER, "released", 7))
REJECTED = (BatchFacts(1, "L1", LATER, "rejected", 4),)
USED_UP = (BatchFacts(1, "L1", LATER, "released", 0),)
ARRIVED = (BatchFacts(1, "L1", LATER, "in_quarantine", 4),)
OTHER_LINE = (BatchFacts(2, "L2", LATER, "in_quarantine", 7),)
NOTIFIED = {"notification-1": (EARLIER, TODAY)}
TYPED = {
    "notification_in_time": {"instance": "notification-1", "accessed_on": LATER},
    "notification_lapsed": {"instance": "notification-1"},
    "procurement_permitted": {"early_reason": "Tiene fiebre", "payer_if_denied": None},
}
OF_A_LINE = ("line_accounted", "batch_to_release", "batch_to_reject", "batch_to_take")

# guard: facts under which it refuses, and the codes of its reasons.
REFUSALS: list[tuple[str, Facts, tuple[str, ...]]] = [
    ("patient_identified", holding(patient_identified=False), ("patient.not_identified",)),
    ("product_chosen", holding(product_chosen=False), ("product.not_chosen",)),
    ("hospital_centre", holding(hospital_centre=False), ("centre.not_hospital",)),
    ("disease_qualifies", holding(eligibility={}), ("eligibility.disease_class",)),
    ("disease_qualifies", holding(eligibility=eligible(disease_class="mild")), ("eligibility.disease_class",)),
    ("disease_qualifies", holding(unmet_criteria=("age", "lavado")), ("eligibility.criterion_unmet",)),
    ("alternatives_documented", holding(eligibility=eligible(alternatives=[])), ("eligibility.alternatives",)),
    (
        "alternatives_documented",
        holding(eligibility=eligible(alternatives=[{"alternative": "Otro", "reason": ""}])),
        ("eligibility.alternatives",),
    ),
    (
        "alternatives_documented",
        holding(eligibility=eligible(satisfactory_alternative_exists=True)),
        ("eligibility.alternative_exists",),
    ),
    (
        "alternatives_documented",
        holding(eligibility={}),
        ("eligibility.alternatives", "eligibility.alternative_exists"),
    ),
    (
        "product_under_investigation",
        holding(eligibility=eligible(trial_status="neither")),
        ("eligibility.not_under_investigation",),
    ),
    ("trial_reasons_given", holding(eligibility=eligible(trial_exclusion_reasons="")), ("eligibility.trial_reasons",)),
    ("purpose_is_care", holding(eligibility=eligible(purpose_is_care=False)), ("eligibility.purpose",)),
    ("purpose_is_care", holding(eligibility={}), ("eligibility.purpose",)),
    ("route_fits", holding(route="tissue_law"), ("eligibility.route_tissue_law",)),
    ("route_fits", holding(route="hospital_exemption"), ("eligibility.route_hospital_exemption",)),
    ("route_fits", holding(route="single_patient"), ("eligibility.route_single_patient",)),
    ("route_fits", holding(route="trial"), ("eligibility.route_trial",)),
    ("clinical_report_signed", holding(request=request(report_signed=False)), ("report.not_signed",)),
    ("posology_and_duration_stated", holding(request=request(posology_stated=False)), ("posology.missing",)),
    ("packs_calculated", holding(request=request(packs_calculated=False)), ("packs.missing",)),
    ("sponsor_willing", holding(sponsor_willing=False), ("sponsor.willingness_missing",)),
    ("sponsor_agreement_given", holding(sponsor_agreement="not_asked"), ("sponsor.agreement_missing",)),
    ("sponsor_agreement_given", holding(sponsor_agreement="asked"), ("sponsor.agreement_missing",)),
    ("sponsor_agreement_given", holding(sponsor_agreement="refused"), ("sponsor.agreement_missing",)),
    ("committee_favourable", holding(committee="not_asked"), ("committee.not_favourable",)),
    ("committee_favourable", holding(committee="asked"), ("committee.not_favourable",)),
    ("committee_favourable", holding(committee="unfavourable"), ("committee.not_favourable",)),
    ("import_stated", holding(request=request(import_stated=False)), ("import.not_stated",)),
    ("not_own_request", holding(contributors=frozenset({STRANGER.account_id})), ("endorsement.own_request",)),
    ("endorsement_current", holding(request=request(endorsement_current=False)), ("endorsement.not_current",)),
    ("dossier_current", holding(request=request(dossier_current=False)), ("dossier.not_current",)),
    (
        "treatment_gate",
        holding(authorisation=None, consents=(), batches=(), lines=(), insurance_held=False),
        (
            "authorisation.missing",
            "consent.missing",
            "stock.none_released",
            "packs.exhausted",
            "insurance.missing",
        ),
    ),
    ("authorisation_held", holding(authorisation=None), ("authorisation.missing",)),
    ("authorisation_held", holding(case_state="suspended"), ("authorisation.missing",)),
    ("treatment_running", holding(case_state="denied"), ("continuation.no_treatment",)),
    ("treated", holding(doses_given=0), ("treatment.none_given",)),
    ("never_treated", holding(doses_given=1), ("treatment.already_given",)),
    ("attempts_documented", holding(contact_attempts=2), ("follow_up.attempts_missing",)),
    ("attempts_documented", holding(contact_channels=1), ("follow_up.attempts_missing",)),
    ("no_open_clocks", holding(open_clocks=("K-REP", "K-CON")), ("clocks.open",)),
    ("appeal_settled", holding(appeal_settled=False), ("appeal.open",)),
    ("reposition_fits", holding(appeal_named="alzada"), ("appeal.higher_named",)),
    ("higher_appeal_fits", holding(appeal_named="reposicion"), ("appeal.higher_not_named",)),
    ("answer_overdue", holding(appeal_answer_due_on=TODAY), ("appeal.answer_in_time",)),
    ("notification_expected", holding(request_filed=False), ("notification.none_expected",)),
    ("notification_in_time", holding(notification_terms=NOTIFIED), ("notification.too_late",)),
    ("notification_lapsed", holding(notification_terms=NOTIFIED), ("notification.still_open",)),
    ("court_route_open", holding(appeal_named="alzada"), ("appeal.higher_first",)),
    ("reactions_settled", holding(reactions_open=1), ("reactions.open",)),
    ("batch_to_release", holding(batches=()), ("supply.no_batch",)),
    ("batch_to_release", holding(batches=IN_STOCK), ("supply.none_in_quarantine",)),
    ("batch_to_release", holding(batches=OTHER_LINE), ("supply.no_batch",)),
    ("batch_to_reject", holding(batches=()), ("supply.no_batch",)),
    ("batch_to_reject", holding(batches=REJECTED), ("supply.none_to_reject",)),
    ("batch_to_reject", holding(batches=USED_UP), ("supply.none_to_reject",)),
    ("batch_to_take", holding(batches=()), ("supply.no_batch",)),
    ("batch_to_take", holding(batches=USED_UP), ("supply.none_left",)),
    ("line_accounted", holding(batches=IN_STOCK), ("supply.units_left",)),
    ("supply_accounted", holding(units_unaccounted={1: 2}), ("supply.unaccounted",)),
    ("follow_up_complete", holding(case_state="in_follow_up", visits_owed=("m12",)), ("follow_up.visits_owed",)),
    ("follow_up_forms_sent", holding(follow_up_forms_owed=True), ("follow_up.forms_owed",)),
    ("donation_consent_held", holding(), ("cells.donation_consent_missing",)),
    ("procurement_permitted", holding(authorisation=None), ("cells.before_authorisation",)),
    ("procurement_permitted", holding(case_state="closed"), ("cells.case_over",)),
    ("destination_told", with_cells(state="destroyed", dispatched=True), ("cells.destination_owed",)),
    ("no_identity_hold", with_cells(hold=("A", "B")), ("cells.identity_hold",)),
    ("identity_hold_stands", WITH_CELLS, ("cells.no_hold",)),
    ("serology_complete", with_cells(serology={}), ("cells.serology_missing",)),
    ("serology_complete", with_cells(sample=Sample()), ("cells.sample_missing",)),
    ("serology_complete", with_cells(sample=Sample(EARLIER, TODAY)), ("cells.sample_outside",)),
    ("serology_complete", with_cells(sample=Sample(TODAY, TODAY, banked=True)), ("cells.second_sample_missing",)),
    ("temperature_accepted", with_cells(temperature="open"), ("cells.temperature_open",)),
    ("temperature_accepted", with_cells(temperature="unfit"), ("cells.temperature_unfit",)),
    ("temperature_to_judge", WITH_CELLS, ("cells.no_excursion",)),
    ("tests_passed", with_cells(tests_missing=("R01",)), ("cells.tests_missing",)),
    ("tests_passed", with_cells(tests_failed=("R07",)), ("cells.tests_failed",)),
    ("released_by_another", with_cells(testers=frozenset({STRANGER.account_id})), ("cells.own_tests",)),
    ("released_by_another", with_cells(accepted_by=STRANGER.account_id), ("cells.same_person_accepted",)),
    ("cells_not_expired", with_cells(expires_at=NOW - timedelta(minutes=1)), ("cells.expired",)),
    ("cells_not_expired", with_cells(expires_at=NOW), ("cells.expired",)),
    ("cells_not_expired", with_cells(expires_at=None), ("cells.expired",)),
    ("first_check_due", WITH_CELLS, ("cells.first_check_done",)),
    ("second_check_due", with_cells(first_checker=""), ("cells.first_check_owed",)),
    ("checker_is_another", with_cells(first_checker=STRANGER.account_id), ("cells.same_checker",)),
    ("cells_dose_recorded", with_cells(dose_recorded=False), ("cells.dose_owed",)),
    ("late_results_known", with_cells(tests_chased=("R07",)), ("cells.results_owed",)),
    ("cells_released", with_cells(state="received"), ("cells.not_verified",)),
    ("cells_released", with_cells(hold=("A", "B")), ("cells.identity_hold",)),
    ("cells_released", with_cells(tests_failed=("R07",)), ("cells.tests_failed",)),
    ("cells_released", with_cells(temperature="unfit"), ("cells.temperature_unfit",)),
    ("cells_accounted", WITH_CELLS, ("cells.unaccounted",)),
]
PASSES: dict[str, Facts] = dict.fromkeys(GUARDS, WITH_CELLS) | {
    "identity_hold_stands": with_cells(hold=("A", "B")),
    "temperature_to_judge": with_cells(temperature="open"),
    "first_check_due": with_cells(first_checker=""),
    "cells_accounted": with_cells(state="destination_reported"),
    "treated": holding(doses_given=1),
    "higher_appeal_fits": holding(appeal_named="alzada"),
    "line_accounted": holding(batches=()),
    "batch_to_release": holding(batches=ARRIVED),
}
LINE = {"line_number": 1}


def ask_guard(name: str, facts: Facts) -> tuple[Reason, ...]:
    return GUARDS[name](facts, STRANGER, LINE if name in OF_A_LINE else TYPED.get(name))


@pytest.mark.parametrize(("name", "facts", "codes"), REFUSALS)
def test_a_guard_refuses_when_its_fact_is_missing(name: str, facts: Facts, codes: tuple[str, ...]):
    assert tuple(reason.code for reason in ask_guard(name, facts)) == codes


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_passes_when_its_fact_holds(name: str):
    assert ask_guard(name, PASSES[name]) == ()


def test_no_guard_is_left_untried():
    assert {name for name, _, _ in REFUSALS} == set(GUARDS)


def test_no_guard_stands_idle():
    used = {name for region in PATHWAY.regions for row in region.transitions for name in (*row.guards, row.when)}
    assert set(GUARDS) <= used


@pytest.mark.parametrize(("name", "facts", "codes"), REFUSALS)
def test_a_reason_says_what_by_which_law_who_and_where(name: str, facts: Facts, codes: tuple[str, ...]):
    for reason in ask_guard(name, facts):
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", reason.code)
        assert reason.legal_basis
        assert reason.who in {role.value for role in Role}
        assert reason.cure in CURES


# Facts with more than one way to hold.


@pytest.mark.parametrize("disease", ["chronic", "severely_debilitating", "life_threatening"])
def test_each_of_the_three_classes_of_disease_qualifies(disease: str):
    assert GUARDS["disease_qualifies"](holding(eligibility=eligible(disease_class=disease)), None, None) == ()


@pytest.mark.parametrize("status", ["trial_ongoing", "ma_applied"])
def test_a_trial_or_an_application_will_do_and_no_number_is_demanded(status: str):
    facts = holding(eligibility=eligible(trial_status=status, trial_identifier=""))
    assert GUARDS["product_under_investigation"](facts, None, None) == ()


def test_a_product_or_a_centre_that_asks_nobody_waits_for_nobody():
    facts = holding(sponsor_agreement="not_needed", committee="not_needed")
    assert GUARDS["sponsor_agreement_given"](facts, None, None) == ()
    assert GUARDS["committee_favourable"](facts, None, None) == ()


def test_the_willingness_of_the_sponsor_is_asked_even_where_no_agreement_is():
    facts = holding(sponsor_agreement="not_needed", sponsor_willing=False)
    assert GUARDS["sponsor_willing"](facts, None, None) != ()


def test_nobody_endorses_what_they_took_part_in_and_anonymous_questions_are_not_refused():
    facts = holding(contributors=frozenset({STRANGER.account_id}))
    assert GUARDS["not_own_request"](facts, STRANGER, None) != ()
    assert GUARDS["not_own_request"](facts, None, None) == ()


@pytest.mark.parametrize("state", ["authorised", "in_treatment", "interrupted"])
def test_medicine_is_ordered_and_asked_for_while_the_authorisation_runs(state: str):
    facts = holding(case_state=state)
    assert GUARDS["authorisation_held"](facts, None, None) == ()
    assert GUARDS["treatment_running"](facts, None, None) == ()


def test_only_the_units_of_the_line_in_question_keep_it_open():
    (reason,) = GUARDS["line_accounted"](holding(batches=IN_STOCK), None, {"line_number": 2})
    assert reason.params == {"units": 7}
    assert GUARDS["line_accounted"](holding(batches=IN_STOCK), None, {"line_number": 3}) == ()


def test_a_batch_that_is_all_at_home_may_still_be_rejected():
    at_home = (BatchFacts(1, "L1", LATER, "released", 0, 2),)
    assert GUARDS["batch_to_reject"](holding(batches=at_home), None, LINE) == ()


def test_visits_are_owed_only_by_a_case_in_follow_up():
    owed = ("m3", "m12")
    assert GUARDS["follow_up_complete"](holding(case_state="lost_to_follow_up", visits_owed=owed), None, None) == ()
    (reason,) = GUARDS["follow_up_complete"](holding(case_state="in_follow_up", visits_owed=owed), None, None)
    assert reason.params == {"visits": ("m3", "m12")}


def test_reasons_carry_what_their_sentences_need():
    (attempts,) = GUARDS["attempts_documented"](holding(contact_attempts=1), None, None)
    assert attempts.params == {"wanted": 3, "channels": 2, "done": 1}
    (clocks,) = GUARDS["no_open_clocks"](holding(open_clocks=("K-REP", "K-CON")), None, None)
    assert clocks.params == {"clocks": ("K-REP", "K-CON")}
    (supply,) = GUARDS["supply_accounted"](holding(units_unaccounted={1: 2, 2: 3}), None, None)
    assert supply.params == {"units": 5}
    (unmet,) = GUARDS["disease_qualifies"](holding(unmet_criteria=("edad", "lavado")), None, None)
    assert unmet.params == {"criteria": ("edad", "lavado")}


def test_more_returned_than_received_is_not_accounted_for_either():
    assert GUARDS["supply_accounted"](holding(units_unaccounted={1: -1}), None, None) != ()


def test_too_much_on_one_line_does_not_make_up_for_too_little_on_another():
    assert GUARDS["supply_accounted"](holding(units_unaccounted={1: 2, 2: -2}), None, None) != ()


def test_the_values_of_a_dose_reach_the_gate():
    assert GUARDS["treatment_gate"](EVERYTHING_HOLDS, STRANGER, DOSE) == ()
    reasons = GUARDS["treatment_gate"](EVERYTHING_HOLDS, STRANGER, DOSE | {"identity_checked": False})
    assert [reason.code for reason in reasons] == ["identity.not_checked"]
