"""What the page of rectifications shows: those made, with what they owe, and the fields that may be rectified."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.questionnaires import Field, ItemType
from compassionate.services import rectifications, rectified_parts, rectified_values
from compassionate.services.binding import ENDORSEMENT, content_of, latest_dossier
from compassionate.services.binding import REPORT as SIGNED
from compassionate.services.documents import is_stale
from compassionate.services.facts import request_state
from compassionate.services.patients import SEXES
from compassionate.services.proofs import SigningAct
from compassionate.services.rectifications import EDIT, Rectified
from compassionate.services.rectified_parts import REPORT, REQUIREMENTS, YES_NO
from compassionate.services.requests import the_request
from compassionate.services.snapshots import snapshot
from compassionate.web import signing
from compassionate.web.access import actor
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, fill, recovered_at
from compassionate.web.presenters import errors_by_field
from compassionate.web.request_pages import heading
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, exact, language, say
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.rectifying import Rule, rules
from compassionate.workflow.roles import Role

Row = dict[str, Any]
Questions = dict[str, Field]
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
ISO_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)")
PARTS = (REPORT, REQUIREMENTS, "patient")
INPUTS = {
    ItemType.TEXT: "long",
    ItemType.DATE: "day",
    ItemType.DECIMAL: "number",
    ItemType.INTEGER: "number",
    ItemType.BOOLEAN: "choice",
    ItemType.CHOICE: "choice",
}
FORM = ("value", "reason", "told_on", "channel", "told_reference", "password")


def page(case: Case, number: int, chosen: str, failure: Failure | None) -> Row:
    """Everything on the page of a request's rectifications."""
    state = request_state(case, number)
    listed = rectifications.rectifications(db(), case, number)
    values = rectified_values.values(db(), case, the_request(case, number))
    questions = _questions(case, number)
    fields = [_field(case, number, name, value, questions) for name, value in values.items()]
    is_open = may(case, "rectify", state)
    endorses = signing_act(case, number, ENDORSEMENT)
    blank = dict.fromkeys(FORM, "")
    return heading(case, number) | {
        "rows": [_row(case, each, questions) for each in reversed(listed)],
        "groups": _groups(fields),
        "chosen": next((each for each in fields if each["name"] == chosen and each["mine"] and is_open), None),
        "may_rectify": is_open,
        "may_tell": may(case, "tell_rectification"),
        "who": who_may(case, "rectify", state),
        "channels": [(each, say(f"choice.channel.{each}")) for each in CHANNELS],
        "owes_endorsement": any(each.owes_endorsement for each in listed),
        "may_endorse": may(case, "endorse_rectification", state),
        "content": endorses.content,
        "endorsing": signing.offer(case, endorses, Role.DIRECTOR),
        "signing": signing.offer(case, signing_act(case, number, SIGNED), Role.PHYSICIAN),
        "signing_errors": errors_by_field(failure.errors) if failure else {},
        "filled": fill(blank, case=case, edit=EDIT, instance=str(number), failure=failure, labels=_labels()),
        "dossier": _dossier(case, number),
        "recovered": recovered_at(),
    }


def signing_act(case: Case, number: int, meaning: str, seen: str | None = None) -> SigningAct:
    """Signing the report or endorsing the request, as it was read; as it stands, where nobody says what was read."""
    return SigningAct(meaning, case.id, number, content=seen or content_of(snapshot(db(), case, number), meaning))


def _labels() -> dict[str, str]:
    return {
        "value": gettext("Valor correcto"),
        "reason": gettext("Por qué se rectifica"),
        "told_on": gettext("Comunicada el"),
        "channel": gettext("Cómo"),
    }


def _questions(case: Case, number: int) -> Questions:
    """The questions that may be rectified, by the name of their field."""
    return {
        f"{part}.{path}": field
        for part in (REPORT, REQUIREMENTS)
        for path, field in rectified_parts.answered(db(), case, part, number).items()
    }


def _groups(fields: list[Row]) -> list[Row]:
    """The fields as tables: what the request asks for, then what people answered, then who the patient is."""
    found: dict[str, list[Row]] = {"request": [], **{part: [] for part in PARTS}}
    for field in fields:
        part = field["name"].partition(".")[0]
        found[part if part in PARTS else "request"].append(field)
    return [{"title": say(f"rectify_group.{part}"), "fields": rows} for part, rows in found.items() if rows]


def _named(case: Case, name: str, questions: Questions) -> str:
    field, _, line = name.partition(".")
    if field in (REPORT, REQUIREMENTS):
        return question_words(questions[name]) if name in questions else line
    if field == "patient":
        return say(f"rectify_field.{name}")
    words = say(f"rectify_field.{field}")
    several = line and len(case.lines) > 1
    return f"{words}: {line_words(next(row for row in case.lines if str(row.number) == line))}" if several else words


def question_words(field: Field) -> str:
    """A question as its form asks it, with the row that it stands in."""
    parts = field.path.split(".")
    words = field.item.text.said(language())
    return f"{words} ({int(parts[1]) + 1})" if len(parts) == 3 else words


def _input(rule: Rule, name: str, questions: Questions) -> Row:
    """How the new value is typed: the kind of box, and what may be chosen."""
    if name == "patient.sex":
        return {"kind": "choice", "options": [(each, say(f"sex.{each}")) for each in SEXES]}
    if rule.part != "answers":
        return {
            "kind": {"identity": "day" if name == "patient.birth_on" else "text", "date": "day"}.get(
                rule.kind, rule.kind
            )
        }
    item = questions[name].item
    options = [(each.code, each.text.said(language())) for each in item.options]
    yes_no = [(code, say(f"answer.{code}")) for code in YES_NO]
    kind = INPUTS.get(item.type, "text")
    return {"kind": kind, "options": options if item.type is ItemType.CHOICE else yes_no}


def _value(text: str) -> str:
    if found := ISO_MOMENT.fullmatch(text):
        return f"{day(date.fromisoformat(found[1]))} {found[2]}"
    return day(date.fromisoformat(text)) if ISO_DATE.fullmatch(text) else text.replace("\n", " ") or "–"


def _field(case: Case, number: int, name: str, value: str, questions: Questions) -> Row:
    rule = rules()[name.partition(".")[0]]
    address = url_for("rectifications.index", code=case.code, number=number, campo=name)
    return {
        "name": name,
        "label": _named(case, name, questions),
        "value": say(f"sex.{value}") if name == "patient.sex" else _value(value),
        "stored": value,
        **_input(rule, name, questions),
        "limit": rule.limit,
        "mine": rectifications.may_rectify(rule, actor(), case),
        "href": f"{address}#rectificar",
        "who": ", ".join(say(f"role.{role.value}") for role in rule.roles),
        "because": say(f"rectify_because.{rule.because}"),
        "again": rule.endorsed_again,
        "signed": rule.signed_again,
        "legal_basis": rule.legal_basis,
    }


def _row(case: Case, each: Rectified, questions: Questions) -> Row:
    row = each.row
    name = f"{row.field}.{row.line_number}" if row.line_number else row.field
    told = gettext("%(on)s, %(how)s", on=day(row.told_on), how=say(f"choice.channel.{row.told_channel}"))
    return {
        "id": row.id,
        "number": row.number,
        "label": _named(case, name, questions),
        "old": _value(each.old),
        "new": _value(each.new),
        "reason": each.reason,
        "by": each.by,
        "at": exact(row.at),
        "told": " · ".join(part for part in (told, row.told_reference) if part) if row.told_on else "",
        "again": row.endorse_again,
        "endorsed": gettext("%(name)s, %(at)s", name=each.endorsed_by, at=exact(row.endorsed_at))
        if row.endorsed_at
        else "",
    }


def _dossier(case: Case, number: int) -> Row | None:
    """The dossier issued last for the agency, and whether it still says what the request says."""
    held = latest_dossier(db(), case, number)
    if held is None:
        return None
    return {"version": held.version, "next": held.version + 1, "is_stale": is_stale(db(), case, held)}
