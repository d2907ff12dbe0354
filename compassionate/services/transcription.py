"""The request in the order in which it is typed into the agency's application: fields as data, values as plain text.

One order a file in typing_orders/, by pathway and version; every field has an id here, its words, where it is
answered, and whether a request lacks something without it (RD 1015/2009 art. 5-8). Dates are dd/mm/aaaa,
decimals have a comma, nothing carries a format of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.contexts.source import line_name, source
from compassionate.documents.phrases import NBSP, Phrases
from compassionate.models import Case
from compassionate.questionnaires import Field as Asked
from compassionate.questionnaires import ItemType, Questionnaire, fields
from compassionate.questionnaires.enabling import is_answered
from compassionate.questionnaires.values import number as plain_number
from compassionate.questionnaires.values import said
from compassionate.services.criteria import forms_of
from compassionate.services.snapshots import snapshot
from compassionate.services.typed_fields import KNOWN, LINE_FIELDS, OF_FORMS, Desk
from compassionate.services.typed_order import FORMS, Order
from compassionate.services.written_orders import order_of
from compassionate.snapshot import LineSnapshot

LIMIT_SETTING = "typing_limit"


@dataclass(frozen=True, slots=True)
class Typed:
    """One field: id, words, plain text, the page on which it is answered (key and anchor), whether it must be there."""

    id: str
    label: str
    text: str
    cure: str = ""
    anchor: str = ""
    required: bool = False
    limit: int = 0
    verified: bool = False

    @property
    def over(self) -> int:
        """How many characters do not fit, as far as is known."""
        return max(0, len(self.text) - self.limit) if self.limit else 0

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


def order(session: Session, case: Case, number: int = 0) -> Order:
    """The order by which a request is typed: the one that it was begun by."""
    return order_of(session, case, number, clock.now())


def sheet(session: Session, case: Case, number: int = 0, by: Order | None = None) -> tuple[Part, ...]:
    """The request as it is typed: every field of the order that its forms have, in the words of the case's language.

    `by` is an order other than the centre's (ours, where nothing may be left out).
    """
    followed = by or order(session, case, number)
    general = int(case.centre.settings.get(LIMIT_SETTING, 0))
    held = snapshot(session, case, number)
    first = held if number == 0 else snapshot(session, case, 0)
    forms = {
        "report": first.request.report,
        "eligibility": held.eligibility,
        "progress": held.request.report if number else None,
    }
    desk = Desk(source(held, "hospital", forms_of(session)), forms)
    parts = (part for written in followed.parts for part in _parts(desk, written))
    return tuple(
        replace(part, fields=tuple(_bounded(each, followed, general) for each in part.fields)) for part in parts
    )


def _bounded(typed: Typed, followed: Order, general: int) -> Typed:
    """A field with the words and the limit that the order has for it; the centre's limit where it has none."""
    name = typed.id if typed.id in KNOWN or typed.id.partition(".")[0] in OF_FORMS else typed.id.rpartition(".")[0]
    return replace(
        typed,
        label=followed.labels.get(name, typed.label),
        limit=followed.limits.get(name, general),
        verified=name in followed.verified,
    )


def _parts(desk: Desk, written: Mapping[str, Any]) -> Iterator[Part]:
    names, of_lines = _names(written, "fields", desk), _names(written, "line_fields", desk)
    title = desk.words.say(written["title"]) if desk.words.knows(written["title"]) else written["title"]
    if names or of_lines:
        yield Part(written["letter"], title, tuple(typed for name in names for typed in _typed(desk, name)))
    for line in desk.case.lines if of_lines else ():
        typed = tuple(_line(line, name, desk.words) for name in of_lines)
        yield Part(written["letter"], title, typed, f"{line.number}. {line_name(line)}")


def _names(written: Mapping[str, Any], key: str, desk: Desk) -> list[str]:
    """The fields of a part, with those of a continuation where this is one."""
    return [*written.get(key, ()), *(written.get(f"continuation_{key}", ()) if desk.case.request.number else ())]


def _typed(desk: Desk, name: str) -> Iterator[Typed]:
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


def _answered(desk: Desk, name: str) -> Iterator[Typed]:
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


def _form(desk: Desk, form: str) -> tuple[Questionnaire | None, Mapping[str, Any]]:
    held = desk.forms[form]
    if held is not None:
        return desk.held.forms.get(held.form, held.form_version), held.answers
    if form == "progress" and not desk.case.request.number:
        return None, {}
    return desk.held.forms.latest(FORMS[form]), {}


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
