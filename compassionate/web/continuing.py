"""Asking to go on, in two minutes: one button opens the copy, one page confirms it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import Conflict, NotFound, Refused
from compassionate.extensions import commit, db
from compassionate.models import Case
from compassionate.paths import continuation_url
from compassionate.questionnaires import Answers
from compassionate.services import advance, annexing, answers, continuation_report, continuing
from compassionate.services.facts import request_state
from compassionate.services.requests import the_request
from compassionate.services.snapshots import report_subject, snapshot
from compassionate.snapshot import report_content, sha256
from compassionate.web import continuation_pages, signing
from compassionate.web.access import actor, readers
from compassionate.web.editing import may
from compassionate.web.filling import TAKEN, attempt, seen
from compassionate.web.framing import load_case
from compassionate.web.request_frame import request_frame
from compassionate.web.sheets import Sheet, posted, proposed
from compassionate.web.templating import say
from compassionate.workflow.roles import Role

blueprint = Blueprint("continuing", __name__)
OPENERS = {Role.PHYSICIAN, Role.PHARMACIST}


@blueprint.post("/expedientes/<code>/continuaciones")
@readers
def start(code: str) -> Any:
    """Open the copy; whoever presses twice finds the one that they opened."""
    case, now = load_case(code), clock.now()
    there = continuing.open_one(case)
    if there is not None and actor().roles_at(case.centre_id) & OPENERS:
        return redirect(continuation_url(code, there.number), 303)
    action = f"open_continuation@continuation-{len(case.requests)}"
    kind = continuing.kind_for(db(), case, continuing.forecasts(db(), case, now))
    version = request.form.get("version", "")
    given = {"request_kind": request.form.get("kind") or kind}
    advance.advance(db(), actor(), case, action, given, now, int(version) if version.isdigit() else None)
    number = max(row.number for row in case.requests)
    commit()
    flash(gettext("Continuación abierta, copiada de la última solicitud. Compruébela y confírmela."), "success")
    return redirect(continuation_url(code, number), 303)


@blueprint.route("/expedientes/<code>/solicitudes/<int:number>/continuacion", methods=["GET", "POST"])
@readers
def confirm(code: str, number: int) -> Any:
    """What was copied with what changed beside it; the report as the records propose it, confirmed and signed."""
    case = load_case(code)
    the_request(case, number)
    if not number:
        raise NotFound
    sheet = _sheet(case, number)
    if sheet.saved:
        flash(gettext("Informe firmado.") if _signs(case, number) else gettext("Guardado."), "success")
        return redirect(continuation_url(code, number), 303)
    course = continuation_report.course_of(db(), case, clock.now())
    context = continuation_pages.confirm(case, number, sheet, course, _base(case, number))
    return render_template("continuations/confirm.html", **context, **request_frame(case)), sheet.status


@blueprint.post("/expedientes/<code>/solicitudes/<int:number>/continuacion/papeles")
@readers
def annexes(code: str, number: int) -> Any:
    """Choose the papers of earlier requests that go with this one again."""
    case = load_case(code)
    chosen = request.form.getlist("papers")
    failure = attempt(lambda: annexing.choose(db(), actor(), case, number, chosen, clock.now(), seen()))
    if failure is None:
        flash(say("done.choose_annexes"), "success")
    elif failure.status == TAKEN:
        flash(gettext("Mientras elegía, alguien guardó otra elección. Compruébela abajo."), "warning")
    else:
        raise Refused(failure.reasons) if failure.reasons else NotFound
    return redirect(continuation_url(code, number) + "#anexos", 303)


def _signs(case: Case, number: int) -> bool:
    return "later" not in request.form and may(case, "sign_report", request_state(case, number))


def _sheet(case: Case, number: int) -> Sheet:
    form, subject = continuation_report.FORM, report_subject(number)
    if request.method == "POST":
        return posted(case, form, lambda given, version: _save(case, number, given, version), subject)
    course = continuation_report.course_of(db(), case, clock.now())
    given = continuation_report.proposed(db(), case, number, course, clock.now())
    return proposed(case, form, given, subject)


def _save(case: Case, number: int, given: Answers, version: int | None) -> None:
    """Save the report, and sign it where the signer has shown who they are: both or nothing."""
    signs, who = _signs(case, number), actor()
    if signs:
        who = signing.signer(continuation_pages.signing_act(case, number, _base(case, number)), writes=True)
    if request.form.get("base", "") != _base(case, number):
        raise Conflict(case.code, case.state, case.version)
    now, subject = clock.now(), report_subject(number)
    answers.save(db(), actor(), case, continuation_report.FORM, given, now, subject=subject, version=version)
    if signs:
        answers.sign_report(db(), who, case, number, now)


def _base(case: Case, number: int) -> str:
    """What the signature binds to beside the answers on the page: posology, duration, requirements."""
    content = report_content(snapshot(db(), case, number))
    return sha256({**content, "parts": content["parts"][:-1]})
