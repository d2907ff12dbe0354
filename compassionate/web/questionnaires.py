"""What the physician answers: the requirements, the programme's criteria, and the report of a request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.questionnaires import display
from compassionate.services import answers, classifying, criteria
from compassionate.services.completing import report_state
from compassionate.services.requests import the_request
from compassionate.services.snapshots import report_form, report_subject
from compassionate.web import findings, reports, signing
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import FORBIDDEN, WRONG, attempt, recovered_at
from compassionate.web.framing import load_case
from compassionate.web.request_frame import request_frame
from compassionate.web.sheets import Sheet, posted, shown
from compassionate.web.templating import language

blueprint = Blueprint("questionnaires", __name__)


def _sheet(case: Case, form: str, subject: str = "", section: str = "") -> Sheet:
    if request.method == "GET":
        return shown(case, form, subject, section)
    return posted(
        case,
        form,
        lambda given, version: answers.save(
            db(), actor(), case, form, given, clock.now(), subject=subject, version=version
        ),
        subject,
        section,
    )


def _saved(sheet: Sheet, next_url: str, later_url: str) -> Any:
    """On to the next page, or back to the list for who wants to go on later."""
    for text in sheet.cleaned:
        flash(text, "warning")
    flash(gettext("Guardado."), "success")
    return redirect(later_url if "later" in request.form else next_url, 303)


def _page(case: Case, sheet: Sheet, section: str, state: str, **words: Any) -> Any:
    """One questionnaire, or one part of it, as a page: a form for who may fill it, words for who may read it."""
    context = {
        "sheet": sheet,
        "may_save": may(case, section, state),
        "who": who_may(case, section, state),
        "sections": display(sheet.form, sheet.answers, language()),
        "recovered": recovered_at(),
        "pages": [],
        "caption": "",
        "lead": "",
        "button": gettext("Guardar y continuar"),
        "secondary": [{"text": gettext("Guardar y seguir luego"), "name": "later", "value": "1"}],
    }
    return render_template("questionnaires/form.html", **(context | words), **request_frame(case)), sheet.status


@blueprint.route("/expedientes/<code>/requisitos", methods=["GET", "POST"])
@readers
def eligibility(code: str) -> Any:
    """The legal requirements: one page, two minutes."""
    case = load_case(code)
    sheet = _sheet(case, "eligibility")
    criteria_form = criteria.criteria_form(db(), case)
    onward = "questionnaires.clinical_criteria" if criteria_form else "questionnaires.result"
    onward = "questionnaires.classification" if classifying.asks(db(), case) else onward
    if sheet.saved:
        return _saved(sheet, url_for(onward, code=code), url_for("questionnaires.result", code=code))
    return _page(
        case,
        sheet,
        "eligibility",
        case.state,
        title=gettext("Requisitos legales"),
        lead=gettext("Unas pocas preguntas dicen si el caso cabe en el uso compasivo o si corresponde otra vía."),
        pages=findings.pages(case, "legal", bool(criteria_form)),
        back={"href": f"/expedientes/{code}", "text": gettext("Volver al expediente")},
    )


@blueprint.route("/expedientes/<code>/requisitos/clasificacion", methods=["GET", "POST"])
@readers
def classification(code: str) -> Any:
    """Which law the product comes under: what is done to the cells, what for, where they are made."""
    case = load_case(code)
    if not classifying.asks(db(), case):
        raise NotFound
    sheet = _sheet(case, classifying.FORM)
    result_url = url_for("questionnaires.result", code=code)
    if sheet.saved:
        return _saved(sheet, url_for("questionnaires.clinical_criteria", code=code), result_url)
    return _page(
        case,
        sheet,
        "eligibility",
        case.state,
        title=sheet.form.title.said(language()),
        lead=gettext("Dice qué norma corresponde, con el motivo de cada paso. No decide: lo que sea dudoso se dice."),
        pages=findings.pages(case, "classification", bool(criteria.criteria_form(db(), case))),
        back={"href": url_for("questionnaires.eligibility", code=code), "text": gettext("Requisitos legales")},
    )


@blueprint.route("/expedientes/<code>/requisitos/criterios", methods=["GET", "POST"])
@readers
def clinical_criteria(code: str) -> Any:
    """The clinical criteria of the programme."""
    case = load_case(code)
    form = criteria.criteria_form(db(), case)
    if not form:
        raise NotFound
    sheet = _sheet(case, form)
    result_url = url_for("questionnaires.result", code=code)
    if sheet.saved:
        return _saved(sheet, result_url, result_url)
    return _page(
        case,
        sheet,
        "eligibility",
        case.state,
        title=sheet.form.title.said(language()),
        lead=gettext("Criterios publicados, con su umbral. Lo que no se cumpla se verá al final, con su fuente."),
        pages=findings.pages(case, "criteria", True),
        back={"href": url_for("questionnaires.eligibility", code=code), "text": gettext("Requisitos legales")},
    )


@blueprint.get("/expedientes/<code>/requisitos/resultado")
@readers
def result(code: str) -> Any:
    """What the answers say: each criterion, the advice, and the step that follows."""
    case = load_case(code)
    return render_template("questionnaires/result.html", **findings.result(case), **request_frame(case))


@blueprint.get("/expedientes/<code>/solicitudes/<int:number>/informe")
@readers
def report(code: str, number: int) -> Any:
    """The report of a request as it stands, what it lacks, and its signature."""
    case = load_case(code)
    the_request(case, number)
    return render_template("questionnaires/report.html", **reports.report(case, number), **request_frame(case))


@blueprint.route("/expedientes/<code>/solicitudes/<int:number>/informe/<part>", methods=["GET", "POST"])
@readers
def report_part(code: str, number: int, part: str) -> Any:
    """One part of the report."""
    case = load_case(code)
    the_request(case, number)
    form, subject = report_form(number), report_subject(number)
    parts = reports.parts(answers.form_for(db(), case, form, subject))
    if part not in parts:
        raise NotFound
    sheet = _sheet(case, form, subject, part)
    overview = url_for("questionnaires.report", code=code, number=number)
    if sheet.saved:
        return _saved(sheet, reports.next_url(code, number, parts, part), overview)
    words = reports.part_words(sheet.form, parts, part)
    back = {"href": overview, "text": sheet.form.title.said(language())}
    state = report_state(case, number)
    return _page(case, sheet, "report", state, back=back, **words)


@blueprint.post("/expedientes/<code>/solicitudes/<int:number>/informe/firma")
@readers
def sign(code: str, number: int) -> Any:
    """Sign the report: who one is, shown again, and the law's conditions all at once."""
    case = load_case(code)
    the_request(case, number)

    def act() -> None:
        who = signing.signer(reports.signing_act(case, number, request.form.get("content")))
        answers.sign_report(db(), who, case, number, clock.now(), seen=request.form.get("content"))

    failure = attempt(act)
    if failure is None:
        flash(gettext("Informe firmado."), "success")
        return redirect(url_for("requests.tasks", code=code, number=number), 303)
    status = failure.status if failure.status in (WRONG, FORBIDDEN) else 409
    context = reports.report(case, number, failure)
    return render_template("questionnaires/report.html", **context, **request_frame(case)), status
