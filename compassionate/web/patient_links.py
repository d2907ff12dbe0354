"""A visit's link for the patient: made, shown once as address and code, taken away; what came with it, decided on."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import commit, db
from compassionate.models import Case, Visit
from compassionate.questionnaires import display
from compassionate.services import patient_answers, patient_links, visits
from compassionate.services.patient_answers import Answered
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import ago, exact, language, say

blueprint = Blueprint("patient_links", __name__)
USUAL_DAYS = "7"


@blueprint.get("/expedientes/<code>/seguimiento/<name>/paciente")
@readers
def show(code: str, name: str) -> Any:
    """The link of a visit, and what the patient answered for it."""
    case = load_case(code)
    return _page(case, visits.visit_of(db(), case, name))


@blueprint.post("/expedientes/<code>/seguimiento/<name>/paciente/enlace")
@readers
def make(code: str, name: str) -> Any:
    """A new link, shown this once; the one before stops working."""
    case, given = load_case(code), request.form
    visit, made = visits.visit_of(db(), case, name), []
    key, asked = current_app.config["SECRET_KEY"], (given.get("days", ""), given.get("language", ""))
    failure = attempt(lambda: made.append(patient_links.make(db(), key, actor(), case, visit, *asked, now=clock.now())))
    if failure:
        return _page(case, visit, failure)
    return _page(case, visit, address=url_for("patient_pages.show", token=made[0], _external=True))


@blueprint.post("/expedientes/<code>/seguimiento/<name>/paciente/anular")
@readers
def revoke(code: str, name: str) -> Any:
    """The link leads nowhere from now on."""
    case = load_case(code)
    patient_links.revoke(db(), actor(), case, visits.visit_of(db(), case, name), clock.now())
    commit()
    flash(gettext("El enlace ya no sirve."), "success")
    return redirect(url_for("patient_links.show", code=case.code, name=name), 303)


@blueprint.post("/expedientes/<code>/seguimiento/<name>/paciente/<link_id>")
@readers
def decide(code: str, name: str, link_id: str) -> Any:
    """Take the ticked answers into the visit, or set all of them aside with a reason."""
    case, given, who, now = load_case(code), request.form, actor(), clock.now()
    taken, why = given.getlist("take"), given.get("why", "")
    if given.get("decision") == "discard":
        failure = attempt(lambda: patient_answers.discard(db(), who, case, name, link_id, why, now))
    else:
        failure = attempt(lambda: patient_answers.accept(db(), who, case, name, link_id, taken, now))
    if failure:
        return _page(case, visits.visit_of(db(), case, name), failure)
    flash(gettext("Guardado."), "success")
    return redirect(url_for("visits.visit", code=case.code, name=name), 303)


def _page(case: Case, visit: Visit, failure: Failure | None = None, address: str = "") -> Any:
    now = clock.now()
    working = patient_links.working(db(), case, visit, now)
    asked = [item.text.said(language()) for item in patient_answers.questions(db(), case, visit).items]
    context = {
        "visit": {"name": visit.name, "title": say(f"visit.{visit.name}"), "waits": visit.status == "planned"},
        "address": address,
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="white") if address else "",
        "working": working and {"made": ago(working.made_at), "until": exact(working.expires_at)},
        "questions": asked,
        "days": [(each, say(f"patient_days.{each}")) for each in patient_links.DAYS],
        "languages": [(each, say(f"patient_language.{each}")) for each in patient_links.LANGUAGES],
        "answered": told(case, visit),
        "filled": fill({"days": USUAL_DAYS, "language": "es", "why": ""}, case=case, failure=failure),
        "may_link": may(case, patient_links.SECTION),
        "who": who_may(case, patient_links.SECTION),
    }
    return render_template("visits/patient.html", **context, **frame(case)), status_of(failure)


def told(case: Case, visit: Visit) -> list[dict[str, Any]]:
    """What the patient answered, question by question, with what stands in the visit now."""
    held = patient_answers.answered(db(), case, visit)
    stored = visits.answers_of(db(), case, visit) if held else {}
    return [_told(case, visit, each, stored) for each in held]


def latest_said(case: Case, visit: Visit) -> Any:
    """What the patient answered last for a visit and nobody set aside; shown beside its fields."""
    held = patient_answers.answered(db(), case, visit)
    return next((each.answers for each in held if each.row.verdict != patient_answers.DISCARDED), {})


def _told(case: Case, visit: Visit, held: Answered, stored: Any) -> dict[str, Any]:
    form = patient_answers.questions(db(), case, visit)
    rows = [row for part in display(form, dict(held.answers), language()) for row in part.rows if row.text]
    return {
        "id": held.row.id,
        "waits": held.waits,
        "at": ago(held.row.answered_at),
        "exact": exact(held.row.answered_at),
        "verdict": say(f"patient_verdict.{held.row.verdict or 'waiting'}"),
        "by": held.decided_by,
        "symptoms": held.symptoms,
        "alarms": held.alarms,
        "rows": [
            {
                "name": row.path,
                "label": row.label,
                "text": row.text,
                "takes": row.path not in patient_answers.OF_THEIR_OWN,
                "ticked": stored.get(row.path) in (None, held.answers.get(row.path)),
                "stored": "" if stored.get(row.path) in (None, held.answers.get(row.path)) else str(stored[row.path]),
            }
            for row in rows
        ],
    }
