"""The data of a request in the order of typing (A to G), and the sheet that takes them to the agency's screen.

RD 1015/2009 art. 5-8. The agency's own order is unseen, so the order is data here: FIELDS_OF_GROUNDS.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from compassionate.documents import answers
from compassionate.documents.answers import Shown
from compassionate.documents.blocks import Block, note, row, rows, said_heading, said_rows, section, table
from compassionate.documents.contexts.packs import calculation
from compassionate.documents.contexts.source import Source, line_name, patient_name
from compassionate.documents.phrases import NBSP, text_of
from compassionate.snapshot import LineSnapshot, is_void

REPORT, ELIGIBILITY = "report", "eligibility"
BODY = ("weight_kg", "height_cm")
FIELDS_OF_GROUNDS: tuple[tuple[str, str], ...] = (
    (REPORT, "diagnosis"), (REPORT, "diagnosis_code"), (REPORT, "diagnosis_edition"), (ELIGIBILITY, "disease_class"),
    (ELIGIBILITY, "disease_class_reason"), (REPORT, "stage"), (REPORT, "symptom_onset"), (REPORT, "clinical_summary"),
    (REPORT, "previous_treatments"), (ELIGIBILITY, "alternatives"), (ELIGIBILITY, "satisfactory_alternative_exists"),
    (REPORT, "supporting_data"), (REPORT, "expected_benefit"), (REPORT, "monitoring_plan"),
    (ELIGIBILITY, "trial_status"), (ELIGIBILITY, "trial_identifier"), (ELIGIBILITY, "trial_exclusion_reasons"),
    (ELIGIBILITY, "trials_checked"), (REPORT, "other_illnesses"),
    (REPORT, "allergies"), (REPORT, "other_medicines"),
)  # fmt: skip


def sections(held: Source) -> list[dict[str, Any]]:
    """The seven sections of a request, A to G."""
    parts = (_request, _centre, _medicine, _patient, _physician, _grounds, _treatment)
    titles = ("request", "centre", "medicine", "patient", "physician", "grounds", "treatment")
    return [
        section(f"datos-{letter.lower()}", f"print.data.{title}", *part(held), number=letter)
        for letter, title, part in zip("ABCDEFG", titles, parts, strict=True)
    ]


def _request(held: Source) -> list[Block]:
    request, words = held.case.request, held.words
    pairs = [
        ("case_code", held.case.code), ("request_kind", words.choice("request_kind", request.kind)),
        ("request_number", words.number(request.number) if request.number else ""),
        ("previous_reference", request.previous_reference), ("urgent", words.yes_no(request.urgent)),
        ("urgent_reason", request.urgent_reason),
    ]  # fmt: skip
    optional = ("previous_reference", "urgent_reason", "request_number")
    return [rows(*(pair for pair in pairs if pair[1] or pair[0] not in optional))]


def _centre(held: Source) -> list[Block]:
    centre, pharmacist = held.case.centre, held.case.pharmacist
    official = f"{centre.code} ({centre.official_code})" if centre.official_code else centre.code
    return [
        rows(
            ("centre", centre.name), ("centre_code", official), ("pharmacy_service", centre.pharmacy_service),
            ("pharmacist", pharmacist.name if pharmacist else ""), ("telephone", centre.telephone),
            ("email", centre.email),
            ("director", centre.director), ("endorsed_at", _endorsed(held)),
        )
    ]  # fmt: skip


def _endorsed(held: Source) -> str:
    """When management endorsed; of one whose content changed since, that it no longer stands."""
    signed = held.case.signature("endorsement")
    said = held.words.moment(signed.at) if signed else ""
    return f"{said}. {held.words.say('signature_void.print')}" if signed and is_void(held.case, signed) else said


def _medicine(held: Source) -> list[Block]:
    product, request, words = held.case.product, held.case.request, held.words
    general = rows(
        ("product", f"{product.name} ({product.code})" if product.name else product.code),
        ("active_substance", product.active_substance), ("sponsor", product.sponsor), ("trial", trial(held)),
        ("application_status", words.choice("print.application_status", product.application_status)),
        ("sponsor_agreement", agreement(held)), ("needs_import", words.yes_no(request.needs_import)),
        ("origin_country", request.origin_country),
    )  # fmt: skip
    general["rows"] = [
        each
        for each in general["rows"]
        if each["value"] or each["label"] not in ("application_status", "origin_country")
    ]
    return [general, *(block for line in held.case.lines for block in _line(line, held))]


def _line(line: LineSnapshot, held: Source) -> list[Block]:
    words = held.words
    price = words.say("print.free") if line.is_free else words.euros(line.price_cents) or words.say("print.charged")
    return [
        said_heading(words.say("print.line_heading", number=line.number, name=line_name(line))),
        rows(
            ("strength", line.strength), ("form", line.form), ("route", line.route),
            ("presentation", line.presentation),
            ("unit", line.unit), ("units_per_pack", words.number(line.units_per_pack)),
            ("national_code", line.national_code), ("price", price),
        ),
    ]  # fmt: skip


def trial(held: Source) -> str:
    """Register and number of the trial, as the product's sheet has them."""
    return " ".join(part for part in (held.case.product.trial_register, held.case.product.trial_number) if part)


def agreement(held: Source) -> str:
    """Where the sponsor's agreement to this patient stands (art. 8.1.b, 12.c), with reference and date."""
    region, words = held.region("sponsor_agreement"), held.words
    if region is None or region.state == "not_needed":
        return words.say("region_state.sponsor_agreement.not_needed")
    given_on = words.day(text_of(region.details, "on")) or words.day(region.since_on)
    parts = [
        words.choice("region_state.sponsor_agreement", region.state),
        given_on,
        text_of(region.details, "reference"),
    ]
    return " · ".join(part for part in parts if part)


def _patient(held: Source) -> list[Block]:
    patient, words, report = held.case.patient, held.words, held.shown(held.case.request.report)
    names = [("initials", patient.initials)]
    if not held.for_agency:
        names += [("patient_name", patient_name(held.case)), ("national_id", patient.national_id)]
    identity = [
        *names, ("nhc", patient.nhc), ("cip", patient.cip), ("birth_on", words.day(patient.birth_on)),
        ("sex", words.choice("sex", patient.sex)),
    ]  # fmt: skip
    return [{"type": "rows", "rows": [row(label, value) for label, value in identity] + _body(held, report)}]


def _body(held: Source, report: Shown | None) -> list[dict[str, Any]]:
    if report is None:
        return []
    measured = [row("", value, said) for said, value in report.pairs(BODY)]
    surface = _surface(report.raw.get("weight_kg"), report.raw.get("height_cm"))
    return measured + ([row("body_surface", f"{held.words.number(surface, 2)}{NBSP}m²")] if surface else [])


def _surface(weight_kg: Any, height_cm: Any) -> Decimal | None:
    """Body surface in m² by Mosteller (N Engl J Med 1987;317:1098): the root of kg x cm / 3600."""
    if any(
        isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 for value in (weight_kg, height_cm)
    ):
        return None
    return (Decimal(repr(weight_kg)) * Decimal(repr(height_cm)) / 3600).sqrt()


def _physician(held: Source) -> list[Block]:
    person = held.case.physician
    names = ("name", "collegiate_number", "specialty", "service", "telephone", "email")
    return [rows(*((f"physician_{name}", getattr(person, name) if person else "") for name in names))]


def _grounds(held: Source) -> list[Block]:
    """What justifies the request: the fields asked for in their order, then whatever else the report says."""
    forms = {REPORT: held.shown(held.case.request.report), ELIGIBILITY: held.shown(held.case.eligibility)}
    printed: list[Block] = []
    for form, link_id in FIELDS_OF_GROUNDS:
        _append(printed, held, forms[form], link_id)
    known = frozenset({link_id for form, link_id in FIELDS_OF_GROUNDS if form == REPORT} | set(BODY))
    printed += answers.blocks(forms[REPORT], held.words.language, known)
    return printed or [note("print.note.not_written")]


def _append(printed: list[Block], held: Source, form: Shown | None, link_id: str) -> None:
    """Add one field: to the rows above it, or as a table where it repeats."""
    if form is None or not form.questionnaire.has(link_id):
        return
    group = form.group(link_id)
    if group:
        printed.append(answers.repeated(form, link_id, group, held.words.language))
    elif pairs := form.pairs([link_id]):
        if not (printed and printed[-1]["type"] == "rows"):
            printed.append(said_rows([]))
        printed[-1]["rows"] += said_rows(pairs)["rows"]


def _treatment(held: Source) -> list[Block]:
    request, words = held.case.request, held.words
    posology = request.posology
    columns = (("line", 36), ("calculation", 52), ("packs_requested", 12))
    body = [
        [f"{line.number}. {line_name(line)}", calculation(line, words), words.number(line.packs_requested)]
        for line in held.case.lines
    ]
    return [
        rows(
            ("dose", posology.dose if posology else ""), ("schedule", posology.schedule if posology else ""),
            ("dose_route", posology.route if posology else ""), ("cycles", posology.cycles if posology else ""),
            ("instructions", posology.instructions if posology else ""),
            ("start_wished_on", words.day(request.start_wished_on)),
            ("duration", words.count(request.duration_weeks, "week")),
        ),
        table("packs", columns, body, numeric="packs_requested"),
    ]  # fmt: skip


def taken_back(held: Source) -> dict[str, Any]:
    """What comes back from the agency's screen: printed where known, else left as a line to fill in by hand."""
    request, words = held.case.request, held.words
    pairs = (
        ("reference", request.reference), ("registry_number", request.registry_number),
        ("submitted_at", words.moment(request.submitted_at)), ("typed_by", request.typed_by),
        ("checked_by", request.checked_by), ("differing_fields", request.differing_fields),
    )  # fmt: skip
    block = {"type": "blanks", "rows": [row(label, value) for label, value in pairs]}
    return section("vuelta", "print.section.taken_back", block)


def context(held: Source) -> dict[str, Any]:
    """The request data sheet of the hospital."""
    return {
        "lead": [note("print.note.request_data")],
        "sections": [*sections(held), taken_back(held)],
        "contents": False,
    }
