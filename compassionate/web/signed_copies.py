"""A document signed with AutoFirma: how, bringing it back, what its signatures are worth, every copy kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import begin_writing, db, reads_first
from compassionate.models import Account, Case, IssuedDocument
from compassionate.services import documents, signed_copies
from compassionate.services.cases import require_edit
from compassionate.web.access import actor, readers
from compassionate.web.downloads import attachment, size_words
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.limits import DOWNLOADS, costly
from compassionate.web.templating import exact, say
from compassionate.web.uploads import upload_sent

blueprint = Blueprint("signed_copies", __name__)
BASE = "/expedientes/<code>/documentos/<document_id>/firmado"


@blueprint.get(BASE)
@readers
def index(code: str, document_id: str) -> Any:
    """How to sign it, and the signed copies that there are."""
    case = load_case(code)
    return _page(case, documents.document_of(db(), case, document_id))


@blueprint.post(BASE)
@readers
@reads_first
@costly("signed", at_once=2, a_minute=20)
def upload(code: str, document_id: str) -> Any:
    """Look at a copy that came back, then keep it."""
    case = load_case(code)

    def act() -> None:
        require_edit(case, actor(), signed_copies.SECTION)
        found = signed_copies.examine(db(), case, documents.document_of(db(), case, document_id), _sent(), clock.now())
        begin_writing()
        again = load_case(code)
        row = documents.document_of(db(), again, document_id)
        signed_copies.keep(db(), actor(), again, row, found, clock.now())

    if failure := attempt(act):
        case = load_case(code)
        return _page(case, documents.document_of(db(), case, document_id), failure), status_of(failure)
    flash(gettext("Copia firmada guardada. Abajo se dice qué se ha comprobado."), "success")
    return redirect(url_for("signed_copies.index", code=code, document_id=document_id), 303)


def _sent() -> bytes:
    sent = upload_sent()
    if sent is None:
        raise Invalid((FieldError("file", "paper.no_file"),))
    return sent.data


@blueprint.get(f"{BASE}/<signed_id>")
@readers
@costly(**DOWNLOADS)
def download(code: str, document_id: str, signed_id: str) -> Any:
    """A signed copy, byte for byte as it came."""
    case = load_case(code)
    row = documents.document_of(db(), case, document_id)
    kept, data = signed_copies.data_of(db(), case, row, signed_id)
    name = documents.filename(case, row).removesuffix(".pdf")
    return attachment(data, "application/pdf", f"{name}-firmado-{kept.sha256[:8]}.pdf")


def _page(case: Case, row: IssuedDocument, failure: Failure | None = None) -> Any:
    account = db().get(Account, row.issued_by_id)
    return render_template(
        "documents_pages/signed.html",
        **frame(case),
        document=row,
        title=say(f"document_kind.{row.kind}"),
        copy=say(f"document_copy.{row.copy}"),
        issued_by=account.name if account else "",
        exact_issue=exact(row.issued_at),
        seal=seal_words(row),
        filename=documents.filename(case, row),
        copies=[_copy(case, row, each) for each in signed_copies.listed(db(), case, row)],
        may_keep=may(case, signed_copies.SECTION),
        who=who_may(case, signed_copies.SECTION),
        filled=fill({}, case=case, failure=failure),
    )


def seal_words(row: IssuedDocument) -> str:
    """What is said of a document's seal: how far it goes, and what it should have and has not."""
    level = say(f"seal_level.{row.seal_level or 'none'}")
    return f"{level}. {say(f'seal_lacks.{row.seal_lacks}')}" if row.seal_lacks else level


def _copy(case: Case, row: IssuedDocument, each: signed_copies.Kept) -> dict[str, Any]:
    return {
        "href": url_for("signed_copies.download", code=case.code, document_id=row.id, signed_id=each.row.id),
        "sha256": each.row.sha256,
        "size": size_words(each.row.size),
        "by": each.by,
        "at": each.row.at,
        "exact": exact(each.row.at),
        "signers": [_signer(held) for held in each.signers],
    }


def _signer(held: dict[str, Any]) -> dict[str, str]:
    moment = say(f"signed_moment.{held['moment']}")
    at = f"{exact(datetime.fromisoformat(held['at']))} ({moment})" if held["at"] else moment
    return {
        "name": held["name"],
        "number": held["number"],
        "certificate": gettext("Certificado %(serial)s de %(issuer)s", serial=held["serial"], issuer=held["issuer"]),
        "at": at,
        "chain": say(f"signed_chain.{held['chain']}"),
        "revocation": say(f"signed_revocation.{held['revocation']}"),
    }
