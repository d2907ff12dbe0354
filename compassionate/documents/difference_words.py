"""Differences between two issues in words: where each stands, what it is called, what was said and what is said now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compassionate.documents.differences import INSIDE, MISSING, Raw, Step
from compassionate.documents.phrases import Phrases
from compassionate.questionnaires import Catalogue, Questionnaire
from compassionate.questionnaires.values import said

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
NOTHING: tuple[Any, ...] = (None, "", [], {}, MISSING)
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
DIGEST = re.compile(r"[0-9a-f]{64}")
CODE = re.compile(r"[a-z][a-z0-9_]*")
REGIONS = ("consent", "sponsor_agreement", "supply", "continuation", "committee", "appeal", "notification", "cells")
# Where a field's codes have their words; by part and field where one name means several things.
TABLES: Mapping[str, tuple[str, ...]] = {
    "papers.kind": ("paper_kind",), "labels.kind": ("label_kind",),
    "supply.kind": ("supply_kind",), "consents.kind": ("consent_kind",),
    "consents.state": ("region_state.consent",), "request.kind": ("request_kind",), "centre.kind": ("centre_kind",),
    "visits.name": ("visit",), "events.name": ("done", "step"), "regions.kind": ("region",),
    "regions.instance": ("consent_kind",), "events.instance": ("consent_kind",), "events.region": ("region",),
    "agreement.state": ("region_state.sponsor_agreement",), "rectifications.field": ("rectify_field",),
    "consents.signed_by": ("choice.signed_by",), "application_status": ("print.application_status",),
    "outcome": ("outcome",), "channel": ("choice.channel",), "act": ("choice.act",), "status": ("visit_status",),
    "grounds": ("choice.grounds",), "consent_kinds": ("consent_kind",), "state": ("state",), "meaning": ("signature",),
    "follows": ("urgent_part",), "before": ("state",), "after": ("state",), "packs_terms": ("choice.terms",),
    **{name: (name,) for name in ("sex", "role", "language", "zone", "territory", "programme", "pathway", "region")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference as people read it."""

    section: str
    label: str
    old: str
    new: str
    kind: str


class Teller:
    """Says differences in one language and zone, with the forms that answers were given to."""

    def __init__(self, words: Phrases, forms: Catalogue) -> None:
        self.words, self.forms = words, forms

    def tell(self, raw: Raw) -> Difference:
        """One difference in words."""
        way = raw.way[1:] if len(raw.way) > 1 and raw.way[0].name == INSIDE else raw.way
        section = self._name("content_section", way[0].name)
        if raw.moved:
            return Difference(section, self._label(way), "", self.words.say("content_change.moved"), MOVED)
        old, new = (self._value(way, each, form) for each, form in zip((raw.old, raw.new), raw.forms, strict=True))
        return Difference(section, self._label(way, raw.forms), old, new, _kind(raw))

    def _label(self, way: tuple[Step, ...], forms: tuple[Any, Any] = (None, None)) -> str:
        """From the part to the field: `Presentación 1: Envases solicitados`."""
        parts = [part for at, step in enumerate(way) if (part := self._step(way, at, step, forms))]
        return ": ".join(parts) or self._name("content_section", way[0].name)

    def _step(self, way: tuple[Step, ...], at: int, step: Step, forms: tuple[Any, Any]) -> str:
        question = self._question(step.name, forms) if any(each.name == "answers" for each in way[:at]) else ""
        if question:
            return f"{question} ({step.place})" if step.item is not None else question
        if step.item is not None:
            return self._item(step)
        is_last = at == len(way) - 1
        if not is_last and (at == 0 or step.name in ("answers", "inputs", "details")):
            return ""
        return self._field(way, at)

    def _field(self, way: tuple[Step, ...], at: int) -> str:
        name, part = way[at].name, way[at - 1].name if at else ""
        if part == "scores":
            return self.words.first(f"print.instrument.{name}", f"instrument.{name}.name", name)
        if part in ("packs", "packs_granted"):
            return self.words.say("content_item.lines", number=name)
        codes = (f"content_field.{part}_{name}", f"content_field.{name}", f"changed_field.{name}", f"input.{name}")
        section = () if at else (f"content_section.{name}",)
        return next((self.words.say(each) for each in (*section, *codes) if self.words.knows(each)), name)

    def _name(self, table: str, name: str) -> str:
        return self.words.choice(table, name)

    def _item(self, step: Step) -> str:
        """One element by what people know it by."""
        if not isinstance(step.item, Mapping):
            return self._name("content_section", step.name)
        code, fields = f"content_item.{step.name}", step.item
        if step.name == "others":
            fields = step.item["request"]
        way = (Step(step.name, step.item),)
        named = {name: each for name, each in fields.items() if name != "language"}  # which `say` takes for its own
        known = {name: self._value((*way, Step(name)), each, None) for name, each in named.items()}
        return self.words.say(code, **known) if self.words.knows(code) else f"{step.name} {step.place}"

    def _form(self, named: Any) -> Questionnaire | None:
        try:
            return self.forms.get(*named) if named else None
        except KeyError:
            return None

    def _question(self, name: str, forms: tuple[Any, Any]) -> str:
        for named in (forms[1], forms[0]):
            form = self._form(named)
            if form is not None and form.has(name):
                return form.item(name).text.said(self.words.language)
        return ""

    def _value(self, way: tuple[Step, ...], value: Any, named: Any) -> str:
        if any(value is each or (type(value) is type(each) and value == each) for each in NOTHING):
            return self.words.say("changed.nothing")
        form = self._form(named)
        name = way[-1].name
        if form is not None and form.has(name):
            return answer(form, name, value, self.words.language)
        if isinstance(value, Mapping):
            return self._record(way, value, named)
        if isinstance(value, list):
            return "; ".join(self._value(way, each, named) for each in value)
        return self._scalar(way, value)

    def _record(self, way: tuple[Step, ...], value: Mapping[str, Any], named: Any) -> str:
        shown = {name: each for name, each in value.items() if each not in (None, "", [], {}, False)}
        form = self._form(named or ((value["form"], value["form_version"]) if "form_version" in value else None))
        told = (named or (value.get("form"), value.get("form_version"))) if form else None
        forms = (told, told)
        pairs = [
            (self._step((*way, Step(name)), len(way), Step(name), forms), self._value((*way, Step(name)), each, told))
            for name, each in shown.items()
            if name != "id"
        ]
        return "; ".join(f"{label}: {text}" if label else text for label, text in pairs)

    def _scalar(self, way: tuple[Step, ...], value: Any) -> str:
        name, part = way[-1].name, way[-2].name if len(way) > 1 else ""
        if isinstance(value, bool):
            return self.words.yes_no(value)
        if name == "price_cents":
            return self.words.euros(value)
        if isinstance(value, int | float):
            return self.words.number(value)
        return self._text(name, part, str(value))

    def _text(self, name: str, part: str, text: str) -> str:
        tables = TABLES.get(f"{part}.{name}") or TABLES.get(name) or (f"choice.{name}", name, "choice", "answer")
        coded = next((code for each in tables if self.words.knows(code := f"{each}.{text}")), "")
        if coded and CODE.fullmatch(text.replace("-", "_").replace("/", "_").lower()):
            return self.words.say(coded)
        if (part == "regions" and name == "state") or name in ("before", "after"):
            return self._state(text)
        if DIGEST.fullmatch(text):
            return f"{text[:16]}…"
        if ISO_DAY.fullmatch(text):
            return self.words.day(text)
        return self._moment(text) if ISO_MOMENT.fullmatch(text) else text

    def _state(self, text: str) -> str:
        found = (f"region_state.{each}.{text}" for each in REGIONS)
        return next((self.words.say(each) for each in found if self.words.knows(each)), text)

    def _moment(self, text: str) -> str:
        try:
            return self.words.moment(datetime.fromisoformat(text))
        except ValueError:
            return text


def _kind(raw: Raw) -> str:
    if raw.old is MISSING or raw.old in (None, "", [], {}):
        return ADDED
    return REMOVED if raw.new is MISSING or raw.new in (None, "", [], {}) else CHANGED


def answer(form: Questionnaire, name: str, value: Any, language: str) -> str:
    """An answer as people read it; of a repeating group every row with its questions."""
    item = form.item(name)
    if not item.is_rows:
        return said(item, value, language)
    if not isinstance(value, list):
        return _row(form, value, language)
    return "; ".join(f"({number}) {_row(form, row, language)}" for number, row in enumerate(value, start=1))


def _row(form: Questionnaire, row: Mapping[str, Any], language: str) -> str:
    items = [(form.item(name), each) for name, each in row.items()]
    return ", ".join(f"{item.text.said(language)}: {said(item, each, language)}" for item, each in items)
