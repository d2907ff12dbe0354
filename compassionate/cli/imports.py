"""`flask imports`: cases that come from another installation."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from compassionate.cli import acting
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.documents.contained import LARGEST_FILE
from compassionate.errors import Reason, Refused
from compassionate.services.actors import Actor
from compassionate.services.importing import import_dossier
from compassionate.words import say
from compassionate.workflow.roles import Role

group = AppGroup("imports", help="Traer expedientes de otra instalación.")


@group.command("dossier")
@click.argument("file", type=acting.a_file, metavar="FICHERO")
@acting.perhaps_in_name_of
@as_json
@answers_errors
def dossier(file: Path, username: str | None, as_json: bool) -> None:
    """Rehace un expediente a partir de la copia del hospital de su dosier; si algo no cuadra, no escribe nada."""
    if file.stat().st_size > LARGEST_FILE:
        wrong(f"«{file}» pasa de {LARGEST_FILE // 1024 // 1024} MB.")
    with acting.writing() as session:
        actor = _administrator(session, username)
        made = import_dossier(session, actor, acting.operator(), file.read_bytes(), acting.now())
        document = {"code": made.case.code, "content_sha256": made.content_sha256}
        said = f"Expediente {made.case.code} importado: {say(f'state.{made.case.state}')}."
    answer(document, [said, f"Huella del contenido: {made.content_sha256}"], as_json)


def _administrator(session: Session, username: str | None) -> Actor | None:
    """In whose name: an administrator's, or the command line's own."""
    actor = acting.asker(session, username)
    if actor is not None and Role.ADMINISTRATOR not in actor.roles():
        reason = Reason("role.missing", who=Role.ADMINISTRATOR, params={"roles": (Role.ADMINISTRATOR.value,)})
        raise Refused((reason,))
    return actor
