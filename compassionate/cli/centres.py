"""`flask centres`: the hospitals of this installation."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from compassionate.cli.acting import now, operator, writing
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.services import instance
from compassionate.services.operators import at_the_machine

group = AppGroup("centres", help="Los centros hospitalarios.")


@group.command("add")
@click.argument("code", metavar="CÓDIGO")
@click.option("--name", required=True, help="Nombre del hospital.")
@click.option("--territory", required=True, metavar="ES-XX", help="Comunidad autónoma, en ISO 3166-2.")
@click.option("--municipality", default="", help="Municipio, para sus festivos locales.")
@as_json
@answers_errors
def add(code: str, name: str, territory: str, municipality: str, as_json: bool) -> None:
    """Da de alta un centro."""
    with writing() as session:
        centre = instance.add_centre(
            session, at_the_machine(operator()), code.upper(), name, territory.upper(), now(), municipality
        )
        document = {
            "code": centre.code,
            "name": centre.name,
            "territory": centre.territory,
            "municipality": centre.municipality,
        }
    answer(document, [f"Centro {document['code']} dado de alta."], as_json)
