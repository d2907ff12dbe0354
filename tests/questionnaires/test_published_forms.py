"""The forms that the product ships: each loads, is bilingual, and asks what the law and the rules read."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compassionate.instruments import instrument, measured_by
from compassionate.questionnaires import Item, ItemType, Phrase, Questionnaire, display, missing
from tests.questionnaires.written import answers_to, published

CATALOGUE = published()
FORMS = list(CATALOGUE)


def words_of(item: Item) -> list[Phrase]:
    return [item.text, *(option.text for option in item.options), *([item.hint] if item.hint else [])]


def link_ids(name: str) -> frozenset[str]:
    return frozenset(item.link_id for item in CATALOGUE.latest(name).walk())


def children(name: str, group: str) -> set[str]:
    return {item.link_id for item in CATALOGUE.latest(name).item(group).items}


def codes(name: str, link_id: str) -> set[str]:
    return {option.code for option in CATALOGUE.latest(name).item(link_id).options}


def test_every_form_of_the_pathway_is_here() -> None:
    reports = {"clinical-report", "progress-report"}
    visits = {"follow-up-disc", "follow-up-general", "follow-up-knee"}

    assert set(CATALOGUE.names()) == {
        *("classification", "eligibility", "eligibility-disc-msc", "eligibility-knee-msc"),
        *(reports | visits),
    }


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_word_is_said_in_english_too(form: Questionnaire) -> None:
    said = [form.title, *(phrase for item in form.walk() for phrase in words_of(item))]

    assert [str(phrase) for phrase in said if "en" not in phrase.translations] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@settings(max_examples=25)
@given(data=st.data())
def test_any_good_answers_can_be_shown(form: Questionnaire, data: st.DataObject) -> None:
    for language in ("es", "en"):
        rows = [row for section in display(form, data.draw(answers_to(form)), language) for row in section.rows]
        assert all(row.label for row in rows)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_text_has_a_length(form: Questionnaire) -> None:
    texts = [item for item in form.walk() if item.type in (ItemType.STRING, ItemType.TEXT)]

    assert [item.link_id for item in texts if item.max_length is None] == []


def test_the_eligibility_check_asks_what_the_rules_read() -> None:
    """RD 1015/2009, articles 1.2, 2, 8.1.a and 9; RD 477/2014, article 3.2."""
    yes_or_no = ("satisfactory_alternative_exists", "purpose_is_care", "same_institution")
    router = ("atu_exists", "authorised_abroad", "authorised_in_spain")
    form = CATALOGUE.latest("eligibility")

    assert {form.item(name).type for name in (*yes_or_no, *router)} == {ItemType.BOOLEAN}
    assert codes("eligibility", "disease_class") == {"chronic", "severely_debilitating", "life_threatening"}
    assert codes("eligibility", "trial_status") == {"trial_ongoing", "ma_applied", "neither"}
    assert codes("eligibility", "considered_how") == {"tried", "contraindicated", "unsuitable", "not_available"}
    assert children("eligibility", "alternatives") == {"alternative", "considered_how", "reason"}
    assert children("eligibility", "trials_checked") == {"register", "identifier", "trial_reason"}
    assert {form.item(name).type for name in ("disease_class_reason", "trial_exclusion_reasons")} == {ItemType.TEXT}


def test_an_empty_trial_number_never_blocks() -> None:
    """A trial of any register counts, and so does an application without a number."""
    form = CATALOGUE.latest("eligibility")

    lacking = {error.field for error in missing(form, {"trial_status": "trial_ongoing"})}

    assert not lacking & {"trial_identifier", "trials_checked"}


def test_the_clinical_report_asks_the_grounds_of_the_request() -> None:
    """RD 1015/2009, articles 8.1.a and 11.1.a; the fields in the order of typing."""
    asked = {"diagnosis", "diagnosis_code", "diagnosis_edition", "stage", "weight_kg", "height_cm", "symptom_onset"}
    told = {"supporting_data", "expected_benefit", "other_illnesses", "allergies", "other_medicines", "monitoring_plan"}

    assert asked | told <= link_ids("clinical-report")
    assert children("clinical-report", "previous_treatments") == {"treatment", "from", "to", "response", "why_stopped"}


@pytest.mark.parametrize(("form", "measures"), [("follow-up-disc", {"vas", "odi"}), ("follow-up-general", set())])
def test_a_visit_measures_what_its_form_asks(form: str, measures: set[str]) -> None:
    assert {each.id for each in measured_by(link_ids(form))} == measures


def test_a_knee_visit_measures_pain_and_every_womac_scale() -> None:
    assert {each.id for each in measured_by(link_ids("follow-up-knee"))} == {"vas", "womac"}


def test_the_bounds_of_the_visit_forms_are_those_of_the_instruments() -> None:
    for name in ("follow-up-disc", "follow-up-knee"):
        form = CATALOGUE.latest(name)
        for measure in measured_by(link_ids(name)):
            for part in measure.entry_parts():
                asked = form.item(part.link_id)
                assert (asked.minimum, asked.maximum) == (part.minimum, part.maximum)


def test_no_wording_of_a_protected_questionnaire_is_shipped() -> None:
    form = CATALOGUE.latest("follow-up-disc")

    sections = [str(form.item(part.link_id).text) for part in instrument("odi").entry_parts()]

    assert sections == [f"Sección {number}: puntuación de 0 a 5" for number in range(1, 11)]


@pytest.mark.parametrize("name", ["follow-up-disc", "follow-up-knee", "follow-up-general"])
def test_an_adverse_event_is_described_where_there_was_one(name: str) -> None:
    def lacking(answer: Any) -> set[str]:
        return {error.field for error in missing(CATALOGUE.latest(name), {"adverse_events": answer})}

    assert "adverse_events_detail" in lacking(True)
    assert "adverse_events_detail" not in lacking(False)


@given(data=st.data())
def test_a_visits_good_answers_can_always_be_scored(data: st.DataObject) -> None:
    form = CATALOGUE.latest("follow-up-disc")
    answers = data.draw(answers_to(form))

    pain, oswestry = (instrument(name).score_answers(answers)["total"] for name in ("vas", "odi"))
    assert pain.value == answers.get("vas_pain")
    assert oswestry.answered == sum(part.link_id in answers for part in instrument("odi").entry_parts())
