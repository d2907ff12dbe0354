"""The fields that an order of typing may name: the code of their words, how each is read, where it is answered.

`required` are those without which a request lacks something (RD 1015/2009 art. 5, 7, 8). Questions of the forms are
fields too and need no line here: `report.diagnosis`, `eligibility.alternatives`, `progress.response`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compassionate.documents.contexts.packs import calculation
from compassionate.documents.contexts.request_data import agreement, trial
from compassionate.documents.contexts.source import Source, patient_name
from compassionate.documents.phrases import Phrases
from compassionate.snapshot import AnswersSnapshot, CaseSnapshot, LineSnapshot

OF_FORMS = ("report", "eligibility", "progress")


@dataclass(frozen=True, slots=True)
class Known:
    """A field of the whole request."""

    label: str
    read: Callable[[Desk], str]
    cure: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class LineField:
    """A field of each presentation."""

    label: str
    read: Callable[[LineSnapshot, Phrases], str]
    cure: str = "product"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What fields are read from: the case about to be typed, and the answers to its forms."""

    held: Source
    forms: Mapping[str, AnswersSnapshot | None]

    @property
    def case(self) -> CaseSnapshot:
        """The case, seen through the request that is typed."""
        return self.held.case

    @property
    def words(self) -> Phrases:
        """How the case says dates and numbers."""
        return self.held.words


def _physician(name: str) -> Callable[[Desk], str]:
    return lambda desk: str(getattr(desk.case.physician, name)) if desk.case.physician else ""


def _posology(name: str) -> Callable[[Desk], str]:
    return lambda desk: str(getattr(desk.case.request.posology, name)) if desk.case.request.posology else ""


def _centre_code(desk: Desk) -> str:
    centre = desk.case.centre
    return centre.official_code or centre.code


def _endorsed_on(desk: Desk) -> str:
    signed = desk.case.signature("endorsement")
    return desk.words.moment(signed.at)[:10] if signed else ""


def _body_surface(desk: Desk) -> str:
    """Body surface in m² (Mosteller, N Engl J Med 1987;317:1098): the root of kg x cm / 3600."""
    report = desk.forms["report"]
    weight, height = (report.answers.get(name) if report else None for name in ("weight_kg", "height_cm"))
    if not isinstance(weight, int | float) or not isinstance(height, int | float) or weight <= 0 or height <= 0:
        return ""
    return desk.words.number(round((weight * height / 3600) ** 0.5, 2))


KNOWN: dict[str, Known] = {
    "request.kind": Known("request_kind", lambda desk: desk.words.choice("request_kind", desk.case.request.kind)),
    "request.previous_reference": Known("previous_reference", lambda desk: desk.case.request.previous_reference),
    "request.urgent": Known("urgent", lambda desk: desk.words.yes_no(desk.case.request.urgent), "packs"),
    "request.urgent_reason": Known("urgent_reason", lambda desk: desk.case.request.urgent_reason, "packs"),
    "request.needs_import": Known(
        "needs_import", lambda desk: desk.words.yes_no(desk.case.request.needs_import), "import", True
    ),
    "request.origin_country": Known("origin_country", lambda desk: desk.case.request.origin_country, "import"),
    "request.start_wished_on": Known(
        "start_wished_on", lambda desk: desk.words.day(desk.case.request.start_wished_on), "posology"
    ),
    "request.duration": Known(
        "duration", lambda desk: desk.words.count(desk.case.request.duration_weeks, "week"), "posology", True
    ),
    "case.code": Known("case_code", lambda desk: desk.case.code),
    "centre.name": Known("centre", lambda desk: desk.case.centre.name, required=True),
    "centre.code": Known("centre_code", _centre_code),
    "centre.pharmacy_service": Known("pharmacy_service", lambda desk: desk.case.centre.pharmacy_service, "centre"),
    "centre.pharmacist": Known(
        "pharmacist", lambda desk: desk.case.pharmacist.name if desk.case.pharmacist else "", "team"
    ),
    "centre.telephone": Known("telephone", lambda desk: desk.case.centre.telephone, "centre"),
    "centre.email": Known("email", lambda desk: desk.case.centre.email, "centre"),
    "centre.director": Known("director", lambda desk: desk.case.centre.director),
    "centre.endorsed_on": Known("endorsed_at", _endorsed_on),
    "product.name": Known("product", lambda desk: desk.case.product.name, "product", True),
    "product.active_substance": Known("active_substance", lambda desk: desk.case.product.active_substance, "product"),
    "product.sponsor": Known("sponsor", lambda desk: desk.case.product.sponsor, "sponsor", True),
    "product.trial": Known("trial", lambda desk: trial(desk.held), "product"),
    "product.application_status": Known(
        "application_status",
        lambda desk: desk.words.choice("print.application_status", desk.case.product.application_status),
        "product",
    ),
    "product.agreement": Known("sponsor_agreement", lambda desk: agreement(desk.held), "sponsor"),
    "patient.initials": Known("initials", lambda desk: desk.case.patient.initials, "patient", True),
    "patient.name": Known("patient_name", lambda desk: patient_name(desk.case), "patient", True),
    "patient.nhc": Known("nhc", lambda desk: desk.case.patient.nhc, "patient"),
    "patient.cip": Known("cip", lambda desk: desk.case.patient.cip, "patient"),
    "patient.birth_on": Known("birth_on", lambda desk: desk.words.day(desk.case.patient.birth_on), "patient", True),
    "patient.sex": Known("sex", lambda desk: desk.words.choice("sex", desk.case.patient.sex), "patient"),
    "patient.body_surface": Known("body_surface", _body_surface),
    "physician.name": Known("physician_name", _physician("name"), "team", True),
    "physician.collegiate_number": Known("physician_collegiate_number", _physician("collegiate_number"), "team"),
    "physician.specialty": Known("physician_specialty", _physician("specialty"), "team"),
    "physician.service": Known("physician_service", _physician("service"), "team"),
    "physician.telephone": Known("physician_telephone", _physician("telephone"), "team"),
    "physician.email": Known("physician_email", _physician("email"), "team"),
    "posology.dose": Known("dose", _posology("dose"), "posology", True),
    "posology.schedule": Known("schedule", _posology("schedule"), "posology", True),
    "posology.route": Known("dose_route", _posology("route"), "posology"),
    "posology.cycles": Known("cycles", _posology("cycles"), "posology"),
    "posology.instructions": Known("instructions", _posology("instructions"), "posology"),
}
LINE_FIELDS: dict[str, LineField] = {
    "line.strength": LineField("strength", lambda line, words: line.strength),
    "line.form": LineField("form", lambda line, words: line.form),
    "line.route": LineField("route", lambda line, words: line.route),
    "line.presentation": LineField("presentation", lambda line, words: line.presentation),
    "line.units_per_pack": LineField("units_per_pack", lambda line, words: words.number(line.units_per_pack)),
    "line.national_code": LineField("national_code", lambda line, words: line.national_code),
    "line.packs": LineField(
        "packs_requested", lambda line, words: words.number(line.packs_requested), "packs", required=True
    ),
    "line.packs_granted": LineField("packs_granted", lambda line, words: words.number(line.packs_granted), ""),
    "line.calculation": LineField("calculation", calculation, "packs", required=True),
}
