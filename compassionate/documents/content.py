"""What each document says of a case, and nothing else: the canonical content whose hash tells whether it is stale.

Number and time of issue are left out, and so is whatever the document neither prints nor carries inside, so that an
unrelated change makes nothing stale. A test changes every value of a case and holds hash and print against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from compassionate.documents.contexts.request_data import ELIGIBILITY, FIELDS_OF_GROUNDS
from compassionate.documents.contexts.source import patient_name
from compassionate.documents.contexts.supply import OUT, ordered, units
from compassionate.snapshot import (
    TYPED_BACK,
    AnswersSnapshot,
    CaseSnapshot,
    ConsentSnapshot,
    EventSnapshot,
    PaperSnapshot,
    VisitSnapshot,
    is_void,
    is_witness_void,
    plain,
    sha256,
)

AGENCY = "agency"
Content = dict[str, Any]

CENTRE = ("code", "name", "official_code", "zone", "pharmacy_service", "telephone", "email", "director")
PATIENT_OF_REQUEST = ("initials", "nhc", "cip", "birth_on", "sex")
PATIENT_OF_TREATMENT = ("nhc", "birth_on")
NAMES = ("given_name", "surnames", "national_id")
PRODUCT = (
    "code", "name", "active_substance", "sponsor", "trial_register", "trial_number", "application_status",
    "willing_on", "willing_by",
    "willing_reference",
)  # fmt: skip
PHYSICIAN = ("name", "collegiate_number", "specialty", "service", "telephone", "email")
LINE_NAME = ("number", "strength", "form", "route", "units_per_pack")
LINE_ASKED = (
    *LINE_NAME, "unit", "presentation", "is_free", "price_cents", "national_code", "units_a_day", "days",
    "total_units",
    "packs_requested",
    "packs_note",
)  # fmt: skip
LINE_USED = (*LINE_NAME, "packs_granted", "units_used")
REQUEST = (
    "number", "kind", "previous_reference", "urgent", "urgent_reason", "needs_import", "origin_country",
    "duration_weeks",
    "start_wished_on",
)  # fmt: skip
CONSENT = ("kind", "state", "sheet_version", "informed_on", "informed_by", "signed_on", "signed_by", "representative",
           "interpreter", "copy_given", "ended_on")  # fmt: skip
WITNESS = ("name", "role", "at")
POSOLOGY = ("dose", "schedule", "route", "cycles", "instructions")
AGREEMENT = ("on", "reference", "signed_by")
VISIT = ("name", "months", "status", "planned_on", "done_on", "reason", "scores")
BY_PATIENT = ("answered_at", "answers", "verdict")
EVENT = ("at", "name", "region", "instance", "before", "after", "by", "role")


def pick(value: Any, names: tuple[str, ...]) -> Content | None:
    """Some fields of a part of the snapshot as JSON types; None for no such part."""
    return None if value is None else {name: plain(getattr(value, name)) for name in names}


def _answers(answers: AnswersSnapshot | None) -> Content | None:
    return pick(answers, ("form", "form_version", "answers"))


def _visits(case: CaseSnapshot) -> list[Content]:
    return [_visit(visit) for visit in case.visits]


def _visit(visit: VisitSnapshot) -> Content:
    """A visit as it is printed; what is only sometimes said stands there only then: documents of before stay."""
    said = pick(visit, VISIT) or {}
    said |= {"off_days": visit.off_days} if visit.off_days else {}
    told = [pick(each, BY_PATIENT) for each in visit.by_patient]
    return said | ({"by_patient": told} if told else {})


def _person_name(person: Any) -> str:
    return person.name if person else ""


def _start(case: CaseSnapshot) -> Content:
    return {"case": case.code, "language": case.language, "is_demo": case.is_demo}


def _signature(case: CaseSnapshot, meaning: str) -> Any:
    """The signature as it is printed; that it is void is said only where it is: other documents stay what they are."""
    signed = case.signature(meaning)
    said: Content | None = plain(signed)
    return said | {"void": True} if said is not None and signed is not None and is_void(case, signed) else said


def _consents(case: CaseSnapshot) -> list[Content]:
    """Each consent as it is printed; its witness only where there is one: documents of before stay what they are."""
    return [_consent(case, each) for each in case.consents]


def _consent(case: CaseSnapshot, consent: ConsentSnapshot) -> Content:
    said, witness = pick(consent, CONSENT) or {}, pick(consent.witness, WITNESS)
    if witness is None:
        return said
    return said | {"witness": witness | ({"void": True} if is_witness_void(case.code, consent) else {})}


def _agreement(case: CaseSnapshot, names: tuple[str, ...] = AGREEMENT) -> Content | None:
    region = case.region("sponsor_agreement")
    if region is None:
        return None
    details = {name: plain(region.details.get(name)) for name in names}
    return {"state": region.state, **details, "on": details["on"] or plain(region.since_on)}


def _patient_asked_for(case: CaseSnapshot, copy: str) -> Content | None:
    """The patient as a request names them: to the agency by initials and numbers, in the hospital by name too."""
    return pick(case.patient, PATIENT_OF_REQUEST if copy == AGENCY else (*PATIENT_OF_REQUEST, *NAMES))


def _patient_treated(case: CaseSnapshot, copy: str) -> Content:
    name = case.patient.initials if copy == AGENCY else patient_name(case)
    return (pick(case.patient, PATIENT_OF_TREATMENT) or {}) | {"name": name}


def _request(case: CaseSnapshot, copy: str) -> Content:
    request = pick(case.request, REQUEST) or {}
    return _start(case) | {
        "request": request, "posology": pick(case.request.posology, POSOLOGY), "report": _answers(case.request.report),
        "eligibility": _answers(case.eligibility), "centre": pick(case.centre, CENTRE),
        "product": pick(case.product, PRODUCT[:7]),
        "patient": _patient_asked_for(case, copy), "physician": pick(case.physician, PHYSICIAN),
        "pharmacist": _person_name(case.pharmacist), "lines": [pick(line, LINE_ASKED) for line in case.lines],
        "agreement": _agreement(case), "endorsement": _signature(case, "endorsement"),
    }  # fmt: skip


def _request_data(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    back = pick(case.request, ("reference", "registry_number", "submitted_at")) or {}
    back |= {name: said for name in TYPED_BACK if (said := getattr(case.request, name))}  # those of before said nothing
    endorsed, eligibility = case.signature("endorsement"), _answers(case.eligibility)
    if eligibility is not None:
        typed = {link_id for form, link_id in FIELDS_OF_GROUNDS if form == ELIGIBILITY}
        eligibility["answers"] = {key: value for key, value in eligibility["answers"].items() if key in typed}
    content = _request(case, copy) | {"taken_back": back, "eligibility": eligibility}
    return content | {
        "endorsement": plain(endorsed.at) if endorsed else None,
        "agreement": _agreement(case, AGREEMENT[:2]),
        **({"endorsement_void": True} if endorsed and is_void(case, endorsed) else {}),
    }


def _annexed(listed: Content | None, paper: PaperSnapshot) -> Content | None:
    """A paper of the index; said only where an earlier request carried it: other dossiers stay what they are."""
    return listed | {"sent_with": paper.sent_with} if listed is not None and paper.sent_with else listed


def _dossier(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    listed = ("kind", "title", "pages", "sha256", "copy_sha256", "is_signed", "uploaded_on")
    content = _request(case, copy) | {
        "product": pick(case.product, PRODUCT), "criteria": _answers(case.criteria),
        "report_signature": _signature(case, "clinical_report"),
        "papers": [_annexed(pick(paper, listed), paper) for paper in papers],
    }  # fmt: skip
    if case.request.rectifications:  # said only where there is one: the dossiers of other requests stay what they are
        content["rectifications"] = plain(case.request.rectifications)
    if copy != AGENCY and case.classification is not None:  # the hospital's own reasoning goes to nobody else
        content["classification"] = _answers(case.classification)
    return content if copy == AGENCY else content | {"consents": _consents(case), "carried": carried_sha256(case)}


def carried_sha256(case: CaseSnapshot) -> str:
    """SHA-256 of the case that the hospital's dossier carries inside, so that a dossier never carries an older one.

    What moved nothing (a paper was added, a document issued) is said by what it left; its event is no content.
    """
    return sha256(carried(case))


def carried(case: CaseSnapshot) -> CaseSnapshot:
    """That case: all that makes the hospital's dossier another one."""
    others = tuple(replace(part, papers=_without_copies(part.papers)) for part in case.others)
    told = tuple(event for event in case.events if event.after != event.before)
    return replace(case, events=told, papers=_without_copies(case.papers), others=others, labels=())


def _without_copies(papers: tuple[PaperSnapshot, ...]) -> tuple[PaperSnapshot, ...]:
    """Those that the dossier carries are listed with their hashes; of the others a copy may be made or not."""
    return tuple(replace(paper, copy_sha256="") for paper in papers)


def _consent_form(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    product = pick(case.product, ("name", "active_substance", "sponsor", "consent_kinds", "consent_sheet_version"))
    return _start(case) | {
        "patient": _patient_treated(case, copy), "centre": case.centre.name, "zone": case.centre.zone,
        "product": product,
        "physician": pick(case.physician, ("name", "service")),
    }  # fmt: skip


def _treated(case: CaseSnapshot, copy: str) -> Content:
    return _start(case) | {
        "patient": _patient_treated(case, copy),
        "centre": case.centre.name,
        "zone": case.centre.zone, "product": pick(case.product, ("name", "sponsor")),
        "physician": _person_name(case.physician),
        "pharmacist": _person_name(case.pharmacist), "state": case.state,
    }  # fmt: skip


def _treatment_record(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    return _treated(case, copy) | {
        "decisions": plain(case.decisions), "consents": _consents(case), "posologies": plain(case.posologies),
        "doses": plain(case.doses), "supply": plain(case.supply),
        "lines": [pick(line, LINE_USED) for line in case.lines],
    }  # fmt: skip


def _transfer_summary(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    return _treatment_record(case, copy, papers) | {"visits": _visits(case)}


def _follow_up_report(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    visits = [_visit(visit) | {"answers": _answers(visit.answers)} for visit in case.visits]
    return _treated(case, copy) | {"visits": visits, "doses": [plain(dose.given_on) for dose in case.doses]}


def _closing_report(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    content = _treated(case, copy) | {
        "opened_at": plain(case.opened_at), "decisions": plain(case.decisions), "supply": _account(case),
        "lines": [pick(line, LINE_USED) for line in case.lines],
        "visits": _visits(case),
        "doses": [plain(dose.given_on) for dose in case.doses], "events": _events(case, copy),
    }  # fmt: skip
    return content if copy == AGENCY else content | {"consents": _consents(case)}


def _labels(case: CaseSnapshot, copy: str, papers: tuple[PaperSnapshot, ...]) -> Content:
    centre = pick(case.centre, ("name", "zone"))
    return {"case": case.code, "is_demo": case.is_demo, "language": case.language, "centre": centre,
            "labels": plain(case.labels)}  # fmt: skip


def _account(case: CaseSnapshot) -> list[list[int]]:
    kinds = ("received", *OUT)
    return [
        [ordered(case.supply, line.number), *(units(case.supply, line.number, kind) for kind in kinds)]
        for line in case.lines
    ]


def _event(event: EventSnapshot) -> Content:
    """A step as it is told; which instance it is about is said where it runs beside the case."""
    return (pick(event, EVENT) or {}) | ({"instance": ""} if event.region == "case" else {})


def _events(case: CaseSnapshot, copy: str) -> list[Content]:
    """The steps that are told; the agency's copy tells no step about consent and quotes no free text."""
    told = [event for event in case.events if event.after and event.after != event.before]
    if copy != AGENCY:
        return [_event(event) | {"inputs": plain(event.inputs)} for event in told]
    seen = [event for event in told if event.region != "consent"]
    return [_event(event) | {name: plain(event.inputs.get(name)) for name in ("ending", "on")} for event in seen]


CONTENTS: dict[str, Callable[[CaseSnapshot, str, tuple[PaperSnapshot, ...]], Content]] = {
    "dossier": _dossier,
    "request_data": _request_data,
    "consent_form": _consent_form,
    "treatment_record": _treatment_record,
    "transfer_summary": _transfer_summary,
    "follow_up_report": _follow_up_report,
    "closing_report": _closing_report,
    "labels": _labels,
}
