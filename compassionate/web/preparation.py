"""The parts of a case that are prepared beside the report: patient, medicine, sponsor, committee."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.services import identity, lines, papers, sponsors
from compassionate.services.releasing import require_released
from compassionate.services.snapshots import willingness_papers
from compassionate.web import preparation_pages as pages
from compassionate.web.access import actor, readers
from compassionate.web.downloads import SUFFIXES, attachment
from compassionate.web.filling import Failure, attempt, seen, status_of
from compassionate.web.framing import load_case
from compassionate.web.limits import DOWNLOADS, costly
from compassionate.web.request_frame import request_frame
from compassionate.web.uploads import takes_files, upload_sent

blueprint = Blueprint("preparation", __name__)


@blueprint.route("/expedientes/<code>/paciente", methods=["GET", "POST"])
@readers
def patient(code: str) -> Any:
    """Who the patient is; corrected with an audited edit."""
    case = load_case(code)
    failure: Failure | None = None
    if request.method == "POST":
        given, another = request.form.to_dict(), bool(request.form.get("another_person"))
        failure = attempt(
            lambda: identity.edit_identity(db(), actor(), case, given, clock.now(), seen=seen(), another_person=another)
        )
        if failure is None:
            flash(gettext("Datos del paciente guardados."), "success")
            return redirect(url_for("requests.tasks", code=code, number=0), 303)
    context = pages.patient(case, failure)
    return render_template("requests/patient.html", **context, **request_frame(case)), status_of(failure)


@blueprint.route("/expedientes/<code>/medicamento", methods=["GET", "POST"])
@readers
def product(code: str) -> Any:
    """What the medicine is, and which of its presentations this case asks for."""
    case = load_case(code)
    failure: Failure | None = None
    if request.method == "POST":
        chosen = [pages.position(text) for text in request.form.getlist("lines")]
        failure = attempt(lambda: lines.choose_lines(db(), actor(), case, chosen, clock.now(), seen()))
        if failure is None:
            flash(gettext("Presentaciones guardadas."), "success")
            return redirect(url_for("requests.tasks", code=code, number=0), 303)
    context = pages.product(case, failure)
    return render_template("requests/product.html", **context, **request_frame(case)), status_of(failure)


@blueprint.route("/expedientes/<code>/promotor", methods=["GET", "POST"])
@readers
@takes_files
def sponsor(code: str) -> Any:
    """The sponsor: its willingness to supply the medicine, and its agreement to this patient."""
    case = load_case(code)
    failure: Failure | None = None
    if request.method == "POST":
        given, file = request.form.to_dict(), upload_sent("paper")
        failure = attempt(lambda: sponsors.record_willingness(db(), actor(), case, given, clock.now(), file, seen()))
        if failure is None:
            flash(gettext("Disposición del promotor registrada."), "success")
            return redirect(url_for("preparation.sponsor", code=code), 303)
    context = pages.sponsor(case, failure)
    return render_template("requests/sponsor.html", **context, **request_frame(case)), status_of(failure)


@blueprint.get("/expedientes/<code>/promotor/papeles/<paper_id>")
@readers
@costly(**DOWNLOADS)
def willingness_paper(code: str, paper_id: str) -> Any:
    """The paper of the sponsor's willingness."""
    case = load_case(code)
    held = {paper.id: paper for paper in willingness_papers(db(), case.product)}
    if paper_id not in held:
        raise NotFound
    paper = held[paper_id]
    require_released(db(), [paper], actor())
    name = f"disposicion-promotor-{case.product.code}{SUFFIXES.get(paper.media_type, '')}"
    return attachment(papers.data_of(db(), paper), paper.media_type, name)


@blueprint.get("/expedientes/<code>/comision")
@readers
def committee(code: str) -> Any:
    """Whether this centre asks its committee, and what it answered."""
    case = load_case(code)
    return render_template("requests/committee.html", **pages.committee(case), **request_frame(case))
