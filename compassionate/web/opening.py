"""Opening a case, one calm page a subject; what was said lies sealed on the server until the case is opened."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import Invalid, NotFound
from compassionate.extensions import commit, db
from compassionate.models import Centre
from compassionate.services import openings
from compassionate.web import opening_pages
from compassionate.web.access import actor, roles
from compassionate.web.filling import Failure, attempt, status_of
from compassionate.workflow.permissions import SECTIONS

blueprint = Blueprint("opening", __name__)
opens_cases = roles(*SECTIONS["open_case"].roles)


@blueprint.route("/expedientes/nuevo", methods=["GET", "POST"])
@opens_cases
def begin() -> Any:
    """Which centre, where this person works at several, else who the patient is; what was left unfinished."""
    centres = openings.centres_for(db(), actor())
    if len(centres) == 1:
        return _begin_at(centres[0])
    failure: Failure | None = None
    if request.method == "POST":
        made: list[openings.Started] = []
        chosen = request.form.get("centre", "")
        failure = attempt(lambda: made.append(openings.start(db(), actor(), chosen, clock.now())))
        if failure is None:
            return _go(made[0].id, "patient")
    context = opening_pages.begin(centres, failure)
    return render_template("opening/begin.html", **context), status_of(failure)


def _begin_at(centre: Centre) -> Any:
    """The only centre of this person needs no page of its own."""
    failure: Failure | None = None
    if request.method == "POST":
        made: list[openings.Started] = []

        def act() -> None:
            started = openings.start(db(), actor(), centre.id, clock.now())
            openings.say_patient(db(), actor(), started.id, request.form.to_dict(), clock.now())
            made.append(started)

        failure = attempt(act)
        if failure is None:
            return _onward(made[0].id)
    context = opening_pages.first_patient(centre, failure)
    return render_template("opening/patient.html", **context), status_of(failure)


@blueprint.route("/expedientes/nuevo/<opening_id>/paciente", methods=["GET", "POST"])
@opens_cases
def patient(opening_id: str) -> Any:
    """Who the patient is."""
    openings.load(db(), actor(), opening_id)
    failure: Failure | None = None
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: openings.say_patient(db(), actor(), opening_id, given, clock.now()))
        if failure is None:
            return _onward(opening_id)
    context = opening_pages.patient(openings.load(db(), actor(), opening_id), failure)
    return render_template("opening/patient.html", **context), status_of(failure)


@blueprint.route("/expedientes/nuevo/<opening_id>/misma-persona", methods=["GET", "POST"])
@opens_cases
def person(opening_id: str) -> Any:
    """Whether the hospital knows this person already."""
    return _choose(
        opening_id, "person", lambda choice: openings.say_person(db(), actor(), opening_id, choice, clock.now())
    )


@blueprint.route("/expedientes/nuevo/<opening_id>/medicamento", methods=["GET", "POST"])
@opens_cases
def product(opening_id: str) -> Any:
    """Which medicine."""
    return _choose(
        opening_id, "product", lambda choice: openings.say_product(db(), actor(), opening_id, choice, clock.now())
    )


@blueprint.route("/expedientes/nuevo/<opening_id>/presentaciones", methods=["GET", "POST"])
@opens_cases
def lines(opening_id: str) -> Any:
    """Which presentations of it."""
    return _choose(
        opening_id,
        "lines",
        lambda choice: openings.say_lines(db(), actor(), opening_id, request.form.getlist("lines"), clock.now()),
    )


@blueprint.route("/expedientes/nuevo/<opening_id>/medico", methods=["GET", "POST"])
@opens_cases
def physician(opening_id: str) -> Any:
    """Who the responsible physician is."""
    return _choose(
        opening_id, "physician", lambda choice: openings.say_physician(db(), actor(), opening_id, choice, clock.now())
    )


@blueprint.route("/expedientes/nuevo/<opening_id>/revisar", methods=["GET", "POST"])
@opens_cases
def check(opening_id: str) -> Any:
    """Check what was said, then open the case: once, however often the button is pressed."""
    if request.method == "POST":
        return _open(opening_id)
    started = openings.load(db(), actor(), opening_id)
    if openings.missing_part(started):
        return _onward(opening_id)
    return render_template("opening/check.html", **opening_pages.check(started))


@blueprint.post("/expedientes/nuevo/<opening_id>/descartar")
@opens_cases
def discard(opening_id: str) -> Any:
    """Forget an opening that will not be finished."""
    openings.discard(db(), actor(), opening_id)
    commit()
    flash(gettext("Apertura descartada. No se ha guardado nada de ella."), "success")
    return redirect(url_for("opening.begin"), 303)


def _open(opening_id: str) -> Any:
    try:
        code = openings.finish(db(), actor(), opening_id, clock.now())
    except Invalid as error:
        db().rollback()
        part = error.errors[0].field
        return _go(opening_id, part if part in PARTS else "patient")
    commit()
    flash(gettext("Expediente %(code)s abierto.", code=code), "success")
    return redirect(f"/expedientes/{code}", 303)


PARTS = ("patient", "person", "product", "lines", "physician")


def _go(opening_id: str, part: str) -> Any:
    return redirect(url_for(f"opening.{part}", opening_id=opening_id), 303)


def _onward(opening_id: str) -> Any:
    """To the first part that was not said yet, else to the check."""
    return _go(opening_id, openings.missing_part(openings.load(db(), actor(), opening_id)) or "check")


def _choose(opening_id: str, part: str, say: Any) -> Any:
    """One page with one choice."""
    started = openings.load(db(), actor(), opening_id)
    if part in ("lines", "person") and not opening_pages.is_asked(started, part):
        raise NotFound
    failure: Failure | None = None
    if request.method == "POST":
        failure = attempt(lambda: say(request.form.get(part, "")))
        if failure is None:
            return _onward(opening_id)
    context = opening_pages.choice(openings.load(db(), actor(), opening_id), part, failure)
    return render_template("opening/choice.html", **context), status_of(failure)
