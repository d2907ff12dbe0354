"""Asking for a document and watching it come: who asked, its place in the queue, how far it is, what went wrong."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import begin_writing, commit, db
from compassionate.jobs.bell import Bell
from compassionate.models import Account, Case, IssuedDocument, PrintJob
from compassionate.models.print_jobs import DONE, FAILED, PRINTING, REFUSED, WAITING
from compassionate.services import documents, print_jobs, schedule
from compassionate.web import sessions
from compassionate.web.access import actor, readers
from compassionate.web.framing import load_case
from compassionate.web.templating import ago, exact, say
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
    job_id = job.id
    commit()
    bell: Bell = current_app.extensions["compassionate.bell"]
    bell.ring(job_id)
    return redirect(url_for("documents.index", code=code, pedido=job_id), 303)


@blueprint.get("/impresiones/<job_id>")
@readers
def progress(job_id: str) -> Any:
    """How far a print is, for the page that shows it: numbers and words, and nothing of any case."""
    job, _ = print_jobs.job_of(db(), actor(), job_id)
    return jsonify(_state(job))


sessions.PASSIVE.add("print_jobs.progress")  # a page that asks by itself is nobody's presence


def jobs_of(case: Case) -> dict[str, Any]:
    """What the page of documents shows of prints: the jobs, which copies are being printed, whether anybody prints."""
    rows = print_jobs.of_case(db(), case, clock.now(), request.args.get(ASKED, ""))
    shown = [_job(case, row) for row in rows]
    is_open = any(each["open"] for each in shown)
    return {
        "jobs": shown,
        "being_printed": {(each["kind"], each["copy"], each["number"]) for each in shown if each["open"]},
        "nobody_prints": is_open and not schedule.is_worked(db(), clock.now()),
        "runs_it": Role.ADMINISTRATOR in actor().roles(),
    }


def _job(case: Case, job: PrintJob) -> dict[str, Any]:
    account = db().get(Account, job.asked_by_id)
    continuation = gettext("Continuación %(number)d", number=job.request_number) if job.request_number else ""
    parts = (say(f"document_kind.{job.kind}"), continuation, say(f"document_copy.{job.copy}"))
    return {
        "id": job.id, "kind": job.kind, "copy": job.copy, "number": job.request_number,
        "what": " · ".join(part for part in parts if part),
        "title": say(f"print_status.{job.status}"), "tone": TONES[job.status], "status": job.status,
        "by": account.name if account else "", "at": ago(job.asked_at), "exact": exact(job.asked_at),
        "href": url_for("print_jobs.progress", job_id=job.id),
        "again": url_for("documents.index", code=case.code, pedido=job.id),
        "done": _done(case, job), "fault": _fault(job),
        **_state(job),
    }  # fmt: skip


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


def _done(case: Case, job: PrintJob) -> dict[str, Any] | None:
    row = db().get(IssuedDocument, job.document_id) if job.document_id else None
    if row is None:
        return None
    told = gettext("Versión %(version)d, %(pages)d páginas.", version=row.version, pages=row.pages)
    return {"told": told, "href": url_for("documents.download", code=case.code, document_id=row.id)}


def _fault(job: PrintJob) -> dict[str, str] | None:
    if job.status not in (REFUSED, FAILED):
        return None
    return {part: say(f"print_fault.{job.fault}.{part}", **job.params) for part in ("what", "do")}
