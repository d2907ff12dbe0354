"""The frame of every page of one case: found within what the actor may know, its head and its tabs."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound, Refused
from compassionate.extensions import WRITING, db
from compassionate.models import Case
from compassionate.services import conversation
from compassionate.services.advance import pathway_of
from compassionate.services.cases import get_case
from compassionate.services.emergencies import READ_ONLY, access_to
from compassionate.services.facts import region_of
from compassionate.web import asking, reading
from compassionate.web.access import actor
from compassionate.web.clock_words import head_due
from compassionate.web.presenters import tone, turn_words
from compassionate.web.templating import ago, exact, say
from compassionate.workflow.cell_facts import NEEDED_NOT
from compassionate.workflow.cells import REGION as CELLS


def _tabs(case: Case) -> tuple[tuple[str, str], ...]:
    region = region_of(case, CELLS)
    cells = (("/celulas", gettext("Células")),) if region is not None and region.state != NEEDED_NOT else ()
    return (
        ("", gettext("Resumen")),
        ("/solicitudes/0", gettext("Solicitud")),
        ("/papeles", gettext("Papeles")),
        ("/documentos", gettext("Documentos")),
        ("/consentimientos", gettext("Consentimientos")),
        *cells,
        ("/suministro", gettext("Suministro")),
        ("/tratamiento", gettext("Tratamiento")),
        ("/seguimiento", gettext("Seguimiento")),
        ("/plazos", gettext("Plazos")),
        ("/conversacion", gettext("Conversación")),
        ("/historial", gettext("Historial")),
    )


def load_case(code: str) -> Case:
    """The case of this page; raises NotFound. Reasons and dates of the page are then told for it."""
    try:
        case = get_case(db(), actor(), code)
    except NotFound:
        case = _opened_in_emergency(code)
    g.case_code, g.zone, g.centre_code = case.code, case.centre.zone, case.centre.code
    reading.shows(case)
    return case


def _opened_in_emergency(code: str) -> Case:
    g.emergency = access_to(db(), actor(), code, clock.now())
    if request.method in WRITING:
        raise Refused((READ_ONLY,))
    held: Case = g.emergency.case
    return held


def _is_current(base: str, suffix: str) -> bool:
    if suffix == "":
        return request.path == base
    return request.path.startswith(base + suffix.rsplit("/0", 1)[0])


def frame(case: Case) -> dict[str, Any]:
    """`case_head` and `tabs` for layouts/case.html."""
    base = f"/expedientes/{case.code}"
    state = pathway_of(case).case.state(case.state)
    head = {
        "code": case.code,
        "href": base,
        "product": case.product.name,
        "state": say(f"state.{case.state}"),
        "tone": tone(state.tone),
        "turn": turn_words(part for part in case.turn.split(",") if part),
        "since": ago(case.since_at),
        "since_exact": exact(case.since_at),
        "urgent": any(row.urgent for row in case.requests),
        **head_due(case),
    }
    asked = conversation.count_for(db(), actor(), case)
    tabs = [
        {
            "text": text,
            "href": base + suffix,
            "current": _is_current(base, suffix),
            "total": asked if suffix == "/conversacion" else 0,
        }
        for suffix, text in _tabs(case)
    ]
    return {
        "case": case,
        "case_head": head,
        "tabs": tabs,
        "emergency": g.get("emergency"),
        "asking": asking.here(case),
    }
