"""What a document still lacks, each value by name, with who can add it and on which page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compassionate.errors import Reason
from compassionate.questionnaires import Catalogue
from compassionate.questionnaires import missing as unanswered
from compassionate.snapshot import AnswersSnapshot, CaseSnapshot, report_content, request_content, sha256
from compassionate.workflow.urgent import AGREEMENT, REPORT, is_core

Reasons = Iterator[Reason]
ENDED = frozenset(
    {
        "referred",
        "not_eligible",
        "denied",
        "deemed_withdrawn",
        "withdrawn",
        "not_treated",
        "in_follow_up",
        "lost_to_follow_up",
        "deceased",
        "closed",
    }
)
MOST_QUESTIONS = 8


def _lacks(held: object, code: str, basis: str, who: str, cure: str) -> Reasons:
    if not held:
        yield Reason(f"document.{code}", basis, who, cure)


def _patient(case: CaseSnapshot) -> Reasons:
    patient, basis = case.patient, "RD 1015/2009 art. 8.1; Ley 41/2002 art. 16"
    yield from _lacks(patient.initials, "initials_missing", basis, "pharmacist", "patient")
    yield from _lacks(patient.birth_on, "birth_on_missing", basis, "pharmacist", "patient")
    yield from _lacks(patient.sex, "sex_missing", basis, "pharmacist", "patient")
    yield from _lacks(
        patient.nhc or patient.cip or patient.national_id, "identifier_missing", basis, "pharmacist", "patient"
    )


def _centre(case: CaseSnapshot) -> Reasons:
    yield from _lacks(case.centre.name, "centre_missing", "RD 1015/2009 art. 8.1", "administrator", "centre")
    yield from _lacks(
        case.centre.director, "director_missing", "RD 1015/2009 art. 8.1, 11.2", "administrator", "centre"
    )
    yield from _lacks(case.pharmacist, "pharmacist_missing", "RD 1015/2009 art. 8.1", "pharmacist", "case")
    yield from _physician(case)


def _physician(case: CaseSnapshot) -> Reasons:
    name = case.physician.name if case.physician else ""
    yield from _lacks(name, "physician_missing", "RD 1015/2009 art. 8.1.a, 11.1", "physician", "case")
    number = case.physician.collegiate_number if case.physician else ""
    if name:
        yield from _lacks(number, "collegiate_number_missing", "RD 1015/2009 art. 8.1.a", "administrator", "accounts")


def _medicine(case: CaseSnapshot) -> Reasons:
    product, basis = case.product, "RD 1015/2009 art. 7.1, 8.1"
    yield from _lacks(product.name and product.active_substance, "product_missing", basis, "pharmacist", "product")
    yield from _lacks(product.sponsor, "sponsor_missing", basis, "pharmacist", "product")
    yield from _lacks(case.lines, "lines_missing", basis, "pharmacist", "product")


def _form(
    answers: AnswersSnapshot | None, forms: Catalogue, code: str, basis: str, cure: str, core: bool = False
) -> Reasons:
    """The form was never opened, or these of its questions are unanswered; `core`: the others follow (urgent)."""
    if answers is None:
        yield Reason(f"document.{code}_missing", basis, "physician", cure)
        return
    lacks = unanswered(forms.get(answers.form, answers.form_version), dict(answers.answers))
    found = [error for error in lacks if not core or is_core(error.field)]
    if found:
        named = [str(error.params.get("label", error.field)) for error in found]
        said = "; ".join(dict.fromkeys(named[:MOST_QUESTIONS])) + ("…" if len(named) > MOST_QUESTIONS else "")
        yield Reason(f"document.{code}_unanswered", basis, "physician", cure, {"questions": said, "count": len(named)})


def _report(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    report, basis = case.request.report, "RD 1015/2009 art. 8.1.a, 11.1.a"
    if case.request.number == 0:
        diagnosis = report and report.answers.get("diagnosis")
        yield from _lacks(diagnosis, "diagnosis_missing", basis, "physician", "report")
    yield from _form(report, forms, "report", basis, "report", REPORT in case.request.follows)
    signed = case.signature("clinical_report")
    if signed is None:
        yield Reason("report.not_signed", basis, "physician", "report")
    elif signed.content_sha256 != sha256(report_content(case)):
        yield Reason("document.report_changed_since_signed", basis, "physician", "report")


def _eligibility(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _form(case.eligibility, forms, "eligibility", "RD 1015/2009 art. 2.1, 8.1.a", "eligibility")
    if case.criteria is not None:
        yield from _form(case.criteria, forms, "criteria", "Protocolo del programa", "eligibility")


def _asked(case: CaseSnapshot) -> Reasons:
    request, basis = case.request, "RD 1015/2009 art. 8.1.a, 11.1.a"
    posology = request.posology
    yield from _lacks(
        posology and posology.dose and posology.schedule, "posology_missing", basis, "physician", "posology"
    )
    yield from _lacks(request.duration_weeks, "duration_missing", basis, "physician", "posology")
    for line in case.lines:
        if line.packs_requested is None:
            params = {"number": line.number, "strength": line.strength}
            yield Reason("document.packs_missing", "RD 1015/2009 art. 8.1.c", "pharmacist", "packs", params)
    if request.needs_import is None:
        yield Reason("import.not_stated", "RD 1015/2009 art. 5", "pharmacist", "import")
    if request.needs_import:
        yield from _lacks(
            request.origin_country, "origin_country_missing", "RD 1015/2009 art. 5", "pharmacist", "import"
        )
    if request.urgent:
        yield from _lacks(
            request.urgent_reason, "urgent_reason_missing", "RD 1015/2009 art. 8.1", "pharmacist", "packs"
        )


def _sponsor(case: CaseSnapshot) -> Reasons:
    if case.product.willing_on is None:
        yield Reason("sponsor.willingness_missing", "RD 1015/2009 art. 7.1", "pharmacist", "sponsor")
    region = case.region("sponsor_agreement")
    if AGREEMENT in case.request.follows:
        return
    if case.product.agreement_per_patient and (region is None or region.state not in ("given", "not_needed")):
        yield Reason("sponsor.agreement_missing", "RD 1015/2009 art. 8.1.b, 12.c", "pharmacist", "sponsor")


def _endorsement(case: CaseSnapshot) -> Reasons:
    signed, basis = case.signature("endorsement"), "RD 1015/2009 art. 8.1, 11.2"
    if signed is None:
        yield Reason("document.endorsement_missing", basis, "director", "request")
    elif case.request.submitted_at is None and signed.content_sha256 != sha256(request_content(case)):
        yield Reason("endorsement.not_current", basis, "director", "request")


def _dossier(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _patient(case)
    yield from _centre(case)
    yield from _medicine(case)
    yield from _eligibility(case, forms)
    yield from _report(case, forms)
    yield from _asked(case)
    yield from _sponsor(case)
    yield from _endorsement(case)


def _request_data(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _patient(case)
    yield from _centre(case)
    yield from _medicine(case)
    yield from _form(case.eligibility, forms, "eligibility", "RD 1015/2009 art. 2.1, 8.1.a", "eligibility")
    core = REPORT in case.request.follows
    yield from _form(case.request.report, forms, "report", "RD 1015/2009 art. 8.1.a", "report", core)
    yield from _asked(case)


def _consent_form(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    patient, basis = case.patient, "Ley 41/2002 art. 8, 10; RD 1015/2009 art. 11.1.b"
    yield from _lacks(patient.surnames and patient.given_name, "name_missing", basis, "pharmacist", "patient")
    yield from _lacks(patient.birth_on, "birth_on_missing", basis, "pharmacist", "patient")
    yield from _lacks(case.physician, "physician_missing", basis, "physician", "case")
    yield from _lacks(case.product.consent_sheet_version, "sheet_version_missing", basis, "administrator", "product")


def _treatment_record(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _patient(case)
    granted = any(decision.outcome == "authorised" for decision in case.decisions)
    yield from _lacks(granted, "authorisation_missing", "RD 1015/2009 art. 10.a", "pharmacist", "decision")
    yield from _lacks(case.doses, "doses_missing", "RD 1015/2009 art. 11", "pharmacist", "treatment")


def _transfer_summary(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _patient(case)
    yield from _physician(case)


def _follow_up_report(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _patient(case)
    done = [visit for visit in case.visits if visit.status == "done"]
    yield from _lacks(done, "visits_missing", "RD 1015/2009 art. 11.1.d-e", "physician", "follow_up")
    for visit in done:
        yield from _lacks(
            visit.answers, "visit_answers_missing", "RD 1015/2009 art. 11.1.d-e", "physician", "follow_up"
        )


def _closing_report(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _patient(case)
    yield from _lacks(case.state in ENDED, "outcome_missing", "RD 1015/2009 art. 11.1.d-e", "physician", "case")


def _labels(case: CaseSnapshot, forms: Catalogue) -> Reasons:
    yield from _lacks(case.labels, "labels_missing", "RDL 9/2014 anexo I d), anexo V 1.6", "cell_unit", "case")


NEEDED: dict[str, Callable[[CaseSnapshot, Catalogue], Reasons]] = {
    "dossier": _dossier,
    "request_data": _request_data,
    "consent_form": _consent_form,
    "treatment_record": _treatment_record,
    "transfer_summary": _transfer_summary,
    "follow_up_report": _follow_up_report,
    "closing_report": _closing_report,
    "labels": _labels,
}


def missing(case: CaseSnapshot, kind: str, forms: Catalogue) -> tuple[Reason, ...]:
    """Every value that a document of that kind still lacks, at once; empty means that it can be issued.

    Raises KeyError for a kind that is not in the catalogue and for answers to a form that is not published.
    """
    found = NEEDED[kind](case, forms)
    return tuple({(reason.code, str(reason.params)): reason for reason in found}.values())
