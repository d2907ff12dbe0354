"""The request to the agency: what is asked for, its papers and signatures, and how far it has come."""

from __future__ import annotations

from compassionate.exports.fhir.entries import Entries, Resource, coded, extended, identified, official
from compassionate.exports.fhir.parties import AGENCY, CENTRE, SPONSOR, practitioner, quantity, state_of
from compassionate.snapshot import (
    SENT_PAPERS,
    CaseSnapshot,
    ConsentSnapshot,
    LineSnapshot,
    RequestSnapshot,
    SignatureSnapshot,
    is_witness_void,
)

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
TASKS = {
    "submitted": "in-progress",
    "correction_requested": "in-progress",
    "refusal_notified": "in-progress",
    "ready_to_submit": "ready",
    "denied": "rejected",
    "deemed_withdrawn": "cancelled",
    "withdrawn": "cancelled",
    "not_eligible": "cancelled",
}
BEFORE = frozenset({"draft", "screening", "referred", "preparing", "awaiting_endorsement"})
CONSENTS = {"informed": "proposed", "signed": "active", "refused": "rejected", "revoked": "inactive",
            "superseded": "inactive"}  # fmt: skip
ORDERS = {
    "authorised": "active",
    "in_treatment": "active",
    "interrupted": "on-hold",
    "suspended": "on-hold",
    "revoked": "stopped",
    "denied": "cancelled",
    "deemed_withdrawn": "cancelled",
    "withdrawn": "cancelled",
    "not_eligible": "cancelled",
    "not_treated": "cancelled",
}


def _state(case: CaseSnapshot, number: int) -> str:
    """Where a request stands: the case's own state for the first, its region's for a continuation."""
    region = case.region("continuation", f"continuation-{number}") if number else None
    return region.state if region else case.state


def add_requests(held: Entries) -> None:
    """Each request with what it asks for; the answers that it rests on are in already."""
    for part in held.case.parts():
        lines = [_add_order(held, part.request, line) for line in part.lines]
        _add_task(held, part.request, lines)
        for number, signature in enumerate(part.request.signatures):
            target = held.to("Task", f"{part.request.number}")
            _add_provenance(held, target, f"{part.request.number}/{number}", signature)
    for paper in {paper.id: paper for part in held.case.parts() for paper in part.papers}.values():
        if paper.kind in SENT_PAPERS:
            content = {
                "identifier": identified("sha256", paper.sha256),
                "status": "current",
                "type": coded("paper-kind", paper.kind, f"paper_kind.{paper.kind}"),
                "subject": held.patient(),
                "custodian": held.to("Organization", CENTRE),
                "content": [{"attachment": {"contentType": paper.media_type, "size": paper.size}}],
            }
            held.add("DocumentReference", paper.id, content)


def _add_order(held: Entries, request: RequestSnapshot, line: LineSnapshot) -> Resource:
    case, posology = held.case, request.posology
    decided = any(each.outcome == "authorised" for each in case.decisions if each.request_number == request.number)
    state = _state(case, request.number)
    dosage = [posology.dose, posology.schedule, posology.cycles] if posology else []
    sponsor = [held.to("Organization", SPONSOR)] if case.product.sponsor.strip() else []
    content: Resource = {
        "extension": extended("packs-requested", valueInteger=line.packs_requested)
        + extended("packs-granted", valueInteger=line.packs_granted),
        "identifier": identified("line", f"{case.code}/{request.number}/{line.number}"),
        "status": ORDERS.get(state, "completed" if decided else "draft"),
        "intent": "order" if decided else "proposal",
        "medicationReference": held.to("Medication", f"{line.number}"),
        "subject": held.patient(),
        "requester": practitioner(held, case.physician.name) if case.physician else None,
        "supportingInformation": sponsor,
        "dosageInstruction": [
            {
                "text": " · ".join(each for each in dosage if each),
                "patientInstruction": posology.instructions if posology else "",
                "route": {"text": (posology.route if posology else "") or line.route},
            }
        ],
        "dispenseRequest": {"quantity": quantity(_units(line), line.unit)},
    }
    return held.add("MedicationRequest", f"{request.number}/{line.number}", content)


def _units(line: LineSnapshot) -> int | None:
    return None if line.packs_requested is None else line.packs_requested * line.units_per_pack


def _add_task(held: Entries, request: RequestSnapshot, lines: list[Resource]) -> None:
    case, state = held.case, _state(held.case, request.number)
    decisions = [each for each in case.decisions if each.request_number == request.number]
    content: Resource = {
        "identifier": identified("agency-reference", request.reference)
        + identified("registry-number", request.registry_number),
        "status": "draft" if state in BEFORE else TASKS.get(state, "completed"),
        "businessStatus": state_of("case" if not request.number else "continuation", state),
        "intent": "order",
        "priority": "urgent" if request.urgent else "routine",
        "code": coded("task", "authorisation_request", "document_kind.request_data"),
        "for": held.patient(),
        "authoredOn": request.submitted_at.isoformat() if request.submitted_at else None,
        "requester": held.to("Organization", CENTRE),
        "owner": held.to("Organization", AGENCY),
        "input": [{"type": coded("task-input", "line"), "valueReference": each} for each in lines],
        "output": [
            {"type": coded("task-output", "decision"), "valueCodeableConcept": coded("outcome", each.outcome)}
            for each in decisions
        ],
    }
    held.add("Task", f"{request.number}", content)


def _add_provenance(held: Entries, target: Resource, key: str, signature: SignatureSnapshot) -> None:
    """Who signed what meaning and when, and the SHA-256 of what was signed; it is no cryptographic signature."""
    content: Resource = {
        "extension": extended("content-sha256", valueString=signature.content_sha256),
        "target": [target],
        "recorded": signature.at.isoformat(),
        "activity": coded("signature", signature.meaning),
        "agent": [{"role": [coded("role", signature.role)], "who": practitioner(held, signature.name)}],
    }
    held.add("Provenance", key, content)


def add_consents(held: Entries) -> None:
    """Each consent as it stands; it is in no file that goes to the agency (RD 1015/2009 art. 8.2)."""
    for consent in held.case.consents:
        entry = held.add("Consent", consent.kind, _consent(held, consent))
        if consent.witness is not None and not is_witness_void(held.case.code, consent):
            _add_provenance(held, entry, f"consent/{consent.kind}", consent.witness)


def _consent(held: Entries, consent: ConsentSnapshot) -> Resource:
    day = consent.signed_on or consent.informed_on
    return {
        "status": CONSENTS.get(consent.state, "draft"),
        "scope": official(SCOPE, "treatment", "Treatment"),
        "category": [coded("consent-kind", consent.kind, f"consent_kind.{consent.kind}")],
        "patient": held.patient(),
        "dateTime": day.isoformat() if day else None,
        "organization": [held.to("Organization", CENTRE)],
        "policyRule": {"text": "RD 1015/2009 art. 8.2, 11.1.b; Ley 41/2002 art. 8-10"},
        "extension": extended("consent-state", valueCode=consent.state)
        + extended("sheet-version", valueString=consent.sheet_version)
        + extended("ended-on", valueDate=consent.ended_on.isoformat() if consent.ended_on else None),
    }
