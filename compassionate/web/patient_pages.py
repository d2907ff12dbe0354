"""What a patient sees who follows their link: questions, and nothing by which anybody could be known.

No session, no cookie, no name, no code, no medicine: the hospital's name and what is asked. Whoever has the address may
answer once, so it is the whole proof: a form of another site does not know it (and is refused by what the browser says
of where it comes from). Every address that cannot be answered, whatever became of it, gets one and the same page.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_babel import refresh

from compassionate import clock
from compassionate.errors import Invalid, NotFound
from compassionate.extensions import commit, csrf, db
from compassionate.models import Case, PatientLink, Visit
from compassionate.questionnaires import Questionnaire, parse_form
from compassionate.services import patient_answers, patient_links
from compassionate.web.access import public
from compassionate.web.credentials import source
from compassionate.web.drawing import Ink, nodes
from compassionate.web.filling import WRONG
from compassionate.web.limits import meter
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import LANGUAGES, language

blueprint = Blueprint("patient_pages", __name__)
A_MINUTE = 30
GONE, TOO_MANY = 404, 429
OWN = ("same-origin", "none")  # Sec-Fetch-Site of a person who types an address or sends our own form


@blueprint.get("/responder/gracias")
@public
def thanks() -> Any:
    """What was sent is kept."""
    _speak(request.args.get("idioma", ""))
    return render_template("patient/thanks.html")


@blueprint.route("/responder/<token>", methods=["GET", "POST"])
@public
@csrf.exempt
def show(token: str) -> Any:
    """The questions of one visit; sent, they are kept and the address is used up."""
    _speak(request.args.get("idioma", ""))
    with meter().turn(source(), "patient", A_MINUTE, A_MINUTE) as wait:
        if wait:
            return render_template("patient/wait.html"), TOO_MANY, {"Retry-After": str(round(wait))}
        return _answered(token) if request.method == "POST" else _asked(token)


def _speak(wanted: str) -> None:
    """The language of the page: the one asked for, else that of the link, else the browser's."""
    if wanted in LANGUAGES:
        g.tongue = wanted
        refresh()


def _opened(token: str, lock: bool = False) -> tuple[PatientLink, Case, Visit]:
    key = current_app.config["SECRET_KEY"]
    row, case, visit = patient_links.opened(db(), key, token, clock.now(), lock)
    if "tongue" not in g:
        _speak(row.language)
    return row, case, visit


def _asked(token: str) -> Any:
    try:
        _, case, visit = _opened(token)
    except NotFound:
        return _gone()
    form = patient_answers.questions(db(), case, visit)
    return _page(case, form, Ink(form))


def _answered(token: str) -> Any:
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN:
        return _gone()
    try:
        row, case, visit = _opened(token, lock=True)
    except NotFound:
        return _gone()
    form = patient_answers.questions(db(), case, visit)
    parsed = parse_form(form, dict(request.form.lists()))
    try:
        if parsed.errors:
            raise Invalid(parsed.errors)
        patient_answers.answer(db(), row, case, visit, parsed.answers, clock.now())
    except Invalid as error:
        patient_links.failed(db(), row, case, clock.now())
        drawn = _page(case, form, Ink(form, parsed.raw, parsed.answers, errors_by_field(error.errors)), error)
        commit()
        return drawn, WRONG
    tongue = language()
    commit()
    return redirect(url_for("patient_pages.thanks", idioma=tongue), 303)


def _page(case: Case, form: Questionnaire, ink: Ink, error: Invalid | None = None) -> str:
    errors = present_errors(error.errors) if error else []
    other = next(each for each in LANGUAGES if each != language())
    return render_template(
        "patient/questions.html", hospital=case.centre.name, nodes=nodes(ink), errors=errors, other=other
    )


def _gone() -> Any:
    """One page for every address that cannot be answered: it says neither why nor whether there ever was one."""
    return render_template("patient/gone.html"), GONE
