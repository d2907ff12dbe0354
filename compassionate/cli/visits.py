"""`flask visits`: follow-up visits with their answers."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from compassionate import clock
from compassionate.cli import acting, filling
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.errors import NotFound
from compassionate.services import visits
from compassionate.words import say

group = AppGroup("visits", help="Las visitas de seguimiento.")


@group.command("record")
@click.argument("code", metavar="EXPEDIENTE")
@click.argument("visit", metavar="VISITA")
@click.argument("file", type=acting.a_file, metavar="FICHERO.json")
@click.option("--on", metavar="FECHA", help="Día de la visita; si falta, hoy.")
@acting.in_name_of
@as_json
@answers_errors
def record(code: str, visit: str, file: Path, on: str | None, username: str, as_json: bool) -> None:
    """Registra una visita (baseline, m3, m6, m12…) con sus respuestas."""
    given = acting.json_file(file)
    with acting.writing() as session:
        actor, now = acting.actor_for(session, username), acting.now()
        case = acting.case_for(session, code, actor)
        try:
            visits.visit_of(session, case, visit)
        except NotFound:
            wrong(f"El expediente {case.code} no tiene ninguna visita «{visit}».")
        day = on or clock.civil_date(now, case.centre.zone).isoformat()
        answers = filling.read_answers(session, case, visits.visit_form(session, case), visit, given)
        row = visits.record_visit(session, actor, case, visit, day, answers, now)
        document = {"code": case.code, "visit": row.name, "done_on": row.done_on, "version": case.version}
    answer(document, [f"{document['code']}: {say(f'visit.{visit}')} registrada."], as_json)
