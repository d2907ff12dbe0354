"""`flask check`: rows against files."""

from __future__ import annotations

from dataclasses import asdict

import click
from flask.cli import with_appcontext

from compassionate.cli.acting import reading
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json
from compassionate.services import checking

SAID = {
    "missing": "Falta el fichero de una fila",
    "damaged": "No se abre o no es el que se guardó",
    "unclaimed": "No lo nombra ninguna fila (¿una subida que no llegó a guardarse?)",
}


@click.command("check", help="Compara las filas con los ficheros; sale con 1 si algo falta, sobra o cambió.")
@as_json
@with_appcontext
@answers_errors
def group(as_json: bool) -> None:
    """Compare rows and files both ways."""
    with reading() as session:
        found = checking.check(session)
    document = {"ok": found.ok} | asdict(found)
    lines = [f"{words}: {name}" for kind, words in SAID.items() for name in document[kind]]
    answer(document, [*lines, f"{found.rows} filas, {found.files} ficheros."], as_json)
    if not found.ok:
        raise click.exceptions.Exit(REFUSED)
