"""`flask keys`: which keys the installation is under, and new ones for old."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from compassionate import config
from compassionate.cli.acting import now, operator, reading
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.extensions import foundation
from compassionate.models.vault import fingerprint
from compassionate.services import keys, locks
from compassionate.services.operators import at_the_machine

group = AppGroup("keys", help="Las claves con las que se cifran los datos.")


@group.command("status")
@as_json
@answers_errors
def status(as_json: bool) -> None:
    """Dice bajo qué clave maestra están los datos (su huella, nunca la clave) y si hay un cambio a medias."""
    with reading() as session:
        found = keys.status(session)
    lines = [f"Clave maestra: {found['master']}."] + [f"{scope}: {count}" for scope, count in found["keys"].items()]
    if found["rotating"]:
        lines.append("Hay un cambio de claves a medias: repita «flask keys rotate --data».")
    answer(found, lines, as_json)


@group.command("rotate")
@click.option("--data", is_flag=True, help="También las de centros, pacientes y expedientes, con sus ficheros.")
@as_json
@answers_errors
def rotate(data: bool, as_json: bool) -> None:
    """Cambia la clave maestra. Si se interrumpe, repítalo: sigue donde estaba y nada deja de leerse.

    La clave anterior se guarda aparte en secrets.json: con ella se restauran las copias antiguas.
    """
    with reading() as session, locks.maintenance(session):
        found = _rotate_master()
        if data:
            replaced = keys.rotate_data_keys(_alone, now(), at_the_machine(operator()))
            found.keys, found.rows, found.files = found.keys + replaced.keys, replaced.rows, replaced.files
    lines = [
        f"Clave maestra: {found.master}.",
        f"Claves cambiadas: {found.keys}; valores: {found.rows}; ficheros: {found.files}.",
        "Reinicie la aplicación y guarde una copia nueva de secrets.json fuera de esta máquina.",
    ]
    answer(asdict(found), lines, as_json)


def _alone() -> AbstractContextManager[Session]:
    return foundation().session(alone=True)


def _rotate_master() -> keys.Rotated:
    settings: config.Settings = current_app.extensions["compassionate.settings"]
    if not settings.keeps_own_master_key:
        return _rotate_given(settings)
    folder = settings.instance
    held = config.read_secrets(folder)
    if config.NEXT not in held:
        held[config.NEXT] = config.new_master_key()
        config.write_secrets(folder, held)
    following = config.master_key(held[config.NEXT], config.NEXT)
    found = _rewrap(following)
    held[config.ARCHIVED] = [*held.get(config.ARCHIVED, []), held["MASTER_KEY"]]
    held["MASTER_KEY"] = held.pop(config.NEXT)
    config.write_secrets(folder, held)
    return found


def _rotate_given(settings: config.Settings) -> keys.Rotated:
    if settings.next_master_key is None:
        wrong(
            "La clave maestra viene de COMPASSIONATE_MASTER_KEY: ponga la nueva en COMPASSIONATE_NEXT_MASTER_KEY, "
            "repita la orden, y después póngala en COMPASSIONATE_MASTER_KEY y la anterior en "
            "COMPASSIONATE_ARCHIVED_MASTER_KEYS."
        )
    return _rewrap(settings.next_master_key)


def _rewrap(following: bytes) -> keys.Rotated:
    """Wrap the keys by the next master key, unless a rotation that was cut off had come so far already."""
    vault = foundation().vault
    vault.hold(following)
    with _alone() as session:
        if keys.adopt(session, vault).master == fingerprint(following):
            return keys.Rotated(master=fingerprint(following))
        found = keys.rewrap(session, vault, fingerprint(following), now(), at_the_machine(operator()))
        session.commit()
    return found
