"""Rectifying a request that the agency has: field by field, dated, with who must endorse or tell what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services import rectifications
from compassionate.services.binding import ENDORSEMENT, REPORT
from compassionate.services.requests import the_request
from compassionate.web import rectification_pages, signing
from compassionate.web.access import actor, readers
from compassionate.web.filling import Failure, attempt, seen, status_of
from compassionate.web.framing import load_case
from compassionate.web.request_frame import request_frame
from compassionate.web.templating import say
from compassionate.workflow.rectifying import rules

blueprint = Blueprint("rectifications", __name__)


@blueprint.get("/expedientes/<code>/solicitudes/<int:number>/rectificaciones")
@readers
def index(code: str, number: int) -> Any:
    """Every rectification of a request, and what may be rectified now."""
    return _page(load_case(code), number)


@blueprint.post("/expedientes/<code>/solicitudes/<int:number>/rectificaciones")
@readers
def rectify(code: str, number: int) -> Any:
    """Rectify one field; what the physician's signature covers is signed again by whoever rectifies it."""
    case = load_case(code)
    given = request.form.to_dict()
    rule = rules().get(given.get("field", "").partition(".")[0])

    def act() -> None:
        who = actor()
        if rule is not None and rule.signed_again and rectifications.may_rectify(rule, who, case):
            who = signing.signer(rectification_pages.signing_act(case, number, REPORT), writes=True)
        rectifications.rectify(db(), who, case, number, given, clock.now(), seen())

    return _done(code, number, attempt(act), "rectify_request")


@blueprint.post("/expedientes/<code>/solicitudes/<int:number>/rectificaciones/visto-bueno")
@readers
def endorse(code: str, number: int) -> Any:
    """Management endorses the request as it stands after the rectification."""
    case = load_case(code)

    def act() -> None:
        seen = request.form.get("content")
        who = signing.signer(rectification_pages.signing_act(case, number, ENDORSEMENT, seen))
        rectifications.endorse_again(db(), who, case, number, clock.now(), seen)

    return _done(code, number, attempt(act), "endorse_rectification")


@blueprint.post("/expedientes/<code>/solicitudes/<int:number>/rectificaciones/<rectification_id>/aviso")
@readers
def tell(code: str, number: int, rectification_id: str) -> Any:
    """Record when and how the agency was told."""
    case, given = load_case(code), request.form.to_dict()
    failure = attempt(lambda: rectifications.tell(db(), actor(), case, number, rectification_id, given, clock.now()))
    return _done(code, number, failure, "tell_rectification")


def _done(code: str, number: int, failure: Failure | None, step: str) -> Any:
    if failure is None:
        flash(say(f"done.{step}"), "success")
        return redirect(url_for("rectifications.index", code=code, number=number), 303)
    return _page(load_case(code), number, failure), status_of(failure)


def _page(case: Case, number: int, failure: Failure | None = None) -> str:
    the_request(case, number)
    chosen = request.form.get("field") or request.args.get("campo", "")
    context = rectification_pages.page(case, number, chosen, failure)
    return render_template("requests/rectifications.html", **context, **request_frame(case))
