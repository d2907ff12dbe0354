"""`flask check`: rows against files, and what is stored against what happened."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from flask.cli import with_appcontext

from compassionate.cli.acting import now, reading, writing
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json
from compassionate.clock import AGENCY_ZONE
from compassionate.services import checking, orphans, schedule, seals
from compassionate.words import say

SAID = {
    "missing": "Falta el fichero de una fila",
    "damaged": "No se abre o no es el que se guardó",
    "unclaimed": "No lo nombra ninguna fila (¿una subida que no llegó a guardarse? «--sweep»)",
    "history": "Lo guardado no es lo que cuenta su historial",
}


@click.command(
    "check", help="Compara las filas con los ficheros y con su historial; sale con 1 si algo falta, sobra o cambió."
)
@click.option("--sweep", is_flag=True, help="Antes borra los ficheros de más de un día que ninguna fila nombra.")
@as_json
@with_appcontext
@answers_errors
def group(as_json: bool, sweep: bool) -> None:
    """Compare rows, files and histories; cases that nobody answers for are named, which is no damage."""
    swept = _sweep() if sweep else []
    with reading() as session:
        found = checking.check(session)
        runs, alone = schedule.last_runs(session, now()), orphans.orphans(session, now())
        warned = seals.warning(session, now())
    document: dict[str, Any] = {"ok": found.ok, "swept": swept} | asdict(found)
    document |= {"runs": {run.name: run.at for run in runs}, "late": [run.name for run in runs if run.is_late]}
    document["without_holder"] = [asdict(each) for each in alone]
    document["seal"] = {"warning": warned[0], "ends_at": warned[1]} if warned else None
    lines = [f"Borrado: {name}" for name in swept]
    lines += [f"{words}: {name}" for kind, words in SAID.items() for name in document[kind]]
    lines += [_late(run) for run in runs if run.is_late]
    lines += [f"Nadie responde: {each.code} ({each.role}: {each.username} ya no puede actuar)" for each in alone]
    lines += [say(f"seal_warning.{warned[0]}", day=f"{warned[1]:%d/%m/%Y}")] if warned else []
    answer(document, [*lines, f"{found.rows} filas, {found.files} ficheros."], as_json)
    if not found.ok:
        raise click.exceptions.Exit(REFUSED)


def _late(run: schedule.Last) -> str:
    command = schedule.command(run.name)
    since = f"desde el {run.at.astimezone(AGENCY_ZONE):%d/%m/%Y %H:%M}" if run.at else "todavía"
    return f"«flask {command}» no se ha ejecutado {since}: prográmelo (docs/running.md)"


def _sweep() -> list[str]:
    with writing() as session:
        return checking.sweep(session, now())
