"""What the page of rectifications shows: those made, with what they owe, and the fields that may be rectified."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services import rectifications, rectified_values
from compassionate.services.binding import ENDORSEMENT, content_of, latest_dossier
from compassionate.services.documents import is_stale
from compassionate.services.facts import request_state
from compassionate.services.rectifications import EDIT, Rectified
from compassionate.services.requests import the_request
from compassionate.services.snapshots import snapshot
from compassionate.web.access import actor
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, fill, recovered_at
from compassionate.web.request_pages import heading
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, exact, say
from compassionate.workflow.inputs import CHANNELS
from compassionate.workflow.rectifying import rules

Row = dict[str, Any]
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
FORM = ("value", "reason", "told_on", "channel", "told_reference", "password")


def page(case: Case, number: int, chosen: str, failure: Failure | None) -> Row:
    """Everything on the page of a request's rectifications."""
    state = request_state(case, number)
    listed = rectifications.rectifications(db(), case, number)
    values = rectified_values.values(db(), case, the_request(case, number))
    fields = [_field(case, number, name, value) for name, value in values.items()]
    is_open = may(case, "rectify", state)
    blank = dict.fromkeys(FORM, "")
    return heading(case, number) | {
        "rows": [_row(case, each) for each in reversed(listed)],
        "fields": fields,
        "chosen": next((each for each in fields if each["name"] == chosen and each["mine"] and is_open), None),
        "may_rectify": is_open,
        "may_tell": may(case, "tell_rectification"),
        "who": who_may(case, "rectify", state),
        "channels": [(each, say(f"choice.channel.{each}")) for each in CHANNELS],
        "owes_endorsement": any(each.owes_endorsement for each in listed),
        "may_endorse": may(case, "endorse_rectification", state),
        "content": content_of(snapshot(db(), case, number), ENDORSEMENT),
        "filled": fill(blank, case=case, edit=EDIT, instance=str(number), failure=failure, labels=_labels()),
        "dossier": _dossier(case, number),
        "recovered": recovered_at(),
    }


def _labels() -> dict[str, str]:
    return {
        "value": gettext("Valor correcto"),
        "reason": gettext("Por qué se rectifica"),
        "told_on": gettext("Comunicada el"),
        "channel": gettext("Cómo"),
    }


def _named(case: Case, name: str) -> str:
    field, _, line = name.partition(".")
    words = say(f"rectify_field.{field}")
    several = line and len(case.lines) > 1
    return f"{words}: {line_words(next(row for row in case.lines if str(row.number) == line))}" if several else words


def _value(text: str) -> str:
    return day(date.fromisoformat(text)) if ISO_DATE.fullmatch(text) else text.replace("\n", " ") or "–"


def _field(case: Case, number: int, name: str, value: str) -> Row:
    rule = rules()[name.partition(".")[0]]
    address = url_for("rectifications.index", code=case.code, number=number, campo=name)
    return {
        "name": name,
        "label": _named(case, name),
        "value": _value(value),
        "stored": value,
        "kind": rule.kind,
        "limit": rule.limit,
        "mine": rectifications.may_rectify(rule, actor(), case),
        "href": f"{address}#rectificar",
        "who": ", ".join(say(f"role.{role.value}") for role in rule.roles),
        "because": say(f"rectify_because.{rule.because}"),
        "again": rule.endorsed_again,
        "signed": rule.signed_again,
        "legal_basis": rule.legal_basis,
    }


def _row(case: Case, each: Rectified) -> Row:
    row = each.row
    name = f"{row.field}.{row.line_number}" if row.line_number else row.field
    told = gettext("%(on)s, %(how)s", on=day(row.told_on), how=say(f"choice.channel.{row.told_channel}"))
    return {
        "id": row.id,
        "number": row.number,
        "label": _named(case, name),
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
