"""`flask backup`: makes, verifies and restores backups; the steps for an empty machine are in docs/backup.md."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from compassionate import config
from compassionate.cli.acting import now, operator, reading, writing
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.extensions import foundation
from compassionate.services import audit, backup, keys, locks, restoring
from compassionate.services.operators import at_the_machine

group = AppGroup("backup", help="Copias de seguridad.")
a_folder = click.argument("folder", type=click.Path(path_type=Path), metavar="CARPETA")


def _settings() -> config.Settings:
    settings: config.Settings = current_app.extensions["compassionate.settings"]
    return settings


def _masters() -> tuple[bytes, ...]:
    held = _settings()
    following = (held.next_master_key,) if held.next_master_key else ()
    return (held.master_key, *following, *held.archived_master_keys)


@group.command("create")
@a_folder
@as_json
@answers_errors
def create(folder: Path, as_json: bool) -> None:
    """Hace una copia cifrada y entera en una carpeta nueva, mientras se trabaja. La clave no va en ella."""
    with reading() as session, locks.maintenance(session):
        master = keys.present_master(session, _masters())
        made = backup.create(foundation().session, folder, master, _settings().password_salt, now())
    with writing() as session:
        author = at_the_machine(operator())
        audit.append(session, author, "create_backup", now(), backup=made.id, rows=made.audit["rows"])
    lines = [
        f"Copia {_said(made)}, en {folder}.",
        f"Para restaurarla hace falta secrets.json (clave maestra {made.key}): guárdelo aparte de la copia.",
    ]
    answer(asdict(made), lines, as_json)


@group.command("verify")
@a_folder
@as_json
@answers_errors
def verify(folder: Path, as_json: bool) -> None:
    """Lee la copia entera y dice si se podría restaurar; no toca nada."""
    found, _ = backup.verify(folder, _masters())
    answer(asdict(found), [f"La copia está entera: {_said(found)}."], as_json)


def _said(found: backup.Manifest) -> str:
    return f"{found.id}, del {found.made_at}, {sum(found.counts.values())} filas y {found.files} ficheros"


@group.command("restore")
@a_folder
@as_json
@answers_errors
def restore(folder: Path, as_json: bool) -> None:
    """Restaura una copia en una instalación vacía; lo que no está entero, o es de otra, se rechaza sin tocar nada."""
    held = foundation()
    salt = _settings().password_salt
    found = restoring.restore(held.engine, held.store, folder, _masters(), salt, now(), at_the_machine(operator()))
    lines = [
        f"Restaurada la copia {_said(found)}.",
        "Compruebe con «flask check» y «flask audit verify». Todos tienen que volver a entrar.",
    ]
    answer(asdict(found), lines, as_json)
