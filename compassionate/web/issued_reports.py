"""Reports that are issued as documents: asked for, watched, listed, downloaded, compared."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.documents.verification_marks import grouped
from compassionate.extensions import begin_writing, db, reads_first
from compassionate.models import Account, IssuedDocument
from compassionate.services import print_jobs as jobs
from compassionate.services import reports, series
from compassionate.services.report_kinds import READ_BY
from compassionate.services.reports import Version, Wish
from compassionate.web import print_jobs, reading
from compassionate.web.access import actor, roles
from compassionate.web.document_versions import NOW, choices, pair, sections, usual, version
from compassionate.web.downloads import attachment, size_words
from compassionate.web.limits import DOWNLOADS, costly
from compassionate.web.print_jobs import ASKED, Place
from compassionate.web.templating import ago, exact, say

blueprint = Blueprint("issued_reports", __name__)
ADDRESS = "/informes/emitidos"
PLACE = "emitidos"  # of the list on a page of a report


@blueprint.post(ADDRESS)
@roles(*READ_BY)
@reads_first
@costly("print", at_once=1, a_minute=20)
def ask() -> Any:
    """Ask for a report as it stands; a worker prints and seals it."""
    given = request.form
    wanted = _wish(given.get("kind", ""), given.get("centre", ""), given.get("subject", ""))
    page = wanted.kind.page(wanted.centre.code, wanted.subject)
    asked, _ = reports.look(db(), wanted, clock.now())
    if asked.already:
        told = gettext("Ya estaba emitido con este contenido: versión %(version)d.", version=asked.version)
        flash(told, "success")
        return redirect(f"{page}#{PLACE}", 303)
    begin_writing()
    wanted = _wish(wanted.kind.id, given.get("centre", ""), wanted.subject)
    job = jobs.ask(db(), actor(), wanted.centre, asked, clock.now(), wanted.subject)
    return redirect(_watched(page, print_jobs.asked_for(job)), 303)


def _wish(kind: str, centre: str, subject: str) -> Wish:
    return reports.wish(db(), actor(), kind, centre, subject)


def _watched(page: str, job_id: str) -> str:
    return f"{page}{'&' if '?' in page else '?'}{ASKED}={job_id}#{PLACE}"


@blueprint.get(f"{ADDRESS}/<document_id>")
@roles(*READ_BY)
@costly(**DOWNLOADS)
def download(document_id: str) -> Any:
    """An issued report, byte for byte as it was issued."""
    row, wanted = reports.report_of(db(), actor(), document_id)
    return handed_out(wanted, row)


def handed_out(wanted: Wish, row: IssuedDocument) -> Any:
    """An issued report as a file, on record."""
    told = {"centre": wanted.centre.code, "subject": wanted.subject, "version": row.version}
    reading.hands_out(wanted.kind.id, format="pdf", **told)
    return attachment(series.pdf_of(db(), row), "application/pdf", reports.filename(wanted, row))


@blueprint.get(f"{ADDRESS}/<document_id>/cambios")
@roles(*READ_BY)
def changes(document_id: str) -> Any:
    """What this issue says that another one, or the report as it would be now, does not; `con` names the other one."""
    row, wanted = reports.report_of(db(), actor(), document_id)
    held = series.versions(db(), wanted.series)
    other = request.args.get("con") or usual(row, held)
    older, newer = pair(row, held, other)
    found = reports.compare(db(), wanted, older, newer, clock.now())
    return render_template(
        "reports/changes.html",
        title=say(f"document_kind.{row.kind}"),
        titled=True,
        caption=reports.named(db(), row),
        this=row.version,
        choices=[(NOW, gettext("El informe como está ahora")), *choices(row, held)],
        chosen=other,
        before=version(older),
        after=version(newer) if newer else None,
        without=[] if found is not None else [older.version],
        sections=sections(found or ()),
        total=len(found or ()),
        back=f"{wanted.kind.page(wanted.centre.code, wanted.subject)}#{PLACE}",
    )


def shown(kind: str, centre: str, subject: str) -> dict[str, Any]:
    """What the page of a report shows of its issues (`issued` of reports/_issued.html): versions, prints, the button.

    Raises NotFound for who may not have it.
    """
    wanted, now = _wish(kind, centre, subject), clock.now()
    held = [_version(each) for each in reports.issued(db(), wanted, now)]
    found = jobs.of_holder(db(), wanted.centre, now, request.args.get(ASKED, ""), subject)
    told = print_jobs.shown_jobs([job for job in found if job.kind == kind], _place(wanted))
    return told | {
        "versions": held,
        "is_current": bool(held) and not held[0]["stale"],
        "being_printed": any(each["open"] for each in told["jobs"]),
        "fields": _fields(wanted),
        "post": url_for("issued_reports.ask"),
        "place": PLACE,
    }


def _fields(wanted: Wish) -> dict[str, str]:
    return {"kind": wanted.kind.id, "centre": wanted.centre.code, "subject": wanted.subject}


def _place(wanted: Wish) -> Place:
    page = wanted.kind.page(wanted.centre.code, wanted.subject)
    return Place(lambda job_id: _watched(page, job_id), _href, lambda job: _fields(wanted))


def _href(row: IssuedDocument) -> str:
    return url_for("issued_reports.download", document_id=row.id)


def _version(held: Version) -> dict[str, Any]:
    row = held.row
    account = db().get(Account, row.issued_by_id)
    return {
        "version": row.version,
        "stale": held.is_stale,
        "href": _href(row),
        "at": ago(row.issued_at),
        "exact": exact(row.issued_at),
        "by": account.name if account else "",
        "pages": row.pages,
        "size": size_words(row.size),
        "sha256": row.sha256,
        "code": grouped(row.verification),
        "verify": url_for("verification.show", code=row.verification),
        "seal": say(f"seal_level.{row.seal_level or 'none'}"),
        "lacks": say(f"seal_lacks.{row.seal_lacks}") if row.seal_lacks else "",
        "changes": url_for("issued_reports.changes", document_id=row.id),
    }


def current(kind: str, centre: str, subject: str) -> Any:
    """The newest issue that still says the same, as a file; where there is none, the page where it is asked for."""
    wanted = _wish(kind, centre, subject)
    held = reports.issued(db(), wanted, clock.now())
    if not held or held[0].is_stale:
        flash(
            gettext("Este informe no está impreso con lo que dice hoy. Pídalo aquí: se imprime, se sella y se guarda."),
            "info",
        )
        return redirect(f"{wanted.kind.page(centre, subject)}#{PLACE}", 303)
    return handed_out(wanted, held[0].row)
