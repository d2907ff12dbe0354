"""The bundle: a collection whose every reference leads to one of its own entries."""

from __future__ import annotations

from datetime import datetime

from compassionate.exports.fhir.asking import add_consents, add_requests
from compassionate.exports.fhir.care import add_answers, add_doses, add_patient_answers, add_scores
from compassionate.exports.fhir.entries import OURS, Entries, Resource
from compassionate.exports.fhir.parties import add_medicine, add_parties
from compassionate.questionnaires import Catalogue
from compassionate.snapshot import CaseSnapshot, canonical

NAME, MEDIA_TYPE = "expediente.fhir.json", "application/fhir+json"


def bundle(case: CaseSnapshot, forms: Catalogue, at: datetime) -> Resource:
    """The case as a Bundle of type `collection`; raises KeyError for a form that is not published."""
    held = Entries(case, forms)
    for add in (
        add_parties,
        add_medicine,
        add_answers,
        add_patient_answers,
        add_requests,
        add_consents,
        add_doses,
        add_scores,
    ):
        add(held)
    return {
        "resourceType": "Bundle",
        "identifier": {"system": f"{OURS}case", "value": case.code},
        "type": "collection",
        "timestamp": at.isoformat(),
        "entry": held.entries(),
    }


def write(case: CaseSnapshot, forms: Catalogue, at: datetime) -> bytes:
    """The bytes that are attached."""
    return canonical(bundle(case, forms, at))
