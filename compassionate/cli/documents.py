"""`flask documents`: papers in, documents out, and whether a file is one of ours."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from compassionate.cli import acting, steps
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, columns, wrong
from compassionate.documents.catalogue import KINDS
from compassionate.models import Case, IssuedDocument
from compassionate.services import documents, operators, papers, plans, reports, series, showing, verifying, versions
from compassionate.services.actors import Actor
from compassionate.services.criteria import forms_of
from compassionate.services.report_kinds import KINDS as REPORTS
from compassionate.services.series import Series
from compassionate.words import SPANISH, say

group = AppGroup("documents", help="Papeles que llegan y documentos que se emiten.")


@group.command("upload")
@click.argument("code", metavar="EXPEDIENTE")
@click.argument("file", type=acting.a_file, metavar="FICHERO")
@click.option("--kind", required=True, type=click.Choice(papers.KINDS))
@click.option("--title", default="", help="Título; si falta, el de la clase de papel.")
@click.option("--request", "number", type=int, default=0, help="Número de la solicitud (0, la primera).")
@acting.in_name_of
@as_json
@answers_errors
def upload(code: str, file: Path, kind: str, title: str, number: int, username: str, as_json: bool) -> None:
    """Adjunta un papel al expediente."""
    with acting.writing() as session:
        actor = acting.actor_for(session, username)
        case = acting.case_for(session, code, actor)
        given = title or say(f"paper_kind.{kind}")
        paper = papers.upload(session, actor, case, kind, given, steps.upload_of(file), acting.now(), number)
        document = {"id": paper.id, "kind": kind, "sha256": paper.sha256, "pages": paper.pages, "size": paper.size}
    answer(document, [f"Papel {document['id']} adjuntado ({document['pages']} páginas)."], as_json)


@group.command("issue")
@click.argument("code", metavar="EXPEDIENTE")
@click.option("--kind", required=True, type=click.Choice(list(KINDS)))
@click.option("--copy", type=click.Choice(["hospital", "agency"]), default="hospital", show_default=True)
@click.option("--request", "number", type=int, default=0, help="Número de la solicitud (0, la primera).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Dónde dejar el PDF.")
@acting.perhaps_in_name_of
@as_json
@answers_errors
def issue(code: str, kind: str, copy: str, number: int, out: Path | None, username: str | None, as_json: bool) -> None:
    """Emite un documento; si nada ha cambiado, es el mismo que ya se emitió. Sin --as lo emite la línea de órdenes."""
    if copy not in KINDS[kind].copies:
        wrong(f"«{kind}» no tiene copia «{copy}».")
    document, pdf = _issue(code, kind, copy, number, username)
    _hand_out(document, pdf, out, as_json)


def _hand_out(document: dict[str, Any], pdf: bytes, out: Path | None, as_json: bool) -> None:
    if out is not None:
        out.write_bytes(pdf)
    said = f"{say('document_kind.' + document['kind'])}, versión {document['version']}: {document['pages']} páginas."
    answer(document, [said, *([f"En {out}."] if out else [])], as_json)


def _issue(code: str, kind: str, copy: str, number: int, username: str | None) -> tuple[dict[str, Any], bytes]:
    """Render while others may write; then keep it, if the case still says the same."""
    with acting.writing() as session:
        actor = _issuer(session, acting.case_for(session, code, acting.asker(session, username)), username)
    with acting.reading() as session:
        case, now = acting.case_for(session, code, actor), acting.now()
        prepared = documents.prepare(session, actor, case, kind, copy, now, number)
    with acting.writing() as session:
        case = acting.case_for(session, code, actor)
        row = documents.keep(session, actor, case, prepared, now)
        return showing.document_row(row, stale=False), documents.pdf_of(session, case, row)


def _issuer(session: Session, case: Case, username: str | None) -> Actor:
    if username:
        return acting.actor_for(session, username)
    return operators.command_line(session, case, acting.operator(), acting.now())


@group.command("report")
@click.option("--kind", required=True, type=click.Choice(list(REPORTS)))
@click.option("--centre", required=True, help="Código del centro.")
@click.option("--subject", required=True, help="De qué es; el de la Comisión, sus días: 2026-07-01/2026-09-30.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Dónde dejar el PDF.")
@acting.in_name_of
@as_json
@answers_errors
def report(kind: str, centre: str, subject: str, out: Path | None, username: str, as_json: bool) -> None:
    """Emite un informe que no es de un expediente; si diría lo mismo, es el que ya se emitió."""
    with acting.reading() as session:
        wanted = reports.wish(session, acting.actor_for(session, username), kind, centre, subject)
        planned, forms = reports.plan(session, wanted, acting.now()), forms_of(session)
    prepared = plans.press(planned, forms)
    with acting.writing() as session:
        actor = acting.actor_for(session, username)
        wanted = reports.wish(session, actor, kind, centre, subject)
        row = session.get_one(IssuedDocument, reports.keep(session, actor, wanted, planned, prepared, acting.now()))
        document = showing.document_row(row, stale=False) | {"centre": centre, "subject": subject}
        pdf = series.pdf_of(session, row)
    _hand_out(document, pdf, out, as_json)


@group.command("list")
@click.argument("code", metavar="EXPEDIENTE")
@as_json
@answers_errors
def list_documents(code: str, as_json: bool) -> None:
    """Los documentos emitidos de un expediente."""
    with acting.reading() as session:
        rows = showing.document_rows(session, acting.case_for(session, code))
    said = [
        row | {"what": say(f"document_kind.{row['kind']}"), "is": "atrasado" if row["stale"] else "al día"}
        for row in rows
    ]
    lines = columns(said, ("what", "copy", "version", "pages", "is", "sha256")) or ["No se ha emitido ninguno."]
    answer({"documents": rows}, lines, as_json)


@group.command("changes")
@click.argument("code", metavar="EXPEDIENTE")
@click.option("--kind", required=True, type=click.Choice(list(KINDS)))
@click.option("--copy", type=click.Choice(["hospital", "agency"]), default="hospital", show_default=True)
@click.option("--request", "number", type=int, default=0, help="Número de la solicitud (0, la primera).")
@click.option("--from", "older", type=int, help="Versión de la que se parte; si falta, la anterior a --to o la última.")
@click.option("--to", "newer", type=int, help="Versión a la que se llega; si falta, el expediente como está ahora.")
@as_json
@answers_errors
def changes(code: str, kind: str, copy: str, number: int, older: int | None, newer: int | None, as_json: bool) -> None:
    """Qué cambió de una versión de un documento a otra, o desde una hasta ahora, campo por campo."""
    with acting.reading() as session:
        case = acting.case_for(session, code)
        document = _compared(session, case, series.versions(session, Series(case, kind, copy, number)), older, newer)
    lines = [f"{each['section']}. {each['label']}: {each['old']} → {each['new']}" for each in document["changes"]]
    lacking = ", ".join(map(str, document["without_snapshot"]))
    if lacking:
        lines = [f"De la versión {lacking} no se guardó el contenido por separado: no se puede comparar."]
    answer(document, lines or ["Dicen lo mismo."], as_json)


def _compared(
    session: Session, case: Case, held: list[IssuedDocument], older: int | None, newer: int | None
) -> dict[str, Any]:
    if not held:
        wrong("No se ha emitido ninguno.")
    last = newer - 1 if newer else held[0].version
    numbers = {row.version: row for row in held}
    wanted = last if older is None else older
    for each in (wanted, *([newer] if newer else [])):
        if each not in numbers:
            wrong(f"No hay versión {each}: hay de la {min(numbers)} a la {max(numbers)}.")
    found = versions.compare(session, case, numbers[wanted], numbers[newer] if newer else None, SPANISH)
    rows = [asdict(each) for each in found.differences]
    return {"from": wanted, "to": newer, "changes": rows, "without_snapshot": list(found.without)}


@group.command("verify")
@click.argument("file", type=acting.a_file, metavar="FICHERO")
@as_json
@answers_errors
def verify(file: Path, as_json: bool) -> None:
    """Dice si un fichero es, entero y sin cambios, un documento emitido aquí; si no, sale con 1."""
    with acting.reading() as session:
        document = verifying.verify_file(session, file.read_bytes(), acting.now())
    answer(document, [_said(document), *map(_signature, document["signatures"])], as_json)
    if not (document["ours"] and document["whole"] and document["unchanged"]):
        raise click.exceptions.Exit(REFUSED)


def _said(document: dict[str, Any]) -> str:
    if not document["ours"]:
        return "No es un documento emitido aquí, o está tan cambiado o cortado que no se reconoce."
    kind = say(f"document_kind.{document['kind']}")
    of = document["case"] or f"{document['centre']}, {document['subject']}"
    named = f"{kind} de {of}, versión {document['version']}"
    if not document["whole"]:
        return f"{named}: está cortado."
    if not document["unchanged"]:
        return f"{named}: se emitió aquí y alguien lo cambió después."
    later = any(each["kind"] != "seal" for each in document["signatures"])
    said = f"{named}: entero y sin cambios{', con firmas o sellos de tiempo posteriores' if later else ''}."
    changed = " El expediente ha cambiado desde entonces." if document["case"] else " Hoy diría otra cosa."
    return said + (changed if document["stale"] else "")


def _signature(held: dict[str, Any]) -> str:
    what = {"seal": "Sello", "time_stamp": "Sello de tiempo"}.get(held["kind"], "Firma")
    verdict = "vale" if held["valid"] else f"no vale: {say('signature_reason.' + held['reason'])}"
    checked = "" if held["kind"] == "seal" or held["chain"] != "unchecked" else " (cadena no comprobada)"
    return f"{what} de «{held['signer'] or 'alguien que no se puede leer'}»: {verdict}{checked}."
