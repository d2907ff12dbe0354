"""Who and what the case is about: patient by code, centre, professionals, sponsor, agency, medicine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from compassionate.exports.fhir.entries import Entries, Resource, coded, identified
from compassionate.snapshot import CaseSnapshot, LineSnapshot, Person

CENTRE, SPONSOR, AGENCY = "centre", "sponsor", "agency"
AGENCY_NAME = "Agencia Española de Medicamentos y Productos Sanitarios"
GENDERS = ("male", "female", "other", "unknown")


def add_parties(held: Entries) -> None:
    """Organisations, patient and professionals."""
    case = held.case
    held.add(
        "Organization",
        CENTRE,
        {
            "identifier": identified("centre", case.centre.code)
            + identified("official-centre-code", case.centre.official_code),
            "name": case.centre.name,
        },
    )
    held.add("Organization", AGENCY, {"name": AGENCY_NAME})
    if case.product.sponsor.strip():
        held.add("Organization", SPONSOR, {"name": case.product.sponsor})
    _add_patient(held)
    for person in _people(case):
        if not knows(held, person.name):
            numbers = identified("collegiate-number", person.collegiate_number)
            held.add("Practitioner", person.name, {"identifier": numbers, "name": [{"text": person.name}]})


def _add_patient(held: Entries) -> None:
    """The person as the code of the case, with sex and year of birth and nothing else."""
    patient = held.case.patient
    content: Resource = {
        "identifier": identified("case", held.case.code),
        "gender": patient.sex if patient.sex in GENDERS else "unknown",
        "birthDate": f"{patient.birth_on.year:04d}" if patient.birth_on else None,
        "managingOrganization": held.to("Organization", CENTRE),
    }
    held.add("Patient", "", content)


def knows(held: Entries, name: str) -> bool:
    """Whether somebody of that name is in the bundle."""
    return ("Practitioner", name) in held.held


def practitioner(held: Entries, name: str) -> Resource | None:
    """The reference to a professional by name; None where nobody is named."""
    return held.to("Practitioner", name) if knows(held, name) else None


def _people(case: CaseSnapshot) -> Iterator[Person]:
    yield from (person for person in (case.physician, case.pharmacist) if person and person.name.strip())
    signatures = [
        each for part in (case.request, *(other.request for other in case.others)) for each in part.signatures
    ]
    signatures += [each.witness for each in case.consents if each.witness is not None]
    yield from (Person(each.name, each.role, each.collegiate_number) for each in signatures)
    named: list[Iterable[str]] = [
        (case.centre.director,),
        (each.informed_by for each in case.consents),
        (each.by for each in case.doses),
    ]
    yield from (Person(name) for names in named for name in names if name.strip())


def add_medicine(held: Entries) -> None:
    """The medicine, once a presentation, and once more for each batch that was given of it."""
    for line in held.case.lines:
        held.add("Medication", f"{line.number}", _medication(held, line))
    lines = {line.number: line for line in held.case.lines}
    for dose in held.case.doses:
        if dose.line_number in lines:
            batch = {"lotNumber": dose.batch, "expirationDate": dose.expires_on.isoformat()}
            content = _medication(held, lines[dose.line_number]) | {"batch": batch}
            held.add("Medication", f"{dose.line_number}/{dose.batch}", content)


def _medication(held: Entries, line: LineSnapshot) -> Resource:
    product = held.case.product
    named = [product.name or product.code, line.strength, line.form, line.presentation]
    return {
        "identifier": identified("product", product.code) + identified("national-code", line.national_code),
        "code": {"text": " · ".join(part for part in named if part)},
        "form": {"text": line.form},
        "ingredient": [{"itemCodeableConcept": {"text": product.active_substance}, "isActive": True}]
        if product.active_substance
        else [],
    }


def state_of(region: str, state: str) -> Resource:
    """A state of ours with its words."""
    return coded(f"state:{region}", state, f"state.{state}")


def quantity(value: Any, unit: str) -> Resource | None:
    """So many of something that is counted in units of its own name."""
    return None if value is None else {"value": value, "unit": unit}
