"""`flask backup`: makes, verifies, ages out and restores; the steps for an empty machine are in docs/backup.md."""

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
from compassionate.models import Installation
from compassionate.services import audit, backup, backup_ageing, keys, locks, restoring
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


@group.command("prune")
@click.argument("parent", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="CARPETA")
@click.option(
    "--days", type=click.IntRange(min=1), help="Días que se guarda una copia; si no, COMPASSIONATE_BACKUP_DAYS."
)
@click.option("--delete", is_flag=True, help="Las borra; sin esto solo las enseña.")
@as_json
@answers_errors
def prune(parent: Path, days: int | None, delete: bool, as_json: bool) -> None:
    """Enseña, o borra, las copias de esta instalación que han cumplido sus días; nunca la última que se puede leer."""
    days = days or _settings().backup_days
    with reading() as session, locks.maintenance(session):
        held = session.get(Installation, 1)
        found = backup_ageing.look(parent, _masters(), held.id if held else "", days, now())
        old = [each.id for each in found if each.status == backup_ageing.OLD]
        if delete:
            if old:  # what cannot be put on record is not done
                with writing() as record:
                    audit.append(record, at_the_machine(operator()), "delete_backups", now(), backups=old, days=days)
            backup_ageing.delete(parent, found)
    answer({"days": days, "deleted": delete, "backups": [asdict(each) for each in found]}, _aged(found, days), as_json)


def _aged(found: list[backup_ageing.Aged], days: int) -> list[str]:
    said = {
        backup_ageing.KEPT: "se guarda",
        backup_ageing.OLD: f"ha cumplido {days} días",
        backup_ageing.LAST_GOOD: f"ha cumplido {days} días, y es la última que se puede leer: haga otra",
        backup_ageing.NOT_OURS: "no es una copia de esta instalación, o está cambiada: no se toca",
    }
    return [f"{each.name}  {each.made_at[:10]}  {said[each.status]}" for each in found] or ["No hay copias."]


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
