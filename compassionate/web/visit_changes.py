"""What changes the plan of a case's visits: one that nobody planned, and the day of the first dose corrected."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services import first_dose, visit_plan
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import day

blueprint = Blueprint("visit_changes", __name__)


@blueprint.route("/expedientes/<code>/seguimiento/nueva", methods=["GET", "POST"])
@readers
def add(code: str) -> Any:
    """A visit that the plan does not have: its day, and then its page."""
    case, failure, made = load_case(code), None, []
    if request.method == "POST":
        on, now = request.form.get("on", ""), clock.now()
        failure = attempt(lambda: made.append(visit_plan.add_visit(db(), actor(), case, on, now).name))
        if failure is None:
            return redirect(url_for("visits.visit", code=case.code, name=made[0]), 303)
    today = clock.civil_date(clock.now(), case.centre.zone)
    return _draw("visits/add.html", case, {"on": today.isoformat()}, "visits", failure)


@blueprint.route("/expedientes/<code>/seguimiento/primera-dosis", methods=["GET", "POST"])
@readers
def correct(code: str) -> Any:
    """The day of the first dose was written down wrongly: all visits are planned anew."""
    case, failure = load_case(code), None
    dose = first_dose.first_dose(db(), case)
    if dose is None:
        raise NotFound
    if request.method == "POST":
        given, now = request.form, clock.now()
        failure = attempt(lambda: first_dose.correct(db(), actor(), case, given, now))
        if failure is None:
            flash(gettext("Día corregido: las visitas tienen fechas nuevas."), "success")
            return redirect(url_for("visits.index", code=case.code), 303)
        dose = first_dose.first_dose(db(), case)
    stored = {"given_on": dose.given_on.isoformat() if dose else "", "reason": ""}
    return _draw("visits/first_dose.html", case, stored, first_dose.SECTION, failure)


def _draw(template: str, case: Case, stored: dict[str, str], section: str, failure: Failure | None) -> Any:
    context: dict[str, Any] = {"filled": fill(stored, case=case, failure=failure), "may_save": may(case, section)}
    context |= {"who": who_may(case, section), "now_on": day(visit_plan.first_given_on(db(), case))}
    return render_template(template, **context, **frame(case)), status_of(failure)
