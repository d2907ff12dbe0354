"""`flask audit`: verify the chains, keep their heads, take them away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, wrong
from compassionate.config import Settings
from compassionate.services import audit, chain, heads, operators
from compassionate.services.outside import NoAnswer
from compassionate.services.time_stamps import BadStamp

group = AppGroup("audit", help="El registro de auditoría.")
SAID = {audit.AUDIT.name: "La cadena", audit.READS.name: "La cadena de consultas"}
a_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@group.command("verify")
@click.option("--against", type=acting.a_file, metavar="HEAD.json", help="Cabezas guardadas antes en otro sitio.")
@as_json
@answers_errors
def verify(against: Path | None, as_json: bool) -> None:
    """Recorre las dos cadenas; sale con 1 y nombra la primera fila mala.

    Las compara también con todas las cabezas de COMPASSIONATE_AUDIT_HEADS.
    """
    held = _kept(against)
    with acting.reading() as session:
        document = chain.verify_all(session, held)
    document["stamps"] = heads.look_at_stamps(held, _settings().tsa_roots)
    document["ok"] = document["ok"] and not any(each["why"] for each in document["stamps"])
    answer(document, [*(_said(name, document) for name in SAID), *map(_stamped, document["stamps"])], as_json)
    if not document["ok"]:
        raise click.exceptions.Exit(REFUSED)


def _settings() -> Settings:
    held: Settings = current_app.extensions["compassionate.settings"]
    return held


def _stamped(stamp: dict[str, Any]) -> str:
    if stamp["why"]:
        return f"El sello de tiempo de la cabeza de {stamp['rows']} filas no vale: {stamp['why']}."
    whose = "de una autoridad de confianza" if stamp["trusted"] else "sin certificados con los que comprobar la firma"
    return f"Cabeza de {stamp['rows']} filas sellada el {stamp['at'].isoformat()}, {whose}."


def _kept(against: Path | None) -> list[dict[str, Any]]:
    folder = _settings().audit_heads
    try:
        return (heads.read(against) if against else []) + heads.kept(folder)
    except heads.NoHead as error:
        wrong(f"«{error}» no es una cabeza de «flask audit head --json».")


def _said(name: str, document: dict[str, Any]) -> str:
    found = document if name == audit.AUDIT.name else document[name]
    bad = found["first_bad"]
    if bad is None:
        return f"{SAID[name]} está entera: {found['rows']} filas, cabeza {found['head']}."
    return f"{SAID[name]} no está entera desde la fila {bad['seq']}: {bad['why']}."


@group.command("head")
@click.option("--to", "folder", type=a_folder, metavar="CARPETA", help=f"La añade a {heads.FILE} en esa carpeta.")
@as_json
@answers_errors
def head(folder: Path | None, as_json: bool) -> None:
    """Escribe cuántas filas hay y el último hash: guárdelos donde esta instalación no pueda cambiarlos."""
    with acting.reading() as session:
        document = heads.keep(session, folder, acting.now()) if folder else None
        document = document or chain.head_document(session)
    answer(document, [f"{document['rows']} filas, cabeza {document['head']}."], as_json)


@group.command("stamp")
@as_json
@answers_errors
def stamp(as_json: bool) -> None:
    """Pide a COMPASSIONATE_TSA_URL el sello de tiempo de la última cabeza guardada. Se puede repetir sin miedo."""
    settings = _settings()
    if not (settings.tsa_url and settings.audit_heads):
        wrong("Hacen falta COMPASSIONATE_TSA_URL y COMPASSIONATE_AUDIT_HEADS.")
    try:
        document = heads.stamp(Path(settings.audit_heads), settings.tsa_url, settings.tsa_roots)
    except (NoAnswer, BadStamp) as error:
        wrong(f"El servicio de sellado de tiempo no ha dado un sello que valga ({error}); la cabeza sigue guardada.")
    said = f"Cabeza de {document['rows']} filas sellada." if document else "No hay ninguna cabeza por sellar."
    answer({"stamped": document}, [said], as_json)


@group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FICHERO.jsonl")
@click.option("--chain", "name", type=click.Choice(list(audit.CHAINS)), default=audit.AUDIT.name, show_default=True)
@as_json
@answers_errors
def export(file: Path, name: str, as_json: bool) -> None:
    """Deja todas las filas en un fichero, para quien las verifique sin este programa (tools/verify_audit.py)."""
    taken = audit.CHAINS[name]
    with acting.writing() as session:
        audit.append(session, operators.at_the_machine(acting.operator()), "export_audit", acting.now(), chain=name)
    with acting.reading() as session, file.open("w", encoding="utf-8") as target:
        rows, last = 0, audit.GENESIS
        for row in chain.export(session, taken):
            target.write(row.line + "\n")
            rows, last = row.seq, row.hash
    document = {"rows": rows, "head": last, "chain": name, "file": str(file)}
    answer(document, [f"{rows} filas en {file}."], as_json)
