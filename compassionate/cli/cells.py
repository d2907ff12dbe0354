"""`flask cells`: whether a label is the one that should be in the hand."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.services.cells.reading import read_scan
from compassionate.services.cells.recognising import require_agreement
from compassionate.words import say

group = AppGroup("cells", help="Las células del paciente.")


@group.command("check")
@click.argument("code", metavar="EXPEDIENTE")
@click.option(
    "--scan", "text", required=True, metavar="TEXTO", help="Lo que ha escrito el lector, o el código escrito."
)
@acting.perhaps_in_name_of
@as_json
@answers_errors
def check(code: str, text: str, username: str | None, as_json: bool) -> None:
    """Compara una etiqueta con lo que consta del expediente; si algo no coincide, lo nombra por los dos lados."""
    with acting.reading() as session:
        case = acting.case_for(session, code, acting.asker(session, username))
        scanned = read_scan(text, acting.now().date())
        row = require_agreement(session, case, scanned)
        document = {"code": case.code, "container": row.code, "kind": row.kind, "agrees": True}
    kind = say(f"label_kind.{document['kind']}")
    answer(document, [f"{document['code']}: {document['container']} ({kind}) coincide."], as_json)
