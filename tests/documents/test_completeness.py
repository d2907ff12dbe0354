"""Before a document is issued, every value that it lacks is named, with who adds it and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compassionate.documents.catalogue import KINDS, missing
from compassionate.paths import CURES
from compassionate.snapshot import CaseSnapshot
from compassionate.words import has_words, say
from compassionate.workflow.roles import Role
from tests.documents import examples

TYPICAL = examples.typical()


def codes(case: CaseSnapshot, kind: str = "dossier") -> set[str]:
    return {reason.code.removeprefix("document.") for reason in missing(case, kind, examples.forms())}


def with_request(**changes: Any) -> CaseSnapshot:
    return replace(TYPICAL, request=replace(TYPICAL.request, **changes))


def without_answer(link_id: str) -> CaseSnapshot:
    report = TYPICAL.request.report
    assert report is not None
    answers = {key: value for key, value in report.answers.items() if key != link_id}
    return with_request(report=replace(report, answers=answers))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_missing_from_a_finished_case(kind: str):
    assert missing(TYPICAL, kind, examples.forms()) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_empty_case_lacks_is_named_with_words_person_and_page(kind: str):
    found = missing(examples.empty(), kind, examples.forms())
    assert found
    for reason in found:
        assert has_words(f"reason.{reason.code}"), reason.code
        assert "{" not in say(f"reason.{reason.code}", **reason.params)
        assert reason.who in {role.value for role in Role}
        assert reason.cure in CURES
        assert reason.legal_basis


def test_an_empty_dossier_lacks_everything_at_once():
    assert codes(examples.empty()) == {
        "birth_on_missing", "sex_missing", "identifier_missing", "director_missing", "pharmacist_missing",
        "physician_missing",
        "product_missing", "sponsor_missing", "lines_missing", "eligibility_missing", "diagnosis_missing",
        "report_missing",
        "report.not_signed", "posology_missing", "duration_missing", "import.not_stated",
        "sponsor.willingness_missing",
        "endorsement_missing",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (without_answer("diagnosis"), "diagnosis_missing"),
        (without_answer("allergies"), "report_unanswered"),
        (with_request(posology=None), "posology_missing"),
        (with_request(duration_weeks=None), "duration_missing"),
        (with_request(needs_import=None), "import.not_stated"),
        (with_request(origin_country=""), "origin_country_missing"),
        (with_request(urgent_reason=""), "urgent_reason_missing"),
        (with_request(signatures=()), "endorsement_missing"),
        (with_request(duration_weeks=53, submitted_at=None), "endorsement.not_current"),
        (with_request(duration_weeks=53), "report_changed_since_signed"),
        (replace(TYPICAL, lines=(replace(TYPICAL.lines[0], packs_requested=None),)), "packs_missing"),
        (replace(TYPICAL, eligibility=None), "eligibility_missing"),
        (replace(TYPICAL, criteria=examples.answered("eligibility-disc-msc", {})), "criteria_unanswered"),
        (replace(TYPICAL, product=replace(TYPICAL.product, willing_on=None)), "sponsor.willingness_missing"),
        (replace(TYPICAL, regions=()), "sponsor.agreement_missing"),
        (replace(TYPICAL, physician=None), "physician_missing"),
        (replace(TYPICAL, physician=replace(TYPICAL.physician, collegiate_number="")), "collegiate_number_missing"),
    ],
)
def test_a_dossier_lacks_a_value(case: CaseSnapshot, code: str):
    assert code in codes(case)


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("consent_form", {"product": replace(TYPICAL.product, consent_sheet_version="")}, "sheet_version_missing"),
        ("consent_form", {"patient": replace(TYPICAL.patient, surnames="")}, "name_missing"),
        ("treatment_record", {"doses": ()}, "doses_missing"),
        ("treatment_record", {"decisions": ()}, "authorisation_missing"),
        ("follow_up_report", {"visits": ()}, "visits_missing"),
        ("closing_report", {"state": "in_treatment"}, "outcome_missing"),
        ("request_data", {"eligibility": None}, "eligibility_missing"),
    ],
)
def test_each_kind_asks_for_its_own(kind: str, changes: dict[str, Any], code: str):
    assert codes(replace(TYPICAL, **changes), kind) == {code}


def test_what_was_endorsed_and_submitted_is_not_asked_for_again():
    assert "endorsement.not_current" not in codes(with_request(duration_weeks=53))


def test_a_product_that_needs_no_agreement_lacks_none():
    case = replace(TYPICAL, regions=(), product=replace(TYPICAL.product, agreement_per_patient=False))
    assert "sponsor.agreement_missing" not in codes(case)


def test_unanswered_questions_are_named_in_the_words_of_the_form():
    found = missing(without_answer("allergies"), "dossier", examples.forms())
    reason = next(each for each in found if each.code == "document.report_unanswered")
    assert "Alergias" in say(f"reason.{reason.code}", **reason.params)
