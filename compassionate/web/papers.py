"""The papers of a case: listed, uploaded, given back unchanged, withdrawn with a reason."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.documents.intake import MOST_PAGES
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services import idempotency, papers, releasing
from compassionate.services.cases import require_edit
from compassionate.web.access import actor, readers
from compassionate.web.downloads import SUFFIXES, attachment, size_words, slug
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at
from compassionate.web.framing import frame, load_case
from compassionate.web.limits import DOWNLOADS, UPLOADS, costly
from compassionate.web.templating import exact, say
from compassionate.web.uploads import takes_files, upload_sent

blueprint = Blueprint("papers", __name__)
ACCEPTED = ".pdf,.png,.jpg,.jpeg"


@blueprint.get("/expedientes/<code>/papeles")
@readers
def index(code: str) -> Any:
    """What there is, and the form for one more."""
    return _page(load_case(code))


@blueprint.post("/expedientes/<code>/papeles")
@readers
@costly(**UPLOADS)
@takes_files
def upload(code: str) -> Any:
    """Take one more paper."""
    case, given = load_case(code), request.form
    key, url = given.get("idempotency_key", ""), url_for("papers.index", code=case.code)
    if idempotency.result_of(db(), actor(), key):
        return redirect(url, 303)
    kept = {each.row.sha256: each.title for each in papers.listed(db(), case) if each.row.withdrawn_at is None}
    taken: list[str] = []

    def act() -> None:
        require_edit(case, actor(), "papers")  # before the file is looked at: who may not is not told about files
        kind, title, number = given.get("kind", ""), given.get("title", ""), _number(case)
        taken.append(papers.upload(db(), actor(), case, kind, title, _file(), clock.now(), number).sha256)
        idempotency.remember(db(), actor(), key, url, clock.now())

    if failure := attempt(act):
        if idempotency.result_of(db(), actor(), key):
            return redirect(url, 303)  # a second click, beside the first
        return _page(case, failure), failure.status
    flash(gettext("Papel guardado."), "success")
    if twin := kept.get(taken[0]):
        flash(gettext("Este mismo archivo ya estaba en el expediente: «%(title)s».", title=twin), "warning")
    return redirect(url, 303)


@blueprint.get("/expedientes/<code>/papeles/<paper_id>")
@readers
@costly(**DOWNLOADS)
def download(code: str, paper_id: str) -> Any:
    """The file exactly as it was uploaded."""
    case = load_case(code)
    paper = papers.paper_of(db(), case, paper_id)
    releasing.require_released(db(), [paper], actor())
    name = f"{case.code}_{slug(say(f'paper_kind.{paper.kind}'))}_{paper.sha256[:8]}{SUFFIXES[paper.media_type]}"
    return attachment(papers.data_of(db(), paper), paper.media_type, name)


@blueprint.get("/expedientes/<code>/papeles/<paper_id>/ficha")
@readers
def card(code: str, paper_id: str) -> Any:
    """Everything known of one paper, and its withdrawal."""
    return _card(load_case(code), paper_id)


@blueprint.post("/expedientes/<code>/papeles/<paper_id>/ficha")
@readers
def withdraw(code: str, paper_id: str) -> Any:
    """Take a paper out with a reason; its file stays."""
    case, reason = load_case(code), request.form.get("reason", "")
    paper = papers.paper_of(db(), case, paper_id)
    if failure := attempt(lambda: papers.withdraw(db(), actor(), case, paper, reason, clock.now())):
        return _card(case, paper_id, failure), failure.status
    flash(gettext("Papel retirado. El archivo se conserva en el expediente."), "success")
    return redirect(url_for("papers.index", code=case.code), 303)


def _file() -> papers.Upload:
    sent = upload_sent()
    if sent is None:
        raise Invalid((FieldError("file", "paper.no_file"),))
    return sent


def _number(case: Case) -> int:
    text = request.form.get("request_number", "0")
    if text not in {str(row.number) for row in case.requests}:
        raise Invalid((FieldError("request_number", "value.not_a_choice"),))
    return int(text)


def _page(case: Case, failure: Failure | None = None) -> Any:
    held = papers.listed(db(), case)
    stored = {"kind": "", "title": "", "request_number": case.requests[-1].number}
    return render_template(
        "papers/index.html",
        **frame(case),
        rows=[_row(case, each) for each in held if each.row.withdrawn_at is None],
        withdrawn=[_row(case, each) for each in held if each.row.withdrawn_at is not None],
        may_upload=may(case, "papers"),
        key=secrets.token_urlsafe(24),
        who=who_may(case, "papers"),
        kinds=[{"value": kind, "text": say(f"paper_kind.{kind}")} for kind in papers.KINDS],
        numbers=[{"value": row.number, "text": _request_words(row.number)} for row in case.requests],
        limit=size_words(papers.LARGEST),
        most_pages=MOST_PAGES,
        accepted=ACCEPTED,
        has_scanner=releasing.has_scanner(db()),
        filled=fill(stored, case=case, failure=failure),
        recovered=recovered_at(),
    )


def _request_words(number: int) -> str:
    return str(gettext("Continuación %(number)d", number=number) if number else gettext("Primera solicitud"))


def _row(case: Case, each: papers.Listed) -> dict[str, Any]:
    row = each.row
    return {
        "title": each.title,
        "kind": say(f"paper_kind.{row.kind}"),
        "href": url_for("papers.card", code=case.code, paper_id=row.id),
        "download": url_for("papers.download", code=case.code, paper_id=row.id),
        "pages": row.pages,
        "size": size_words(row.size),
        "sha256": row.sha256,
        "by": each.uploaded_by,
        "at": row.uploaded_at,
        "exact": exact(row.uploaded_at),
        "in_dossier": each.in_dossier,
        "request": _request_words(row.request_number),
        "filename": each.filename,
        "media_type": row.media_type,
        "is_signed": row.is_signed,
        "is_elsewhere": row.is_elsewhere,
        "is_here": not row.is_elsewhere or row.has_copy,
        "copy_sha256": row.copy_sha256 or "",
        "scan": row.scan if row.scan != "unscanned" or not releasing.has_scanner(db()) else "waiting",
        "scanned_at": row.scanned_at,
        "scan_found": row.scan_found or "",
        "quarantined": not releasing.is_released(db(), row),
        "withdrawn_at": row.withdrawn_at,
        "withdrawn_reason": each.withdrawn_reason,
    }


def _card(case: Case, paper_id: str, failure: Failure | None = None) -> Any:
    each = papers.opened(db(), papers.paper_of(db(), case, paper_id))
    return render_template(
        "papers/card.html",
        **frame(case),
        paper=_row(case, each),
        may_withdraw=may(case, "withdraw_paper"),
        who=who_may(case, "withdraw_paper"),
        filled=fill({"reason": ""}, case=case, failure=failure),
        recovered=recovered_at(),
    )
