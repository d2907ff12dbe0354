"""Whether a document was issued here, and whether a file is it: asked by anybody, without a word about a patient."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from compassionate.documents.verification_marks import bare, grouped
from compassionate.extensions import db
from compassionate.models import IssuedDocument
from compassionate.services.verification import Standing, Verdict, compare, is_code, standing
from compassionate.web.access import public
from compassionate.web.downloads import size_words
from compassionate.web.limits import strangers
from compassionate.web.templating import day, exact, say

blueprint = Blueprint("verification", __name__)
VERDICTS = ("same", "longer", "shorter", "other", "empty")
DOUBTFUL = ("version", "longer")  # what was added behind a document may cover what it says
INVALID = 422


@blueprint.get("/verificar")
@public
@strangers("verify", a_minute=60)
def index() -> Any:
    """Where a code is typed in."""
    given = request.args.get("codigo", "").strip()
    if is_code(given):
        return redirect(url_for("verification.show", code=bare(given)))
    page = render_template("verification/index.html", given=given[:64], wrong="codigo" in request.args)
    return page, INVALID if "codigo" in request.args else 200


@blueprint.get("/verificar/<code>")
@public
@strangers("verify", a_minute=60)
def show(code: str) -> Any:
    """Kind, version, day, state and SHA-256 of a document; nothing of all that for an unknown code."""
    return _page(code, standing(db(), code))


@blueprint.post("/verificar/<code>")
@public
@strangers("compare", a_minute=12)
def compare_file(code: str) -> Any:
    """Compare a file where no script does it in the browser; nothing of it is kept."""
    held, file = standing(db(), code), request.files.get("file")
    if held is None or file is None or not file.filename:
        return _page(code, held, no_file=held is not None), INVALID
    return _page(code, held, compare(held, file.stream))


def _page(code: str, held: Standing | None, verdict: Verdict | None = None, no_file: bool = False) -> Any:
    if held is None:
        return render_template("verification/unknown.html", given=grouped(code)[:64])
    return render_template(
        "verification/show.html",
        code=bare(code),
        current=held.is_current,
        rows=[{"key": say(f"verification.{name}"), "value": value} for name, value in _rows(held)],
        issued=_issued(held),
        verdict=_said(verdict) if verdict else None,
        verdicts=[_said(each) for each in _verdicts(held)],
        no_file=no_file,
    )


def _rows(held: Standing) -> list[tuple[str, str]]:
    row, newest = held.document, held.newest
    state = "current" if held.is_current else "superseded"
    return [
        ("kind", " · ".join([say(f"document_kind.{row.kind}"), *_copy(row)])),
        ("code", grouped(row.verification)),
        ("version", str(row.version)),
        ("issued", exact(row.issued_at)),
        ("state_label", say(f"verification.state.{state}", version=newest.version, day=day(newest.issued_at))),
        ("pages", str(row.pages)),
        ("size", f"{size_words(row.size)} ({row.size} bytes)"),
        ("sha256", row.sha256),
        ("seal", say(f"seal_level.{row.seal_level or 'none'}")),
    ]


def _copy(row: IssuedDocument) -> list[str]:
    """Which copy it is; a report has one."""
    return [say(f"document_copy.{row.copy}")] if row.case_id is not None else []


def _issued(held: Standing) -> str:
    """What the script compares with: this version first, then the others."""
    rows = (held.document, *held.others)
    return json.dumps([{"version": each.version, "size": each.size, "sha256": each.sha256} for each in rows])


def _verdicts(held: Standing) -> list[Verdict]:
    return [*(Verdict(code) for code in VERDICTS), *(Verdict("version", each.version) for each in held.others)]


def _said(verdict: Verdict) -> dict[str, str]:
    kind = "good" if verdict.code == "same" else "warning" if verdict.code in DOUBTFUL else "stop"
    name = f"version-{verdict.version}" if verdict.version else verdict.code
    texts = {part: say(f"verdict.{verdict.code}.{part}", version=verdict.version) for part in ("title", "text")}
    return {"name": name, "kind": kind} | texts
