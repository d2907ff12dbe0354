"""Reading any label of cells: what it is, whether it agrees with what is on record, and the case that it is of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request

from compassionate import clock
from compassionate.cells import custody, shelf_life
from compassionate.cells.carriers import Scanned
from compassionate.errors import Invalid
from compassionate.extensions import commit, db, reads_first
from compassionate.services.cells.reading import read_either
from compassionate.services.cells.recognising import Recognised, mismatch_reason, recognise
from compassionate.web import reading
from compassionate.web.access import actor, readers
from compassionate.web.limits import costly
from compassionate.web.presenters import errors_by_field, present_errors, present_reasons
from compassionate.web.templating import say
from compassionate.web.uploads import upload_sent

blueprint = Blueprint("scans", __name__)
WRONG, UNKNOWN = 422, 404
ZONE = "Europe/Madrid"


@blueprint.get("/celulas/leer")
@readers
def read() -> Any:
    """Where a label is scanned, typed or photographed."""
    return _page()


@blueprint.post("/celulas/leer")
@readers
@reads_first
@costly("scan", at_once=2, a_minute=60)
def tell() -> Any:
    """What the label is; one of another centre and one that nobody knows are answered alike."""
    try:
        scanned = read_either(request.form.get("scan", ""), upload_sent("file"), clock.now().date())
    except Invalid as wrong:
        return _page(wrong=wrong), WRONG
    found = recognise(db(), actor(), scanned)
    if found is None:
        return _page(scanned), UNKNOWN
    reading.shows(found.case)
    page = _page(scanned, found)
    commit()
    return page


def _page(scanned: Scanned | None = None, found: Recognised | None = None, wrong: Invalid | None = None) -> str:
    errors = wrong.errors if wrong else ()
    return render_template(
        "cells/read.html",
        value=request.form.get("scan", "") if wrong else "",
        errors=present_errors(errors),
        by_field=errors_by_field(errors),
        scanned=_scanned(scanned) if scanned else None,
        found=_found(found) if found else None,
    )


def _scanned(scanned: Scanned) -> dict[str, Any]:
    return {
        "carrier": say(f"scan_carrier.{scanned.carrier}"),
        "layout": say(f"scan_layout.{scanned.layout}") if scanned.layout else "",
        "rows": [
            {"key": say(f"scan_field.{name}"), "value": custody.shown(value, ZONE)}
            for name, value in scanned.values.items()
        ],
    }


def _found(found: Recognised) -> dict[str, Any]:
    case, row = found.case, found.container
    return {
        "code": case.code,
        "href": f"/expedientes/{case.code}/celulas",
        "container": row.code,
        "kind": say(f"label_kind.{row.kind}"),
        "product": case.product.name,
        "left": _left(row.expires_at),
        "mismatches": present_reasons([mismatch_reason(each) for each in found.mismatches], case.code),
    }


def _left(expires_at: datetime | None) -> str:
    if expires_at is None:
        return ""
    now = clock.now()
    hours, minutes = shelf_life.hours_and_minutes(shelf_life.left(expires_at, now))
    code = "expired" if shelf_life.is_expired(expires_at, now) else "left"
    return say(f"shelf_life.{code}", hours=hours, minutes=minutes)
