"""A case frozen as plain data: what documents and exports are functions of, and what an endorsement binds to.

Dates are civil dates, instants UTC with zone, packs whole packs, units the smallest part given.
`canonical` is the JSON that is hashed: sorted keys, no spaces, ISO dates (RFC 8785 for the types used here).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """A professional as documents name them."""

    name: str
    role: str = ""
    collegiate_number: str = ""
    specialty: str = ""
    service: str = ""
    telephone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class CentreSnapshot:
    """The responsible hospital centre."""

    code: str
    name: str
    official_code: str = ""
    territory: str = ""
    zone: str = "Europe/Madrid"
    kind: str = "public"
    pharmacy_service: str = ""
    telephone: str = ""
    email: str = ""
    director: str = ""


@dataclass(frozen=True, slots=True)
class PatientSnapshot:
    """The patient's identifiers, opened for a document of this case alone."""

    initials: str
    given_name: str = ""
    surnames: str = ""
    nhc: str = ""
    cip: str = ""
    national_id: str = ""
    birth_on: date | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True)
class ProductSnapshot:
    """The medicine, its sponsor and the sponsor's willingness to supply (RD 1015/2009 art. 7.1)."""

    code: str
    name: str
    active_substance: str
    sponsor: str
    programme: str = ""
    trial_register: str = ""
    trial_number: str = ""
    application_status: str = ""
    agreement_per_patient: bool = False
    taken_at_home: bool = False
    consent_kinds: tuple[str, ...] = ()
    consent_sheet_version: str = ""
    willing_on: date | None = None
    willing_by: str = ""
    willing_reference: str = ""


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """One presentation: what was asked for with its calculation, granted and used."""

    number: int
    strength: str
    form: str
    route: str
    presentation: str
    unit: str
    units_per_pack: int
    is_free: bool = True
    price_cents: int | None = None
    national_code: str = ""
    units_a_day: str = ""
    days: int | None = None
    total_units: int | None = None
    packs_requested: int | None = None
    packs_note: str = ""
    packs_granted: int | None = None
    units_used: int = 0


@dataclass(frozen=True, slots=True)
class PosologySnapshot:
    """A dated version of how the medicine is given."""

    version: int
    dose: str
    schedule: str
    route: str = ""
    cycles: str = ""
    instructions: str = ""
    from_on: date | None = None


@dataclass(frozen=True, slots=True)
class AnswersSnapshot:
    """Answers to one questionnaire, under the form version they were given to."""

    form: str
    form_version: str
    answers: Mapping[str, Any]
    subject: str = ""
    saved_at: datetime | None = None
    saved_by: str = ""


@dataclass(frozen=True, slots=True)
class SignatureSnapshot:
    """Who signed what meaning, when and over which content."""

    meaning: str
    name: str
    role: str
    at: datetime
    content_sha256: str
    collegiate_number: str = ""
    delegation: str = ""


@dataclass(frozen=True, slots=True)
class PaperSnapshot:
    """An uploaded paper: its bytes are elsewhere, its SHA-256 is here, and that of its copy without metadata."""

    id: str
    kind: str
    title: str
    filename: str
    media_type: str
    size: int
    pages: int
    sha256: str
    uploaded_on: date | None = None
    sent_with: str = ""
    copy_sha256: str = ""
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class RegionSnapshot:
    """Where something that runs beside the case stands, with the values of the step that led there."""

    kind: str
    instance: str
    state: str
    since_on: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionSnapshot:
    """The agency's decision on one request."""

    request_number: int
    outcome: str
    channel: str
    decided_on: date
    seen_on: date
    reference: str = ""
    valid_until: date | None = None
    conditions: str = ""
    grounds: tuple[str, ...] = ()
    grounds_text: str = ""
    follow_up_forms: bool = False
    packs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsentSnapshot:
    """One kind of consent: status for the hospital's copy, never for the agency's."""

    kind: str
    state: str
    sheet_version: str = ""
    informed_on: date | None = None
    informed_by: str = ""
    signed_on: date | None = None
    signed_by: str = ""
    representative: str = ""
    interpreter: str = ""
    copy_given: bool = False
    ended_on: date | None = None
    language: str = ""
    hearing_of_minor: str = ""
    paper_sha256: str = ""
    witness: SignatureSnapshot | None = None


@dataclass(frozen=True, slots=True)
class SupplySnapshot:
    """One movement of the ledger."""

    line_number: int
    kind: str
    on: date
    units: int
    packs: int | None = None
    batch: str = ""
    expires_on: date | None = None
    reference: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class DoseSnapshot:
    """A dispensing or an administration."""

    act: str
    line_number: int
    batch: str
    expires_on: date
    units: int
    given_on: date
    by: str
    collected_by: str = ""
    next_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PatientAnswersSnapshot:
    """What the patient answered by themselves for a visit; `verdict`: accepted, discarded, or nobody decided yet."""

    answered_at: datetime
    answers: Mapping[str, Any]
    language: str = "es"
    verdict: str = ""
    verdict_at: datetime | None = None
    verdict_by: str = ""
    asked_by: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitSnapshot:
    """A follow-up visit; `scores` are unrounded (vas 0-100 mm, odi 0-100 %).

    `day` counts from the first administration (None: by `months`); `off_days`: days outside its window.
    """

    name: str
    months: int
    status: str
    planned_on: date | None = None
    done_on: date | None = None
    reason: str = ""
    answers: AnswersSnapshot | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    day: int | None = None
    before_days: int | None = None
    after_days: int | None = None
    off_days: int | None = None
    unscheduled: bool = False
    by_patient: tuple[PatientAnswersSnapshot, ...] = ()


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """One step of the history."""

    at: datetime
    name: str
    region: str
    instance: str
    before: str
    after: str
    by: str
    role: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RectificationSnapshot:
    """One field that was rectified after the agency had the request (`line` 0: of no one line)."""

    number: int
    field: str
    line: int
    old: str
    new: str
    reason: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class RequestSnapshot:
    """One request to the agency (number 0: the first) with all that it rests on."""

    number: int = 0
    kind: str = "individual"
    previous_reference: str = ""
    urgent: bool = False
    urgent_reason: str = ""
    needs_import: bool | None = None
    origin_country: str = ""
    duration_weeks: int | None = None
    start_wished_on: date | None = None
    reference: str = ""
    registry_number: str = ""
    submitted_at: datetime | None = None
    report: AnswersSnapshot | None = None
    posology: PosologySnapshot | None = None
    signatures: tuple[SignatureSnapshot, ...] = ()
    typed_by: str = ""
    checked_by: str = ""
    differing_fields: str = ""
    rectifications: tuple[RectificationSnapshot, ...] = ()
    follows: tuple[str, ...] = ()  # what may be completed after an urgent filing: no part of what is asked for


@dataclass(frozen=True, slots=True)
class LabelSnapshot:
    """One container's label as it was printed: pseudonymous, for it travels where anybody reads it.

    `values` are its lines by field (cells/labels.py), `european_code` the stored form, `reason` why again.
    """

    order: int
    kind: str
    container: str
    patient: str
    copies: int
    phrase: str
    values: Mapping[str, str] = field(default_factory=dict)
    handling: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    european_code: str = ""
    batch: str = ""
    expires_at: datetime | None = None
    reason: str = ""
    printed_at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class RequestPart:
    """Another request of the same case, with what the case says when it is seen through that one."""

    request: RequestSnapshot
    director: str = ""
    lines: tuple[LineSnapshot, ...] = ()
    papers: tuple[PaperSnapshot, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseSnapshot:
    """One case as it stands, seen through one of its requests; `others` are the rest of them, by number."""

    code: str
    pathway: str
    pathway_version: str
    state: str
    centre: CentreSnapshot
    patient: PatientSnapshot
    product: ProductSnapshot
    request: RequestSnapshot
    language: str = "es"
    opened_at: datetime | None = None
    physician: Person | None = None
    pharmacist: Person | None = None
    lines: tuple[LineSnapshot, ...] = ()
    eligibility: AnswersSnapshot | None = None
    criteria: AnswersSnapshot | None = None
    papers: tuple[PaperSnapshot, ...] = ()
    regions: tuple[RegionSnapshot, ...] = ()
    decisions: tuple[DecisionSnapshot, ...] = ()
    posologies: tuple[PosologySnapshot, ...] = ()
    consents: tuple[ConsentSnapshot, ...] = ()
    supply: tuple[SupplySnapshot, ...] = ()
    doses: tuple[DoseSnapshot, ...] = ()
    visits: tuple[VisitSnapshot, ...] = ()
    events: tuple[EventSnapshot, ...] = ()
    is_demo: bool = False
    others: tuple[RequestPart, ...] = ()
    labels: tuple[LabelSnapshot, ...] = ()  # of the newest order
    classification: AnswersSnapshot | None = None
    programme_version: str = ""

    def signature(self, meaning: str) -> SignatureSnapshot | None:
        """The last signature of that meaning under the request, or None."""
        return next((held for held in reversed(self.request.signatures) if held.meaning == meaning), None)

    def region(self, kind: str, instance: str = "") -> RegionSnapshot | None:
        """The region of that kind (and instance, where several run), or None."""
        return next((held for held in self.regions if held.kind == kind and instance in ("", held.instance)), None)

    def parts(self) -> tuple[RequestPart, ...]:
        """Every request of the case, this one too, by number."""
        own = RequestPart(self.request, self.centre.director, self.lines, self.papers)
        return tuple(sorted((own, *self.others), key=lambda part: part.request.number))

    def answered(self) -> tuple[AnswersSnapshot, ...]:
        """Every form that somebody answered, once."""
        reports = [part.request.report for part in self.parts()]
        held = (
            self.eligibility,
            self.classification,
            self.criteria,
            *reports,
            *(visit.answers for visit in self.visits),
        )
        return tuple(each for each in held if each is not None)

    def through(self, number: int) -> CaseSnapshot:
        """The same case seen through another of its requests; raises KeyError where it has none of that number."""
        if number == self.request.number:
            return self
        parts = {part.request.number: part for part in self.parts()}
        seen = parts.pop(number)
        return replace(
            self,
            centre=replace(self.centre, director=seen.director),
            request=seen.request,
            lines=seen.lines,
            papers=seen.papers,
            others=tuple(parts.values()),
        )


def plain(value: Any) -> Any:
    """A snapshot (or any part of it) as JSON types: dates ISO, tuples lists, numbers that are whole as integers."""
    if is_dataclass(value):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def canonical(value: Any) -> bytes:
    """The bytes that are hashed."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value)).hexdigest()


# Whoever records a written consent signs that they saw it; it is no signature of the patient's, and of no request.
CONSENT_WITNESS = "consent_witness"
WITNESSED = ("kind", "sheet_version", "informed_on", "language", "interpreter", "signed_on", "signed_by",
             "representative", "hearing_of_minor", "copy_given", "paper_sha256", "ended_on")  # fmt: skip

# Papers that go with a request, in the order of the dossier; a consent never does (RD 1015/2009 art. 8.2).
SENT_PAPERS = ("evidence", "sponsor_willingness", "sponsor_agreement", "endorsement_delegation", "other")

# Who typed a request into the agency's application, who checked it and what differed: known once it was filed.
TYPED_BACK = ("typed_by", "checked_by", "differing_fields")


def report_content(case: CaseSnapshot) -> dict[str, Any]:
    """What the physician's signature under the clinical report binds to (RD 1015/2009 art. 8.1.a, 11.1.a)."""
    parts = [_answers(case.eligibility), _answers(case.criteria), _answers(case.request.report)]
    return {
        "case": case.code,
        "request": case.request.number,
        "parts": parts,
        "posology": plain(case.request.posology),
        "duration_weeks": case.request.duration_weeks,
    }


def request_content(case: CaseSnapshot) -> dict[str, Any]:
    """What the management's endorsement binds to: all that goes to the agency, consent left out (art. 8.1, 8.2)."""
    request = plain(case.request)
    for later in (
        "signatures",
        "reference",
        "registry_number",
        "submitted_at",
        "rectifications",
        "follows",
        *TYPED_BACK,
    ):
        del request[later]
    for part in [request["report"]] if request["report"] else []:
        _strip(part)
    asked = [
        {key: value for key, value in plain(line).items() if key not in ("packs_granted", "units_used")}
        for line in case.lines
    ]
    physician = plain(case.physician)
    return {
        "report": report_content(case),
        "request": request,
        "lines": asked,
        "patient": plain(case.patient),
        "product": plain(case.product),
        "centre": plain(case.centre),
        "physician": physician,
        "papers": [[paper.kind, paper.title, paper.sha256] for paper in case.papers if paper.kind in SENT_PAPERS],
        "regions": [plain(region) for region in case.regions if region.kind in ("sponsor_agreement", "committee")],
    }


def signed_content(case: CaseSnapshot, meaning: str) -> dict[str, Any]:
    """What a signature of that meaning binds to, as the case says it now."""
    return report_content(case) if meaning == "clinical_report" else request_content(case)


def is_void(case: CaseSnapshot, signed: SignatureSnapshot) -> bool:
    """Whether the content is no longer the one that was signed (21 CFR 11.70; SIG-03)."""
    return signed.content_sha256 != sha256(signed_content(case, signed.meaning))


def witnessed_content(code: str, consent: ConsentSnapshot) -> dict[str, Any]:
    """What the witness of a written consent signs: what was recorded of it, and the SHA-256 of the signed paper."""
    return {"case": code, "consents": [{name: plain(getattr(consent, name)) for name in WITNESSED}]}


def is_witness_void(code: str, consent: ConsentSnapshot) -> bool:
    """Whether a consent is no longer what its witness signed: ended, or without the paper that they saw."""
    signed = consent.witness
    return signed is not None and signed.content_sha256 != sha256(witnessed_content(code, consent))


def _strip(answers: dict[str, Any]) -> dict[str, Any]:
    answers.pop("saved_at", None)
    answers.pop("saved_by", None)
    return answers


def _answers(answers: AnswersSnapshot | None) -> Any:
    return None if answers is None else _strip(plain(answers))
