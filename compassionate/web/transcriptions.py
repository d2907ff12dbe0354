"""The transcription sheet: to copy from, to print, its ticks, and the papers as they are uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate.extensions import Foundation, commit, db, foundation
from compassionate.models import Case
from compassionate.services import paper_names
from compassionate.services.paper_zip import packed
from compassionate.services.releasing import require_released
from compassionate.services.requests import the_request
from compassionate.web import reading, typing_sheet
from compassionate.web.access import readers
from compassionate.web.downloads import attachment
from compassionate.web.framing import load_case
from compassionate.web.limits import DOWNLOADS, EXPORTS, costly
from compassionate.web.request_frame import request_frame

blueprint = Blueprint("transcriptions", __name__)
ADDRESS = "/expedientes/<code>/solicitudes/<int:number>/transcripcion"
BY_SCRIPT = "application/json"


@blueprint.get(ADDRESS)
@readers
def show(code: str, number: int) -> Any:
    """What is typed into the agency's application, in its order, to be copied field by field."""
    case = load_case(code)
    the_request(case, number)
    context = typing_sheet.transcription(case, number)
    return render_template("requests/transcription.html", **context, **request_frame(case))


@blueprint.post(ADDRESS)
@readers
def tick(code: str, number: int) -> Any:
    """Keep what whoever looks has copied: the whole sheet, or the one field that a script sends."""
    case = load_case(code)
    the_request(case, number)
    typing_sheet.save_ticks(case, number)
    commit()
    if request.headers.get("Accept") == BY_SCRIPT:
        return "", 204
    flash(gettext("Marcas guardadas."), "success")
    return redirect(url_for("transcriptions.show", code=code, number=number), 303)


@blueprint.get(f"{ADDRESS}/imprimir")
@readers
def to_print(code: str, number: int) -> Any:
    """The sheet on paper, with boxes to tick and lines for what comes back."""
    case = load_case(code)
    the_request(case, number)
    context = typing_sheet.transcription(case, number)
    return render_template("requests/transcription_print.html", **context, **request_frame(case))


@blueprint.get(f"{ADDRESS}/papeles.zip")
@readers
@costly(**EXPORTS)
def all_papers(code: str, number: int) -> Any:
    """Every paper under the name by which it goes to the agency, in one file."""
    case = load_case(code)
    the_request(case, number)
    papers = paper_names.papers_to_send(db(), case, number)
    require_released(db(), [paper.row for paper in papers if paper.row])
    reading.hands_out("request_papers", request=number, papers=[paper.sha256 for paper in papers])
    answer = Response(_sent(foundation(), case.id, number), mimetype="application/zip")
    name = f"papeles_{case.code}-c{number}.zip" if number else f"papeles_{case.code}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get(f"{ADDRESS}/papeles/<int:place>")
@readers
@costly(**DOWNLOADS)
def paper_to_send(code: str, number: int, place: int) -> Any:
    """One paper under the name by which it goes to the agency."""
    case = load_case(code)
    the_request(case, number)
    paper = paper_names.paper_to_send(db(), case, number, place)
    require_released(db(), [paper.row] if paper.row else [])
    return attachment(paper.data(), paper.media_type, paper.name)


def _sent(held: Foundation, case_id: str, number: int) -> Iterator[bytes]:
    """The file as it goes out, read by a session of its own: that of the request is over by then."""
    with held.session() as session:
        yield from packed(paper_names.papers_to_send(session, session.get_one(Case, case_id), number))
