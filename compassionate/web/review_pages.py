"""What the last page of a request shows before it goes: check your answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.services import transcription as typing
from compassionate.services.conversation import open_by_part
from compassionate.services.facts import request_state
from compassionate.services.snapshots import report_form
from compassionate.services.typed_order import shipped
from compassionate.web import asking
from compassionate.web.access import actor
from compassionate.web.changed_values import since_filed, since_seen
from compassionate.web.reports import question_url
from compassionate.web.request_pages import heading, steps_offered
from compassionate.workflow.permissions import SECTIONS
from compassionate.workflow.roles import Role

SECTION_OF_CURE = {
    "patient": "patient",
    "product": "product",
    "eligibility": "eligibility",
    "report": "report",
    "posology": "posology",
    "packs": "packs",
    "import": "packs",
    "sponsor": "sponsor_willingness",
    "team": "team",
}
CHANGEABLE = ("draft", "screening", "preparing")


def review(case: Case, number: int) -> dict[str, Any]:
    """Every value in the order of typing with the page on which it is changed, and what is missing."""
    head = heading(case, number)
    parts = typing.sheet(db(), case, number, shipped(case.pathway))  # an order of the hospital may leave fields out
    is_open, counts = request_state(case, number) in CHANGEABLE, open_by_part(db(), case)
    seen, filed = since_seen(db(), case, number), since_filed(db(), case, number)
    return head | {
        "parts": [_part(case, number, part, is_open) | {"asking": _asking(case, part, counts)} for part in parts],
        "missing": [
            {"text": _name(part, field), "href": _address(case, number, field)}
            for part in parts
            for field in part.fields
            if field.is_missing
        ],
        "is_open": is_open,
        "since_seen": [] if seen == filed else seen,  # the same is said once
        "since_filed": filed,
        **steps_offered(case, head["instance"]),
    }


def _name(part: typing.Part, field: typing.Typed) -> str:
    return f"{field.label} ({part.line})" if part.line else field.label


def _part(case: Case, number: int, part: typing.Part, is_open: bool) -> dict[str, Any]:
    rows = [
        {
            "key": field.label,
            "value": field.text,
            "is_missing": field.is_missing,
            "href": _address(case, number, field) if is_open and _is_mine(case, field) else "",
        }
        for field in part.fields
    ]
    return {"letter": part.letter, "title": part.title, "line": part.line, "rows": rows}


def _asking(case: Case, part: typing.Part, counts: Mapping[str, int]) -> dict[str, Any] | None:
    """The way to ask about a part: about what most of its fields are."""
    about = asking.main_part(field.cure for field in part.fields)
    return asking.way(case, about, counts) if about else None


def _is_mine(case: Case, field: typing.Typed) -> bool:
    """Whether whoever looks may change the field; what nobody changes on a page of the case has no section."""
    section = SECTION_OF_CURE.get(field.cure)
    if section is None:
        return Role.ADMINISTRATOR in actor().roles() and field.cure == "centre"
    return bool(SECTIONS[section].roles and actor().roles_at(case.centre_id) & set(SECTIONS[section].roles))


def _address(case: Case, number: int, field: typing.Typed) -> str:
    """The page on which a field is answered, at its place."""
    if field.cure == "report" and field.anchor:
        return question_url(case, number, report_form(number), field.anchor)
    if field.cure == "team":
        return f"/expedientes/{case.code}/equipo"
    url = cure_url(field.cure, case.code, number, case.centre.code) if field.cure else ""
    return f"{url}#{field.anchor}" if url and field.anchor else url
