"""A request to the agency: what it still needs, posology, packs, check your answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.services import requests
from compassionate.services.requests import the_request
from compassionate.web import request_pages, review_pages
from compassionate.web.access import actor, readers
from compassionate.web.filling import Failure, attempt, seen, status_of
from compassionate.web.framing import load_case
from compassionate.web.request_frame import request_frame

blueprint = Blueprint("requests", __name__)


@blueprint.get("/expedientes/<code>/solicitudes/<int:number>")
@readers
def tasks(code: str, number: int) -> Any:
    """What the request needs, part by part, and the step that follows."""
    case = load_case(code)
    the_request(case, number)
    return render_template("requests/tasks.html", **request_pages.tasks(case, number), **request_frame(case))


@blueprint.route("/expedientes/<code>/solicitudes/<int:number>/pauta", methods=["GET", "POST"])
@readers
def posology(code: str, number: int) -> Any:
    """How the medicine is given, in dated versions."""
    case = load_case(code)
    the_request(case, number)
    failure: Failure | None = None
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: requests.save_posology(db(), actor(), case, number, given, clock.now(), seen()))
        if failure is None:
            flash(gettext("Pauta guardada."), "success")
            return redirect(url_for("requests.tasks", code=code, number=number), 303)
    context = request_pages.posology(case, number, failure)
    return render_template("requests/posology.html", **context, **request_frame(case)), status_of(failure)


@blueprint.route("/expedientes/<code>/solicitudes/<int:number>/envases", methods=["GET", "POST"])
@readers
def packs(code: str, number: int) -> Any:
    """Packs a line with their calculation, import and urgency."""
    case = load_case(code)
    the_request(case, number)
    failure: Failure | None = None
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: requests.save_packs(db(), actor(), case, number, given, clock.now(), seen()))
        if failure is None:
            flash(gettext("Envases guardados. Compruebe el cálculo."), "success")
            return redirect(url_for("requests.packs", code=code, number=number), 303)
    context = request_pages.packs(case, number, failure)
    return render_template("requests/packs.html", **context, **request_frame(case)), status_of(failure)


@blueprint.get("/expedientes/<code>/solicitudes/<int:number>/revisar")
@readers
def review(code: str, number: int) -> Any:
    """Check your answers: every value in the order of typing, what is missing, the step that follows."""
    case = load_case(code)
    the_request(case, number)
    return render_template("requests/review.html", **review_pages.review(case, number), **request_frame(case))
