"""The documents of a case: what each still lacks, issuing one, every issued version, download."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from compassionate.documents.catalogue import KINDS
from compassionate.errors import NotFound, Reason, Refused
from compassionate.extensions import db, reads_first
from compassionate.models import Account, Case, IssuedDocument
from compassionate.services import documents, issuing, signed_copies
from compassionate.web import print_jobs, reading
from compassionate.web.access import readers
from compassionate.web.downloads import attachment, size_words
from compassionate.web.editing import may, who_may
from compassionate.web.filling import FORBIDDEN
from compassionate.web.framing import frame, load_case
from compassionate.web.limits import DOWNLOADS, costly
from compassionate.web.step_words import present
from compassionate.web.templating import exact, say

blueprint = Blueprint("documents", __name__)


@cache
def printing_fault() -> str:
    """Why this server cannot print (a library of the system is not there); empty when it can. Asked once a start."""
    try:
        import_module("compassionate.documents.press")
    except (ImportError, OSError) as error:
        return str(error).splitlines()[0]
    return ""


@blueprint.get("/expedientes/<code>/documentos")
@readers
def index(code: str) -> Any:
    """Every kind of document: what is missing, what was issued, what may be issued now."""
    return _page(load_case(code))


@blueprint.post("/expedientes/<code>/documentos")
@readers
@reads_first
@costly("print", at_once=1, a_minute=20)
def issue(code: str) -> Any:
    """Ask for a document from the case as it stands; a worker prints it."""
    given = request.form
    kind, copy, number = given.get("kind", ""), given.get("copy", ""), _number(given.get("number", ""))
    try:
        return print_jobs.ask(code, kind, copy, number)
    except Refused as refusal:
        reading.refused(refusal.reasons)
        return _page(load_case(code), refusal.reasons, number), FORBIDDEN


def _page(case: Case, refused: tuple[Reason, ...] = (), number: int = 0) -> Any:
    return render_template(
        "documents_pages/index.html",
        **frame(case),
        kinds=[_kind(case, each) for each in issuing.states(db(), case)],
        may_issue=may(case, "issue_documents"),
        who_may=who_may(case, "issue_documents"),
        fault=printing_fault(),
        signed=signed_copies.counts(db(), case),
        refused=present(case, refused, number),
        **print_jobs.jobs_of(case),
    )


@blueprint.get("/expedientes/<code>/documentos/<document_id>")
@readers
@costly(**DOWNLOADS)
def download(code: str, document_id: str) -> Any:
    """An issued document, byte for byte as it was issued."""
    case = load_case(code)
    row = documents.document_of(db(), case, document_id)
    return attachment(documents.pdf_of(db(), case, row), "application/pdf", documents.filename(case, row))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise NotFound
    return int(text)


def _kind(case: Case, held: issuing.KindState) -> dict[str, Any]:
    return {
        "id": f"{held.kind}-{held.number}",
        "kind": held.kind,
        "number": held.number,
        "title": say(f"document_kind.{held.kind}"),
        "request": gettext("Continuación %(number)d", number=held.number) if held.number else "",
        "purpose": say(f"document_purpose.{held.kind}"),
        "may_issue": may(case, documents.section_of(held.kind)),
        "missing": present(case, held.missing, held.number),
        "copies": [_copy(case, held, copy) for copy in KINDS[held.kind].copies],
        "older": [_version(case, row, False) for row in held.issued if row.id not in held.latest_ids],
    }


def _copy(case: Case, held: issuing.KindState, copy: str) -> dict[str, Any]:
    last = held.latest(copy)
    return {
        "which": copy,
        "text": say(f"document_copy.{copy}"),
        "last": _version(case, last, copy in held.current) if last else None,
    }


def _version(case: Case, row: IssuedDocument, current: bool) -> dict[str, Any]:
    account = db().get(Account, row.issued_by_id)
    return {
        "version": row.version,
        "which": say(f"document_copy.{row.copy}"),
        "pages": row.pages,
        "size": size_words(row.size),
        "sha256": row.sha256,
        "at": row.issued_at,
        "exact": exact(row.issued_at),
        "by": account.name if account else "",
        "current": current,
        "href": url_for("documents.download", code=case.code, document_id=row.id),
        "changes": url_for("document_versions.changes", code=case.code, document_id=row.id),
        "seal": say(f"seal_level.{row.seal_level or 'none'}"),
        "lacks": say(f"seal_lacks.{row.seal_lacks}") if row.seal_lacks else "",
        "id": row.id,
        "is_sealed": row.seal_level is not None,
        "signed_href": url_for("signed_copies.index", code=case.code, document_id=row.id),
    }
