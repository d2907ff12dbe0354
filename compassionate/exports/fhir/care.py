"""What was done: forms that were answered, doses, and the scores of visits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from compassionate.exports.fhir.entries import Entries, Resource, coded, official
from compassionate.exports.fhir.parties import practitioner, quantity
from compassionate.instruments import SCALES
from compassionate.questionnaires import to_response
from compassionate.questionnaires.patient_questions import all_questions
from compassionate.snapshot import AnswersSnapshot, DoseSnapshot, VisitSnapshot

UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
UNITS = {"mm": "mm", "percent": "%", "points": "{score}", "index": "{score}", "t": "{score}", "grade": "{grade}"}


def _key(answers: AnswersSnapshot) -> str:
    return f"{answers.form}/{answers.subject}"


def add_answers(held: Entries) -> None:
    """Each answered form under the version it was answered to; raises KeyError for one that is not published."""
    for answers in held.case.answered():
        form = held.forms.get(answers.form, answers.form_version)
        at = answers.saved_at or held.case.opened_at
        response = to_response(form, dict(answers.answers), held.case.code, at) if at else _undated(held, answers)
        subject = {"subject": held.patient(), "author": practitioner(held, answers.saved_by)}
        content = {key: value for key, value in response.items() if key != "resourceType"} | subject
        held.add("QuestionnaireResponse", _key(answers), content)


def add_patient_answers(held: Entries) -> None:
    """What the patient answered by themselves: they are its source and its author, whatever was decided on it."""
    names = [name for name in held.forms.names() if name.startswith("follow-up")]
    form = all_questions(tuple(held.forms.latest(name) for name in names))
    for visit in held.case.visits:
        for number, said in enumerate(visit.by_patient, start=1):
            response = to_response(form, dict(said.answers), held.case.code, said.answered_at)
            content = {key: value for key, value in response.items() if key != "resourceType"}
            who = {"subject": held.patient(), "source": held.patient(), "author": held.patient()}
            held.add("QuestionnaireResponse", f"{form.name}/{visit.name}/{number}", content | who)


def _undated(held: Entries, answers: AnswersSnapshot) -> dict[str, Any]:
    """Answers of which nobody said when they were given."""
    form = held.forms.get(answers.form, answers.form_version)
    response = to_response(form, dict(answers.answers), held.case.code, datetime.min.replace(tzinfo=UTC))
    return {key: value for key, value in response.items() if key != "authored"}


def add_doses(held: Entries) -> None:
    """Each dispensing and administration with its batch."""
    lines = {line.number: line for line in held.case.lines}
    for number, dose in enumerate(held.case.doses):
        if dose.line_number in lines:
            add = _add_dispensing if dose.act == "dispensing" else _add_administration
            add(held, f"{number}", dose, lines[dose.line_number].unit)


def _common(held: Entries, dose: DoseSnapshot) -> Resource:
    return {
        "status": "completed",
        "medicationReference": held.to("Medication", f"{dose.line_number}/{dose.batch}"),
        "subject": held.patient(),
        "performer": [{"actor": who} for who in [practitioner(held, dose.by)] if who],
        "note": [{"text": dose.note}] if dose.note.strip() else [],
    }


def _order(held: Entries, dose: DoseSnapshot) -> Resource:
    return held.to("MedicationRequest", f"{held.case.request.number}/{dose.line_number}")


def _add_dispensing(held: Entries, key: str, dose: DoseSnapshot, unit: str) -> None:
    content = _common(held, dose) | {
        "authorizingPrescription": [_order(held, dose)],
        "quantity": quantity(dose.units, unit),
        "whenHandedOver": dose.given_on.isoformat(),
    }
    held.add("MedicationDispense", key, content)


def _add_administration(held: Entries, key: str, dose: DoseSnapshot, unit: str) -> None:
    content = _common(held, dose) | {
        "request": _order(held, dose),
        "effectiveDateTime": dose.given_on.isoformat(),
        "dosage": {"dose": quantity(dose.units, unit)},
    }
    held.add("MedicationAdministration", key, content)


def add_scores(held: Entries) -> None:
    """Each score of each visit, unrounded, in the instrument's own unit."""
    for visit in held.case.visits:
        for name, value in sorted(visit.scores.items()):
            held.add("Observation", f"{visit.name}/{name}", _observation(held, visit, name, value))


def _observation(held: Entries, visit: VisitSnapshot, name: str, value: float) -> Resource:
    scale = SCALES.get(name)
    unit = UNITS[scale.unit] if scale else "{score}"
    derived = [held.to("QuestionnaireResponse", _key(visit.answers))] if visit.answers else []
    return {
        "status": "final",
        "category": [official(CATEGORY, "survey", "Survey")],
        "code": coded("instrument", name, f"instrument.{name}.name"),
        "subject": held.patient(),
        "effectiveDateTime": visit.done_on.isoformat() if visit.done_on else None,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
        "derivedFrom": derived,
    }
