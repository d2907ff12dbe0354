"""The request in the order in which it is typed into the agency's application: fields as data, values as plain text.

One order a file in typing_orders/, by pathway and version; every field has an id here, its words, where it is
answered, and whether a request lacks something without it (RD 1015/2009 art. 5-8). Dates are dd/mm/aaaa,
decimals have a comma, nothing carries a format of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from compassionate.documents.contexts.packs import calculation
from compassionate.documents.contexts.request_data import agreement, trial
from compassionate.documents.contexts.source import Source, line_name, patient_name, source
from compassionate.documents.phrases import NBSP, Phrases
from compassionate.errors import UnknownCode
from compassionate.models import Case
from compassionate.questionnaires import Field as Asked
from compassionate.questionnaires import ItemType, Questionnaire, fields
from compassionate.questionnaires.enabling import is_answered
from compassionate.questionnaires.values import number as plain_number
from compassionate.questionnaires.values import said
from compassionate.services.criteria import forms_of
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import AnswersSnapshot, CaseSnapshot, LineSnapshot

FOLDER = Path(__file__).parent / "typing_orders"
OF_FORMS = ("report", "eligibility", "progress")


@dataclass(frozen=True, slots=True)
class Typed:
    """One field: id, words, plain text, the page on which it is answered (key and anchor), whether it must be there."""

    id: str
    label: str
    text: str
    cure: str = ""
    anchor: str = ""
    required: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether a request lacks something without it."""
        return self.required and not self.text


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the sheet, with the line that it is about where it is repeated."""

    letter: str
    title: str
    fields: tuple[Typed, ...]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of typing: its parts as written in the file."""

    pathway: str
    version: str
    parts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """A field that the order may name: the code of its words, how it is read, where it is answered."""

    label: str
    read: Callable[[_Desk], str]
    cure: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class _LineField:
    label: str
    read: Callable[[LineSnapshot, Phrases], str]
    cure: str = "product"
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Desk:
    held: Source
    forms: Mapping[str, AnswersSnapshot | None]

    @property
    def case(self) -> CaseSnapshot:
        return self.held.case

    @property
    def words(self) -> Phrases:
        return self.held.words


def _physician(name: str) -> Callable[[_Desk], str]:
    return lambda desk: str(getattr(desk.case.physician, name)) if desk.case.physician else ""


def _posology(name: str) -> Callable[[_Desk], str]:
    return lambda desk: str(getattr(desk.case.request.posology, name)) if desk.case.request.posology else ""


def _centre_code(desk: _Desk) -> str:
    centre = desk.case.centre
    return centre.official_code or centre.code


def _endorsed_on(desk: _Desk) -> str:
    signed = desk.case.signature("endorsement")
    return desk.words.moment(signed.at)[:10] if signed else ""


def _body_surface(desk: _Desk) -> str:
    """Body surface in m² (Mosteller, N Engl J Med 1987;317:1098): the root of kg x cm / 3600."""
    report = desk.forms["report"]
    weight, height = (report.answers.get(name) if report else None for name in ("weight_kg", "height_cm"))
    if not isinstance(weight, int | float) or not isinstance(height, int | float) or weight <= 0 or height <= 0:
        return ""
    return desk.words.number(round((weight * height / 3600) ** 0.5, 2))


KNOWN: dict[str, _Known] = {
    "request.kind": _Known("request_kind", lambda desk: desk.words.choice("request_kind", desk.case.request.kind)),
    "request.previous_reference": _Known("previous_reference", lambda desk: desk.case.request.previous_reference),
    "request.urgent": _Known("urgent", lambda desk: desk.words.yes_no(desk.case.request.urgent), "packs"),
    "request.urgent_reason": _Known("urgent_reason", lambda desk: desk.case.request.urgent_reason, "packs"),
    "request.needs_import": _Known(
        "needs_import", lambda desk: desk.words.yes_no(desk.case.request.needs_import), "import", True
    ),
    "request.origin_country": _Known("origin_country", lambda desk: desk.case.request.origin_country, "import"),
    "request.start_wished_on": _Known(
        "start_wished_on", lambda desk: desk.words.day(desk.case.request.start_wished_on), "posology"
    ),
    "request.duration": _Known(
        "duration", lambda desk: desk.words.count(desk.case.request.duration_weeks, "week"), "posology", True
    ),
    "case.code": _Known("case_code", lambda desk: desk.case.code),
    "centre.name": _Known("centre", lambda desk: desk.case.centre.name, required=True),
    "centre.code": _Known("centre_code", _centre_code),
    "centre.pharmacy_service": _Known("pharmacy_service", lambda desk: desk.case.centre.pharmacy_service, "centre"),
    "centre.pharmacist": _Known(
        "pharmacist", lambda desk: desk.case.pharmacist.name if desk.case.pharmacist else "", "team"
    ),
    "centre.telephone": _Known("telephone", lambda desk: desk.case.centre.telephone, "centre"),
    "centre.email": _Known("email", lambda desk: desk.case.centre.email, "centre"),
    "centre.director": _Known("director", lambda desk: desk.case.centre.director),
    "centre.endorsed_on": _Known("endorsed_at", _endorsed_on),
    "product.name": _Known("product", lambda desk: desk.case.product.name, "product", True),
    "product.active_substance": _Known("active_substance", lambda desk: desk.case.product.active_substance, "product"),
    "product.sponsor": _Known("sponsor", lambda desk: desk.case.product.sponsor, "sponsor", True),
    "product.trial": _Known("trial", lambda desk: trial(desk.held), "product"),
    "product.application_status": _Known(
        "application_status",
        lambda desk: desk.words.choice("print.application_status", desk.case.product.application_status),
        "product",
    ),
    "product.agreement": _Known("sponsor_agreement", lambda desk: agreement(desk.held), "sponsor"),
    "patient.initials": _Known("initials", lambda desk: desk.case.patient.initials, "patient", True),
    "patient.name": _Known("patient_name", lambda desk: patient_name(desk.case), "patient", True),
    "patient.nhc": _Known("nhc", lambda desk: desk.case.patient.nhc, "patient"),
    "patient.cip": _Known("cip", lambda desk: desk.case.patient.cip, "patient"),
    "patient.birth_on": _Known("birth_on", lambda desk: desk.words.day(desk.case.patient.birth_on), "patient", True),
    "patient.sex": _Known("sex", lambda desk: desk.words.choice("sex", desk.case.patient.sex), "patient"),
    "patient.body_surface": _Known("body_surface", _body_surface),
    "physician.name": _Known("physician_name", _physician("name"), "team", True),
    "physician.collegiate_number": _Known("physician_collegiate_number", _physician("collegiate_number"), "team"),
    "physician.specialty": _Known("physician_specialty", _physician("specialty"), "team"),
    "physician.service": _Known("physician_service", _physician("service"), "team"),
    "physician.telephone": _Known("physician_telephone", _physician("telephone"), "team"),
    "physician.email": _Known("physician_email", _physician("email"), "team"),
    "posology.dose": _Known("dose", _posology("dose"), "posology", True),
    "posology.schedule": _Known("schedule", _posology("schedule"), "posology", True),
    "posology.route": _Known("dose_route", _posology("route"), "posology"),
    "posology.cycles": _Known("cycles", _posology("cycles"), "posology"),
    "posology.instructions": _Known("instructions", _posology("instructions"), "posology"),
}
LINE_FIELDS: dict[str, _LineField] = {
    "line.strength": _LineField("strength", lambda line, words: line.strength),
    "line.form": _LineField("form", lambda line, words: line.form),
    "line.route": _LineField("route", lambda line, words: line.route),
    "line.presentation": _LineField("presentation", lambda line, words: line.presentation),
    "line.units_per_pack": _LineField("units_per_pack", lambda line, words: words.number(line.units_per_pack)),
    "line.national_code": _LineField("national_code", lambda line, words: line.national_code),
    "line.packs": _LineField(
        "packs_requested", lambda line, words: words.number(line.packs_requested), "packs", required=True
    ),
    "line.calculation": _LineField("calculation", calculation, "packs", required=True),
}


@cache
def order(pathway: str) -> Order:
    """The newest order of typing of a pathway; raises UnknownCode where it names a field that there is not."""
    files = sorted(FOLDER.glob(f"{pathway}-*.toml"))
    if not files:
        raise UnknownCode(pathway)
    read = tomllib.loads(files[-1].read_text(encoding="utf-8"))
    for part in read["part"]:
        named = [*part.get("fields", ()), *part.get("continuation_fields", ())]
        unknown = [name for name in named if name not in KNOWN and name.split(".")[0] not in OF_FORMS]
        unknown += [name for name in part.get("line_fields", ()) if name not in LINE_FIELDS]
        if unknown:
            raise UnknownCode(f"{files[-1].name}: {', '.join(unknown)}")
    return Order(read["pathway"], read["version"], tuple(read["part"]))


def sheet(session: Session, case: Case, number: int = 0) -> tuple[Part, ...]:
    """The request as it is typed: every field of the order that its forms have, in the words of the case's language."""
    held = snapshot(session, case, number)
    first = held if number == 0 else snapshot(session, case, 0)
    forms = {
        "report": first.request.report,
        "eligibility": held.eligibility,
        "progress": held.request.report if number else None,
    }
    desk = _Desk(source(held, "hospital", forms_of(session)), forms)
    return tuple(part for written in order(case.pathway).parts for part in _parts(desk, written))


def _parts(desk: _Desk, written: Mapping[str, Any]) -> Iterator[Part]:
    names = [*written.get("fields", ()), *(written.get("continuation_fields", ()) if desk.case.request.number else ())]
    title = desk.words.say(written["title"])
    yield Part(written["letter"], title, tuple(typed for name in names for typed in _typed(desk, name)))
    for line in desk.case.lines if written.get("line_fields") else ():
        typed = tuple(_line(line, name, desk.words) for name in written["line_fields"])
        yield Part(written["letter"], title, typed, f"{line.number}. {line_name(line)}")


def _typed(desk: _Desk, name: str) -> Iterator[Typed]:
    if name in KNOWN:
        known = KNOWN[name]
        label = _label(desk.words, known.label)
        yield Typed(name, label, _plain(known.read(desk)), known.cure, "", known.required)
    else:
        yield from _answered(desk, name)


def _line(line: LineSnapshot, name: str, words: Phrases) -> Typed:
    known = LINE_FIELDS[name]
    label = _label(words, known.label)
    return Typed(f"{name}.{line.number}", label, _plain(known.read(line, words)), known.cure, "", known.required)


def _label(words: Phrases, name: str) -> str:
    """The words that print uses for the same thing, unless the sheet has its own."""
    return words.first(f"transcription.{name}", f"print.label.{name}")


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")


def _answered(desk: _Desk, name: str) -> Iterator[Typed]:
    """A question of a form: its words as label, its answer as text, its own page and place as cure."""
    form, _, link_id = name.partition(".")
    questionnaire, answers = _form(desk, form)
    if questionnaire is None or not questionnaire.has(link_id):
        return
    asked = [each for each in fields(questionnaire, answers) if each.item.link_id == link_id and each.is_enabled]
    cure = "eligibility" if form == "eligibility" else "report"
    for each in asked:
        unit = f" ({each.item.unit.said(desk.words.language)})" if each.item.unit else ""
        label = each.item.text.said(desk.words.language) + unit
        yield Typed(name, label, _text(each, desk.words.language), cure, each.path, each.item.required)


def _form(desk: _Desk, form: str) -> tuple[Questionnaire | None, Mapping[str, Any]]:
    held = desk.forms[form]
    if held is not None:
        return desk.held.forms.get(held.form, held.form_version), held.answers
    names = {"report": "clinical-report", "eligibility": "eligibility", "progress": "progress-report"}
    if form == "progress" and not desk.case.request.number:
        return None, {}
    return desk.held.forms.latest(names[form]), {}


def _text(asked: Asked, language: str) -> str:
    if not is_answered(asked.answer):
        return ""
    if asked.item.is_rows:
        rows = [_row(asked, row, language) for row in asked.answer]
        return "\n".join(f"{place}. {text}" for place, text in enumerate(rows, start=1))
    if asked.item.type in (ItemType.DECIMAL, ItemType.INTEGER):
        return plain_number(asked.answer, language)
    return said(asked.item, asked.answer, language)


def _row(asked: Asked, row: Mapping[str, Any], language: str) -> str:
    """`Fisioterapia; Motivo: sin mejoría`: what the row is about, then the rest with its words."""
    cells = [(item, row.get(item.link_id)) for item in asked.item.items if item.is_question]
    texts = [(item.text.said(language), said(item, value, language)) for item, value in cells if is_answered(value)]
    return "; ".join(text if place == 0 else _named(label, text) for place, (label, text) in enumerate(texts))


def _named(label: str, text: str) -> str:
    return f"{label} {text}" if label.endswith("?") else f"{label}: {text}"
