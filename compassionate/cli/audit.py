"""`flask audit`: verify the chain, note its head, take it away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, wrong
from compassionate.services import chain

group = AppGroup("audit", help="El registro de auditoría.")


@group.command("verify")
@click.option("--against", type=acting.a_file, metavar="HEAD.json", help="Una cabeza guardada antes en otro sitio.")
@as_json
@answers_errors
def verify(against: Path | None, as_json: bool) -> None:
    """Recorre la cadena; sale con 1 y nombra la primera fila mala."""
    kept = acting.json_file(against) if against else None
    if kept is not None and not (isinstance(kept.get("rows"), int) and isinstance(kept.get("head"), str)):
        wrong(f"«{against}» no es una cabeza de «flask audit head --json».")
    with acting.reading() as session:
        document = chain.verdict_document(chain.verify_against(session, kept))
    answer(document, [_said(document)], as_json)
    if not document["ok"]:
        raise click.exceptions.Exit(REFUSED)


def _said(document: dict[str, Any]) -> str:
    if document["ok"]:
        return f"La cadena está entera: {document['rows']} filas, cabeza {document['head']}."
    return f"La cadena no está entera desde la fila {document['first_bad']['seq']}: {document['first_bad']['why']}."


@group.command("head")
@as_json
@answers_errors
def head(as_json: bool) -> None:
    """Escribe cuántas filas hay y el último hash: guárdelos donde esta instalación no pueda cambiarlos."""
    with acting.reading() as session:
        document = chain.head_document(session)
    answer(document, [f"{document['rows']} filas, cabeza {document['head']}."], as_json)


@group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FICHERO.jsonl")
@as_json
@answers_errors
def export(file: Path, as_json: bool) -> None:
    """Deja todas las filas en un fichero, para quien las verifique sin este programa (tools/verify_audit.py)."""
    with acting.reading() as session, file.open("w", encoding="utf-8") as target:
        held = chain.head_document(session)
        target.writelines(line + "\n" for line in chain.export(session))
    answer(held | {"file": str(file)}, [f"{held['rows']} filas en {file}."], as_json)
