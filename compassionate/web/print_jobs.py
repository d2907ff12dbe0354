"""Asking for a document and watching it come: who asked, its place in the queue, how far it is, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import begin_writing, commit, db
from compassionate.jobs.bell import Bell
from compassionate.models import Account, Case, IssuedDocument, PrintJob
from compassionate.models.print_jobs import DONE, FAILED, PRINTING, REFUSED, WAITING
from compassionate.services import documents, print_jobs, schedule
from compassionate.services.report_kinds import READ_BY
from compassionate.web import sessions
from compassionate.web.access import actor, roles
from compassionate.web.framing import load_case
from compassionate.web.templating import ago, exact, say
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

blueprint = Blueprint("print_jobs", __name__)
ASKED = "pedido"  # in the address of the page of documents: the job that was just asked for
TONES = {WAITING: "info", PRINTING: "info", DONE: "good", REFUSED: "stop", FAILED: "stop"}


def ask(code: str, kind: str, copy: str, number: int) -> Any:
    """Ask for a document and go to where it is watched; raises Refused naming what is missing, NotFound."""
    asked, _ = documents.look(db(), actor(), load_case(code), kind, copy, number)
    place = f"{kind}-{number}"
    if asked.already:
        told = gettext("Ya estaba emitido con este contenido: versión %(version)d.", version=asked.version)
        flash(told, "success")
        return redirect(url_for("documents.index", code=code, _anchor=place), 303)
    begin_writing()
    job = print_jobs.ask(db(), actor(), load_case(code), asked, clock.now())
    return redirect(url_for("documents.index", code=code, pedido=asked_for(job)), 303)


def asked_for(job: PrintJob) -> str:
    """Keep what was asked for and ring for a worker; the id of the job."""
    job_id = job.id
    commit()
    bell: Bell = current_app.extensions["compassionate.bell"]
    bell.ring(job_id)
    return job_id


@blueprint.get("/impresiones/<job_id>")
@roles(*{*READERS, *READ_BY})
def progress(job_id: str) -> Any:
    """How far a print is, for the page that shows it: numbers and words, and nothing of any case."""
    return jsonify(_state(print_jobs.job_of(db(), actor(), job_id)))


sessions.PASSIVE.add("print_jobs.progress")  # a page that asks by itself is nobody's presence


@dataclass(frozen=True, slots=True)
class Place:
    """Where prints are watched: the page that shows them (of a job), and what each of them leads to when it is done."""

    page: Callable[[str], str]
    download: Callable[[IssuedDocument], str]
    fields: Callable[[PrintJob], dict[str, Any]]


def jobs_of(case: Case) -> dict[str, Any]:
    """What the page of documents shows of prints: the jobs, which copies are being printed, whether anybody prints."""
    shown = shown_jobs(print_jobs.of_holder(db(), case, clock.now(), request.args.get(ASKED, "")), _of_case(case.code))
    open_ones = {(each["kind"], each["copy"], each["number"]) for each in shown["jobs"] if each["open"]}
    return shown | {"being_printed": open_ones}


def _of_case(code: str) -> Place:
    return Place(
        lambda job_id: url_for("documents.index", code=code, pedido=job_id),
        lambda row: url_for("documents.download", code=code, document_id=row.id),
        lambda job: {"kind": job.kind, "copy": job.copy, "number": job.request_number},
    )


def shown_jobs(rows: list[PrintJob], place: Place) -> dict[str, Any]:
    """Prints as a page shows them, and whether anybody prints."""
    shown = [_job(row, place) for row in rows]
    is_open = any(each["open"] for each in shown)
    return {
        "jobs": shown,
        "nobody_prints": is_open and not schedule.is_worked(db(), clock.now()),
        "runs_it": Role.ADMINISTRATOR in actor().roles(),
    }


def _job(job: PrintJob, place: Place) -> dict[str, Any]:
    account = db().get(Account, job.asked_by_id)
    return {
        "id": job.id, "kind": job.kind, "copy": job.copy, "number": job.request_number, "what": _what(job),
        "title": say(f"print_status.{job.status}"), "tone": TONES[job.status], "status": job.status,
        "by": account.name if account else "", "at": ago(job.asked_at), "exact": exact(job.asked_at),
        "href": url_for("print_jobs.progress", job_id=job.id), "again": place.page(job.id),
        "fields": place.fields(job), "done": _done(job, place), "fault": _fault(job),
        **_state(job),
    }  # fmt: skip


def _what(job: PrintJob) -> str:
    continuation = gettext("Continuación %(number)d", number=job.request_number) if job.request_number else ""
    copy = say(f"document_copy.{job.copy}") if job.case_id else ""
    return " · ".join(part for part in (say(f"document_kind.{job.kind}"), continuation, copy) if part)


def _state(job: PrintJob) -> dict[str, Any]:
    """What changes while one waits: whether it does, in words and as parts of a whole."""
    is_open = job.status in (WAITING, PRINTING)
    is_printing = job.status == PRINTING
    return {
        "open": is_open,
        "printing": is_printing,
        "words": _words(job) if is_open else "",
        "step": job.step,
        "total": job.total,
    }


def _words(job: PrintJob) -> str:
    if job.status == PRINTING:
        if not job.total:
            return str(gettext("Empezando a componer"))
        return str(gettext("Componiendo: %(share)d %%", share=100 * job.step // job.total))
    place = print_jobs.position(db(), job)
    if job.fault:
        return str(gettext("No salió a la primera: se repite enseguida. Puesto %(place)d de la cola", place=place))
    return str(gettext("En espera: puesto %(place)d de la cola", place=place))


def _done(job: PrintJob, place: Place) -> dict[str, Any] | None:
    row = db().get(IssuedDocument, job.document_id) if job.document_id else None
    if row is None:
        return None
    told = gettext("Versión %(version)d, %(pages)d páginas.", version=row.version, pages=row.pages)
    return {"told": told, "href": place.download(row)}


def _fault(job: PrintJob) -> dict[str, str] | None:
    if job.status not in (REFUSED, FAILED):
        return None
    return {part: say(f"print_fault.{job.fault}.{part}", **job.params) for part in ("what", "do")}
