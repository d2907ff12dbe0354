"""What changed between two versions of a document, or since one was issued, field by field and in words (PDF-03)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext

from compassionate.documents.difference_words import Difference
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Account, IssuedDocument
from compassionate.services import documents, series, versions
from compassionate.web.access import readers
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import exact, language, say

blueprint = Blueprint("document_versions", __name__)
NOW = "ahora"


@blueprint.get("/expedientes/<code>/documentos/<document_id>/cambios")
@readers
def changes(code: str, document_id: str) -> Any:
    """What this version says that another one, or the case as it stands, does not; `con` names the other one."""
    case = load_case(code)
    row = documents.document_of(db(), case, document_id)
    held = series.versions(db(), series.series_of(db(), row))
    other = request.args.get("con") or usual(row, held)
    older, newer = pair(row, held, other)
    found = versions.compare(db(), case, older, newer, language())
    return render_template(
        "documents_pages/changes.html",
        **frame(case),
        title=say(f"document_kind.{row.kind}"),
        caption=_caption(row),
        this=row.version,
        choices=[(NOW, gettext("El expediente como está ahora")), *choices(row, held)],
        chosen=other,
        before=version(older),
        after=version(newer) if newer else None,
        without=found.without,
        sections=sections(found.differences),
        total=len(found.differences),
        back=url_for("documents.index", code=case.code, _anchor=f"{row.kind}-{row.request_number}"),
    )


def usual(row: IssuedDocument, held: list[IssuedDocument]) -> str:
    """The version before; of the first one what the case says now."""
    return str(row.version - 1) if any(each.version == row.version - 1 for each in held) else NOW


def pair(row: IssuedDocument, held: list[IssuedDocument], other: str) -> tuple[IssuedDocument, IssuedDocument | None]:
    """The older first, whichever page was opened."""
    if other == NOW:
        return row, None
    if not (other.isascii() and other.isdigit() and len(other) <= 6):
        raise NotFound
    older, newer = sorted((row, series.version_of(held, int(other))), key=lambda each: each.version)
    return older, newer


def choices(row: IssuedDocument, held: list[IssuedDocument]) -> list[tuple[str, str]]:
    """The other versions, to choose from."""
    return [(str(each.version), _choice(each)) for each in held if each.id != row.id]


def _choice(row: IssuedDocument) -> str:
    return str(gettext("La versión %(version)d, del %(at)s", version=row.version, at=exact(row.issued_at)))


def _caption(row: IssuedDocument) -> str:
    continuation = gettext("Continuación %(number)d", number=row.request_number) if row.request_number else ""
    return " · ".join(part for part in (continuation, say(f"document_copy.{row.copy}")) if part)


def version(row: IssuedDocument) -> dict[str, Any]:
    """One version: its number, when, by whom."""
    account = db().get(Account, row.issued_by_id)
    return {"version": row.version, "at": exact(row.issued_at), "by": account.name if account else ""}


def sections(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """What differs, by the part that says it."""
    told: dict[str, list[list[Any]]] = {}
    for each in found:
        told.setdefault(each.section, []).append([_field(each.label, each.kind), each.old, each.new])
    return [{"title": title, "rows": rows} for title, rows in told.items()]


def _field(label: str, kind: str) -> dict[str, str]:
    return {"text": label, "sub": say(f"content_change.{kind}")}
