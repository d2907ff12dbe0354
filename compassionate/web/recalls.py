"""Recalls by batch: what a recall would reach, the act, the call list, the report, and how it is closed or lifted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from compassionate import clock
from compassionate.exports import workbooks
from compassionate.extensions import alone, db
from compassionate.models import Recall
from compassionate.services import papers
from compassionate.services.committee.wording import marks
from compassionate.services.recalls import calling, closing, entering, finding, issued, notice
from compassionate.services.recalls import report as reports
from compassionate.services.releasing import require_released
from compassionate.web import issued_reports, reading, recall_pages
from compassionate.web.access import actor, readers, roles
from compassionate.web.committee import XLSX
from compassionate.web.downloads import SUFFIXES, attachment
from compassionate.web.filling import Failure, attempt, status_of
from compassionate.web.limits import DOWNLOADS, EXPORTS, UPLOADS, costly
from compassionate.web.templating import language, say
from compassionate.web.uploads import takes_files, upload_sent

blueprint = Blueprint("recalls", __name__)
BASE = "/retiradas"
ONE = f"{BASE}/<recall>"
deciders = roles(*finding.MAY)
callers = roles(*finding.CALLERS)


def _found(code: str) -> Recall:
    return finding.recall_of(db(), actor(), code)


@blueprint.get(BASE)
@readers
def index() -> Any:
    """Every recall of this person's centres, those that stand first."""
    return render_template("recalls/index.html", **recall_pages.listed())


@blueprint.route(f"{BASE}/nueva", methods=["GET", "POST"])
@deciders
@alone
def new() -> Any:
    """First which batch and whom it reaches, then the order: from then on nothing of it is given."""
    failure: Failure | None = None
    if request.method == "POST":
        made: list[str] = []
        given = request.form.to_dict()
        failure = attempt(lambda: made.append(entering.enter(db(), actor(), given, clock.now()).code))
        if failure is None:
            flash(say("done.enter_recall"), "success")
            return redirect(url_for("recalls.show", recall=made[0]), 303)
    return render_template("recalls/new.html", **recall_pages.entering_page(failure)), status_of(failure)


@blueprint.get(ONE)
@readers
def show(recall: str) -> Any:
    """One recall: what it reached, who is still to be called, what stands against closing it."""
    return _page(_found(recall))


def _page(held: Recall, failure: Failure | None = None, act: str = "") -> Any:
    return render_template("recalls/show.html", **recall_pages.one(held, failure, act)), status_of(failure)


def _decide(code: str, act: str, done: Any) -> Any:
    """One act about a whole recall; its page again, with what is wrong, where it was not done."""
    held = _found(code)
    failure = attempt(lambda: done(held))
    if failure is not None:
        return _page(_found(code), failure, act)
    flash(say(f"done.{act}"), "success")
    return redirect(url_for("recalls.show", recall=code), 303)


@blueprint.post(f"{ONE}/levantar")
@deciders
@alone
def lift(recall: str) -> Any:
    """Take it back, by a second person."""
    reason = request.form.get("lifting", "")
    return _decide(recall, "lift_recall", lambda held: entering.lift(db(), actor(), held, reason, clock.now()))


@blueprint.post(f"{ONE}/cerrar")
@deciders
@alone
def close(recall: str) -> Any:
    """Close it, once every unit is accounted for."""
    given = request.form.to_dict()
    return _decide(recall, "close_recall", lambda held: closing.close(db(), actor(), held, given, clock.now()))


@blueprint.post(f"{ONE}/aviso")
@deciders
@costly(**UPLOADS)
@takes_files
def attach(recall: str) -> Any:
    """Keep the notice by which it was ordered."""
    file = upload_sent()
    return _decide(recall, "attach_recall_notice", lambda held: notice.attach(db(), actor(), held, file, clock.now()))


@blueprint.get(f"{ONE}/aviso")
@readers
@costly(**DOWNLOADS)
def paper(recall: str) -> Any:
    """The notice, exactly as it was uploaded."""
    held = _found(recall)
    row = notice.notice_of(db(), held)
    require_released(db(), [row], actor())
    return attachment(papers.data_of(db(), row), row.media_type, f"aviso_{held.code.lower()}{SUFFIXES[row.media_type]}")


@blueprint.get(f"{ONE}/informe.csv")
@readers
@costly(**EXPORTS)
def as_csv(recall: str) -> Any:
    """The patients with their calls as a file."""
    return _handed_out(recall, "csv", "text/csv; charset=utf-8", reports.as_csv)


@blueprint.get(f"{ONE}/informe.xlsx")
@readers
@costly(**EXPORTS)
def as_workbook(recall: str) -> Any:
    """The report as a workbook."""
    return _handed_out(
        recall, "xlsx", XLSX, lambda told: workbooks.write(reports.report(told), marks(language()), clock.now())
    )


@blueprint.get(f"{ONE}/informe.pdf")
@readers
@costly(**EXPORTS)
def as_pdf(recall: str) -> Any:
    """The newest issue of the report that still says the same; where there is none, the page where it is asked for."""
    held = _found(recall)
    return issued_reports.current(issued.KIND, recall_pages.centre_of(held).code, held.code)


def _handed_out(code: str, ending: str, kind: str, written: Any) -> Any:
    held = _found(code)
    told = reports.told(db(), actor(), held, language())
    reading.lists(*(line.case.code for line in told.listed))
    reading.hands_out("recall_report", format=ending, recall=held.code)
    name = f"retirada-{held.code.lower()}.{ending}"
    return attachment(written(told), kind, name)


@blueprint.route(f"{ONE}/expedientes/<code>", methods=["GET", "POST"])
@callers
def call(recall: str, code: str) -> Any:
    """Whom to call, what was said before, and how this call ended."""
    held = _found(recall)
    line = calling.line_of(db(), actor(), held, code)
    failure: Failure | None = None
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: calling.record_call(db(), actor(), held, code, given, clock.now()))
        if failure is None:
            flash(say("done.record_recall_call"), "success")
            return redirect(url_for("recalls.show", recall=held.code, _anchor="llamadas"), 303)
        held = _found(recall)
        line = calling.line_of(db(), actor(), held, code)
    return render_template("recalls/call.html", **recall_pages.call_page(held, line, failure)), status_of(failure)
