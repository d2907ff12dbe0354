"""The case as FHIR R4: an independent reader takes every example, every reference leads somewhere, nobody is named."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from compassionate.exports import fhir
from compassionate.questionnaires import from_response
from compassionate.snapshot import CaseSnapshot, PatientAnswersSnapshot, RequestPart
from tests.documents import examples

pytestmark = pytest.mark.one_database


def continued() -> CaseSnapshot:
    """A case with a second request."""
    case = examples.typical()
    later = replace(case.request, number=1, report=examples.answered("progress-report", {"response": "partial"}, "1"))
    return replace(case, others=(RequestPart(later, "Otra directora", case.lines[:1], case.papers),))


CASES = {
    "empty": examples.empty,
    "typical": examples.typical,
    "extreme": examples.extreme,
    "continued": continued,
}


@cache
def written(name: str) -> bytes:
    return fhir.write(CASES[name](), examples.forms(), examples.ISSUE.at)


def resources(name: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in json.loads(written(name))["entry"]]


def of_kind(kind: str, name: str = "typical") -> list[dict[str, Any]]:
    return [each for each in resources(name) if each["resourceType"] == kind]


def references(value: Any) -> Iterator[str]:
    """Every reference at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        yield from (found for each in value.values() for found in references(each))
    elif isinstance(value, list):
        yield from (found for each in value for found in references(each))


@pytest.mark.parametrize("name", CASES)
def test_an_independent_reader_takes_it(name: str):
    from fhir.resources.R4B.bundle import Bundle

    read = Bundle.model_validate_json(written(name))
    assert read.type == "collection"
    assert len(read.entry) == len(resources(name))


@pytest.mark.parametrize("name", CASES)
def test_every_reference_leads_to_an_entry_and_every_id_is_one_of_its_own(name: str):
    document = json.loads(written(name))
    urls = [entry["fullUrl"] for entry in document["entry"]]
    assert len(set(urls)) == len(urls)
    assert urls == [f"urn:uuid:{entry['resource']['id']}" for entry in document["entry"]]
    assert set(references(document)) <= set(urls)


def test_the_same_case_gives_the_same_bytes():
    assert fhir.write(examples.typical(), examples.forms(), examples.ISSUE.at) == written("typical")
    other = replace(examples.typical(), code="HGA-2026-00099X")
    ids = {
        each["id"]
        for each in fhir.bundle(other, examples.forms(), examples.ISSUE.at)["entry"][0].values()
        if isinstance(each, dict)
    }
    assert not ids & {each["id"] for each in resources("typical")}


@pytest.mark.parametrize("name", ["typical", "continued"])
def test_nobody_can_tell_who_the_patient_is(name: str):
    patient = CASES[name]().patient
    text = written(name).decode()
    for identifier in (patient.surnames, patient.given_name, patient.nhc, patient.cip, patient.national_id):
        assert identifier
        assert not re.search(rf"\b{re.escape(identifier)}\b", text)
    assert patient.birth_on is not None
    assert patient.birth_on.isoformat() not in text
    (held,) = of_kind("Patient", name)
    assert set(held) == {"resourceType", "id", "identifier", "gender", "birthDate", "managingOrganization"}
    assert held["birthDate"] == str(patient.birth_on.year)


def test_every_answer_can_be_read_back_from_its_form():
    case = examples.typical()
    told = {each["questionnaire"]: each for each in of_kind("QuestionnaireResponse")}
    for answers in (case.eligibility, case.criteria, case.request.report):
        assert answers is not None
        form = examples.forms().get(answers.form, answers.form_version)
        response = told[f"urn:compassionate-use:questionnaire:{answers.form}|{answers.form_version}"]
        read = from_response(form, response)
        assert {key: read[key] for key in answers.answers if key in read} == {
            key: value for key, value in answers.answers.items() if key in read
        }
        assert len(read) > 5


def test_what_was_given_and_measured_is_there():
    case = examples.typical()
    kinds = Counter(each["resourceType"] for each in resources("typical"))
    assert kinds["MedicationDispense"] + kinds["MedicationAdministration"] == len(case.doses)
    assert kinds["Observation"] == sum(len(visit.scores) for visit in case.visits)
    assert kinds["Consent"] == len(case.consents)
    assert kinds["DocumentReference"] == len(examples.annexes())
    witnesses = [each.witness for each in case.consents if each.witness]
    assert kinds["Provenance"] == len(case.request.signatures) + len(witnesses)
    (given,) = of_kind("MedicationAdministration")
    assert given["dosage"]["dose"] == {"value": 2, "unit": "jeringas"}
    scores = {each["valueQuantity"]["value"] for each in of_kind("Observation")}
    assert 28.888888888888889 in scores


def test_what_a_patient_answered_is_theirs_whatever_was_decided_on_it():
    case = examples.typical()
    said = PatientAnswersSnapshot(examples.ISSUE.at, {"vas_pain": 35, "symptoms": True, "symptoms_text": "Fiebre"})
    visits = tuple(replace(each, by_patient=(said,)) if each.name == "m3" else each for each in case.visits)
    bundle = fhir.bundle(replace(case, visits=visits), examples.forms(), examples.ISSUE.at)
    found = [each["resource"] for each in bundle["entry"]]
    patient = next(each for each in bundle["entry"] if each["resource"]["resourceType"] == "Patient")["fullUrl"]
    (own,) = [each for each in found if "patient-questions" in each.get("questionnaire", "")]
    assert own["source"] == own["author"] == {"reference": patient}
    assert {item["linkId"] for item in own["item"]} == {"vas_pain", "symptoms", "symptoms_text"}


def test_the_request_says_where_it_stands():
    (task,) = of_kind("Task")
    assert task["businessStatus"]["coding"][0]["code"] == examples.typical().state
    assert {each["valueCodeableConcept"]["coding"][0]["code"] for each in task["output"]} == {"authorised"}
    assert len(of_kind("Task", "continued")) == 2


def test_a_code_is_the_standards_or_ours():
    official = {
        "http://terminology.hl7.org/CodeSystem/consentscope",
        "http://terminology.hl7.org/CodeSystem/observation-category",
        "http://unitsofmeasure.org",
    }
    for name in CASES:
        systems = set(re.findall(r'"system":"([^"]+)"', written(name).decode()))
        assert all(each in official or each.startswith("urn:compassionate-use:") for each in systems), systems
