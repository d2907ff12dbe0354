"""`flask exports`: figures for registries, the agency and statistics, about nobody in particular."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.services import pseudonyms
from compassionate.services.pseudonyms import Export

group = AppGroup("exports", help="Datos sin personas: para registros, la AEMPS y estadística.")
a_new_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FICHERO.csv")
purpose = click.option("--purpose", type=click.Choice(pseudonyms.PURPOSES), required=True, help="Para qué es.")


@group.command("cases")
@a_new_file
@purpose
@acting.in_name_of
@as_json
@answers_errors
def cases(file: Path, purpose: str, username: str, as_json: bool) -> None:
    """Un expediente por fila: seudónimo de esta exportación, edades en tramos, meses, sin textos."""
    _export(pseudonyms.cases, file, purpose, username, as_json)


@group.command("counts")
@a_new_file
@purpose
@acting.in_name_of
@as_json
@answers_errors
def counts(file: Path, purpose: str, username: str, as_json: bool) -> None:
    """Cuántos expedientes de cada medicamento hay en cada estado, con las celdas pequeñas ocultas."""
    _export(pseudonyms.counts, file, purpose, username, as_json)


def _export(make: Callable[..., Export], file: Path, purpose: str, username: str, as_json: bool) -> None:
    least = current_app.extensions["compassionate.settings"].small_cell
    with acting.writing() as session:
        actor = acting.actor_for(session, username)
        made = make(session, actor, purpose, acting.now(), least)
        _write(file, made.data)
    document: dict[str, Any] = {"file": str(file), "rows": made.rows, "left_out": made.left_out, "hidden": made.hidden}
    said = f"{made.rows} filas en {file}; omitidas {made.left_out}, valores ocultos {made.hidden} (menos de {least})."
    answer(document | {"least": least, "sha256": made.sha256, "free_text": pseudonyms.LEFT_OUT}, [said], as_json)


def _write(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(data)
