"""`flask programmes`: the programmes and their versions; check and publish a hospital's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli.acting import a_file, actor_for, in_name_of, now, reading, writing
from compassionate.cli.answering import answer, answers_errors, as_json, wrong
from compassionate.errors import NotFound
from compassionate.programmes import Programme
from compassionate.programmes.comparing import differences
from compassionate.programmes.model import Criterion
from compassionate.services import programmes
from compassionate.services.programmes import Listed

group = AppGroup("programmes", help="Los programas: criterios, visitas, ensayos y lo publicado.")


@group.command("list")
@as_json
@answers_errors
def list_(as_json: bool) -> None:
    """Dice todas las versiones de todos los programas."""
    with reading() as session:
        held = programmes.listed(session)
        rows = [_row(each, programmes.open_settings(session, each.programme)) for each in held]
    lines = [f"{row['id']} {row['version']}{' · en vigor' if row['is_latest'] else ''} · {row['name']}" for row in rows]
    answer({"programmes": rows}, lines, as_json)


def _row(each: Listed, wanting: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": each.programme.id,
        "version": each.programme.version,
        "name": each.programme.name.own,
        "sha256": each.programme.sha256,
        "is_latest": each.is_latest,
        "published_by": each.by,
        "published_at": each.at,
        "to_set": list(wanting) if each.is_latest else [],
    }


@group.command("show")
@click.argument("code", metavar="PROGRAMA")
@click.option("--version", "version", metavar="VERSIÓN", help="Si falta, la que está en vigor.")
@as_json
@answers_errors
def show(code: str, version: str | None, as_json: bool) -> None:
    """Enseña un programa: criterios, visitas, ensayos y comparadores, con sus fuentes."""
    with reading() as session:
        try:
            held = programmes.at_version(session, code, version) if version else programmes.in_force(session, code)
        except NotFound:
            wrong(f"No hay ningún programa «{code}»{' en la versión ' + version if version else ''}.")
        held = programmes.with_settings(session, held)
    answer(_document(held), _lines(held), as_json)


def _document(held: Programme) -> dict[str, Any]:
    return {"sha256": held.sha256, **asdict(held)}


def _lines(held: Programme) -> Iterator[str]:
    yield f"{held.name.own} · {held.id} {held.version} · {held.sha256}"
    yield from (_criterion(each) for each in held.criteria)
    yield from (f"{each.name}: día {each.day} (-{each.before_days}/+{each.after_days})" for each in held.visits)
    yield from (f"{each.id} {each.text.own} · {each.source}" for each in held.release_tests)
    yield from (f"{each.series}: {each.arm.own} · {each.side} · {each.source}" for each in held.comparators)


def _criterion(each: Criterion) -> str:
    mark = "" if each.active else " · sin activar"
    return f"{each.id} {each.text.own} · {each.effect} · {each.source}{mark}"


@group.command("check")
@click.argument("file", metavar="FICHERO", type=a_file)
@as_json
@answers_errors
def check(file: Path, as_json: bool) -> None:
    """Comprueba un fichero entero y dice qué cambiaría respecto de la versión en vigor."""
    with reading() as session:
        held = programmes.checked(session, _text(file))
        changes = differences(programmes.latest(session, held.id), held)
    document = {
        "id": held.id,
        "version": held.version,
        "sha256": held.sha256,
        "changes": [asdict(each) for each in changes],
    }
    lines = [f"{each.part} {each.row} {each.field}: {each.before or '–'} → {each.after or '–'}" for each in changes]
    answer(document, [f"{held.id} {held.version}: se puede publicar.", *lines], as_json)


@group.command("publish")
@click.argument("file", metavar="FICHERO", type=a_file)
@in_name_of
@as_json
@answers_errors
def publish(file: Path, username: str, as_json: bool) -> None:
    """Publica una versión: desde entonces no se cambia, y los expedientes nuevos la siguen."""
    with writing() as session:
        held = programmes.publish(session, actor_for(session, username), _text(file), now())
        document = {"id": held.id, "version": held.version, "sha256": held.sha256}
    answer(document, [f"{document['id']} {document['version']} publicada."], as_json)


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
