"""Whether a document was issued here: asked with the code printed on it, by anybody, without a word about a patient."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from compassionate.extensions import db
from compassionate.services.verification import issued_under
from compassionate.web.access import public
from compassionate.web.templating import exact, say

blueprint = Blueprint("verification", __name__)


@blueprint.get("/verificar/<code>")
@public
def show(code: str) -> Any:
    """Kind, version, day and SHA-256 of a document; an unknown code gets the same page without them."""
    row = issued_under(db(), code)
    rows = [
        ("kind", say(f"document_kind.{row.kind}") if row else ""),
        ("version", str(row.version) if row else ""),
        ("issued", exact(row.issued_at) if row else ""),
        ("pages", str(row.pages) if row else ""),
        ("sha256", row.sha256 if row else ""),
    ]
    shown = [{"key": say(f"verification.{name}"), "value": value or "–"} for name, value in rows]
    return render_template("cases/verification.html", known=row is not None, rows=shown)
