"""`flask instance`: makes an installation ready and says whether it holds anything."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from compassionate.extensions import foundation
from compassionate.services import database_roles, instance, keys

group = AppGroup("instance", help="Prepara la instalación.")
EMPTY = 3
ONLY_TRIGGERS = (
    "Aviso: el usuario de la base de datos es dueño del registro de auditoría, y solo los disparadores lo protegen. "
    "Dele a la aplicación un usuario propio y ponga el del dueño en COMPASSIONATE_MIGRATION_DATABASE_URL."
)


@group.command("prepare")
@click.option("--demo", is_flag=True, help="Carga la demostración si la instalación está vacía.")
def prepare(demo: bool) -> None:
    """Crea claves, base de datos y almacén, y pone el esquema al día."""
    settings, engine = current_app.extensions["compassionate.settings"], foundation().engine
    database_roles.prepare(engine, settings.migration_database_url)
    if engine.dialect.name == "postgresql" and database_roles.may_change_proof(engine):
        click.echo(ONLY_TRIGGERS, err=True)
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
