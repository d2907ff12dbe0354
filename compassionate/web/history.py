"""The history of a case for people: what happened, who did it, when, with which values. Nothing here can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select

from compassionate.extensions import db
from compassionate.models import Case, CaseEvent, CaseImport
from compassionate.services.changes import of_events
from compassionate.services.imports import import_of
from compassionate.web import changed_values
from compassionate.web.access import readers
from compassionate.web.framing import frame, load_case
from compassionate.web.past_values import Past, past, value_rows
from compassionate.web.step_words import instance_words, state_tone, state_words
from compassionate.web.templating import ago, exact, say

blueprint = Blueprint("history", __name__)
PAGE = 50
TONES = {"wait": "wait", "stop": "stop", "done": "stop"}


@blueprint.get("/expedientes/<code>/historial")
@readers
def index(code: str) -> Any:
    """Newest first; steps, signatures and papers, or every edit too."""
    case, everything = load_case(code), request.args.get("todo") == "1"
    found = _events(case, everything, request.args.get("antes", ""))
    held, changes = past(db(), case), of_events(db(), case.id)
    came = import_of(db(), case)
    return render_template(
        "cases/history.html",
        events=[
            _event(held, event, changes.get(event.id, {}))
            | {"is_imported": came is not None and event.case_version <= came.events}
            for event in found[:PAGE]
        ],
        imported=_imported(came) if came else "",
        everything=everything,
        next_before=found[PAGE - 1].case_version if len(found) > PAGE else 0,
        **frame(case),
    )


def _imported(came: CaseImport) -> str:
    return say("imported.note", at=exact(came.at), issued=exact(came.issued_at), sha256=came.file_sha256[:16])


def _events(case: Case, everything: bool, before: str) -> list[CaseEvent]:
    wanted = select(CaseEvent).where(CaseEvent.case_id == case.id)
    wanted = wanted if everything else wanted.where(CaseEvent.name.not_like("edit\\_%", escape="\\"))
    if before.isdigit() and len(before) < 10:
        wanted = wanted.where(CaseEvent.case_version < int(before))
    return list(db().scalars(wanted.order_by(CaseEvent.case_version.desc()).limit(PAGE + 1)))


def _event(held: Past, event: CaseEvent, detail: Mapping[str, Any]) -> dict[str, Any]:
    moved = bool(event.after) and event.before != event.after
    return {
        "title": say(f"done.{event.name}"),
        "which": _which(held.case, event),
        "who": event.by_name,
        "role": say(f"role.{event.role}") if event.role else "",
        "when": ago(event.at),
        "exact": exact(event.at),
        "iso": event.at.isoformat(),
        "state": state_words(event.region, event.after) if moved else "",
        "tone": TONES.get(state_tone(held.case, event.region, event.after), "")
        if moved and event.region
        else "neutral",
        "values": value_rows(held, event),
        "changes": changed_values.lines(held.session, detail),
    }


def _which(case: Case, event: CaseEvent) -> str:
    """Which consent, line, visit or request the event is about."""
    if event.region in ("consent", "supply", "continuation"):
        return instance_words(case, event.region, event.instance)
    if event.region == "visit":
        return say(f"visit.{event.instance}")
    return say("step_form.continuation", number=event.instance) if event.instance.strip("0").isdigit() else ""
