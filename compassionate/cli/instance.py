"""`flask instance`: makes an installation ready and says whether it holds anything."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from compassionate.extensions import foundation
from compassionate.services import instance, keys

group = AppGroup("instance", help="Prepara la instalación.")
EMPTY = 3


@group.command("prepare")
@click.option("--demo", is_flag=True, help="Carga la demostración si la instalación está vacía.")
def prepare(demo: bool) -> None:
    """Crea claves, base de datos y almacén, y pone el esquema al día."""
    instance.migrate(foundation().engine)
    with foundation().session(write=True) as session:
        keys.adopt(session, foundation().vault)
        empty = instance.is_empty(session)
        session.commit()
    if demo and empty:
        current_app.cli.commands["demo"].main(["load"], standalone_mode=False)


@group.command("status")
def status() -> None:
    """Sale con 0 si hay cuentas y con 3 si la instalación está vacía."""
    with foundation().session() as session:
        empty = instance.is_empty(session)
    click.echo("vacía" if empty else "con datos")
    sys.exit(EMPTY if empty else 0)
