"""`flask cases`: open, fill in, list, look at, ask why not, move on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.cli import acting, filling, forecasting, steps
from compassionate.cli import why as whys
from compassionate.cli.answering import answer, answers_errors, as_json, columns, wrong
from compassionate.errors import Invalid, NotFound
from compassionate.models import Case, Product
from compassionate.services import answers, case_lists, cases, operators, patients, products, showing
from compassionate.services.binding import REPORT
from compassionate.words import say
from compassionate.workflow import engine

group = AppGroup("cases", help="Los expedientes.")
LISTED = ("code", "state_label", "product", "whose_turn_label", "since_at")


@group.command("open")
@click.option("--pathway", required=True, metavar="VÍA", help="Por ejemplo, es-individual.")
@click.option("--centre", "centre_code", required=True, metavar="CÓDIGO")
@click.option("--product", "product_code", required=True, metavar="CÓDIGO")
@click.option("--patient", "patient_file", required=True, type=acting.a_file, help="Identidad del paciente, en JSON.")
@click.option("--line", "lines", multiple=True, type=int, help="Presentación (varias); si faltan, todas.")
@click.option("--physician", metavar="USUARIO", help="Médico responsable.")
@acting.in_name_of
@as_json
@answers_errors
def open_case(
    pathway: str,
    centre_code: str,
    product_code: str,
    patient_file: Path,
    lines: tuple[int, ...],
    physician: str | None,
    username: str,
    as_json: bool,
) -> None:
    """Abre un expediente para un paciente nuevo."""
    engine.latest(pathway)
    with acting.writing() as session:
        actor, centre = acting.actor_for(session, username), acting.centre_for(session, centre_code)
        product, at = _product(session, product_code), acting.now()
        today = clock.civil_date(at, centre.zone)
        identity = patients.read_identity(acting.json_file(patient_file), today)
        same = patients.same_person(session, centre, identity)
        patient = patients.register(session, centre, identity, at)
        chosen = lines or tuple(line.position for line in product.lines)
        account = filling.account_named(session, physician) if physician else None
        case = cases.open_case(session, actor, cases.Opening(centre, patient, product, chosen, account, pathway), at)
        document = {"code": case.code}
    for each in same:
        fields = ", ".join(say(f"same_person.{field}") for field in each.fields)
        click.echo(f"Aviso: puede ser la misma persona que otro paciente del centro ({fields}).", err=True)
    answer(document, [f"Expediente {document['code']} abierto."], as_json)


def _product(session: Session, code: str) -> Product:
    try:
        return products.product_named(session, code)
    except NotFound:
        wrong(f"No hay ningún medicamento «{code}».")


@group.command("answer")
@click.argument("code", metavar="EXPEDIENTE")
@click.argument("form", metavar="FORMULARIO")
@click.argument("file", type=acting.a_file, metavar="FICHERO.json")
@click.option("--request", "number", type=int, default=0, help="Número de la solicitud (0, la primera).")
@acting.in_name_of
@as_json
@answers_errors
def answer_form(code: str, form: str, file: Path, number: int, username: str, as_json: bool) -> None:
    """Guarda las respuestas a un formulario: QuestionnaireResponse, o {linkId: respuesta}.

    FORMULARIO es un cuestionario de forms/, o posology, packs o team.
    """
    given = acting.json_file(file)
    with acting.writing() as session:
        actor = acting.actor_for(session, username)
        case = acting.case_for(session, code, actor)
        filling.fill(session, actor, case, form, number, given, acting.now())
        document = {"code": case.code, "form": form, "version": case.version}
    answer(document, [f"{document['code']}: «{form}» guardado."], as_json)


@group.command("sign")
@click.argument("code", metavar="EXPEDIENTE")
@click.option("--request", "number", type=int, default=0, help="Número de la solicitud (0, la primera).")
@acting.in_name_of
@as_json
@answers_errors
def sign_report(code: str, number: int, username: str, as_json: bool) -> None:
    """Firma el informe clínico: solo en una demostración; en los demás casos firma la propia persona."""
    with acting.writing() as session:
        acting.refuse_to_sign(session)
        actor = acting.actor_for(session, username)
        case = acting.case_for(session, code, actor)
        signer = acting.signer(session, actor, case, REPORT, number)
        signature = answers.sign_report(session, signer, case, number, acting.now())
        document = {"code": case.code, "content_sha256": signature.content_sha256, "version": case.version}
    answer(document, [f"{document['code']}: informe clínico firmado."], as_json)


def _row(row: case_lists.CaseRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "pathway": row.pathway,
        "pathway_version": row.pathway_version,
        "state": row.state,
        "state_label": say(f"state.{row.state}"),
        "centre": row.centre,
        "product": row.product_code,
        "product_name": row.product,
        "version": row.version,
        "whose_turn": list(row.turn),
        "since_at": row.since_at,
        "due_on": row.due_on,
    }


def _case_row(case: Case) -> dict[str, Any]:
    turn = tuple(part for part in case.turn.split(",") if part)
    return _row(
        case_lists.CaseRow(
            case.code,
            case.pathway,
            case.pathway_version,
            case.state,
            case.centre.code,
            case.product.name,
            case.version,
            turn,
            case.since_at,
            "",
            case.is_demo,
            case.product.code,
            case.due_on,
            case.due_clock,
        )
    )


@group.command("list")
@click.option("--state", default="", metavar="ESTADO")
@click.option("--centre", "centre_code", default="", metavar="CÓDIGO")
@click.option("--limit", type=click.IntRange(1, 1000), default=case_lists.PAGE, show_default=True)
@click.option("--after", default="", metavar="CURSOR", help="El «next» de la página anterior.")
@as_json
@answers_errors
def list_cases(state: str, centre_code: str, limit: int, after: str, as_json: bool) -> None:
    """Escribe los expedientes; primero, los que más esperan."""
    known = {each.id for pathway in engine.pathways() for each in pathway.case.states}
    if state and state not in known:
        wrong(f"No hay ningún estado «{state}»; los hay: {', '.join(sorted(known))}.")
    with acting.reading() as session:
        wanted = acting.centre_for(session, centre_code).code if centre_code else ""
        actor = operators.reader(session, acting.operator())
        try:
            page, following = case_lists.list_cases(
                session, actor, case_lists.Filters(state=state, centre=wanted), limit, after
            )
        except Invalid:
            wrong("El cursor de --after no es de esta lista.")
        acting.noted(session, actor, "list", cases=[row.code for row in page], count=len(page))
    document = {"cases": [_row(row) for row in page], "next": following or None}
    answer(document, _listed(document["cases"], following), as_json)


def _listed(rows: Any, following: str) -> list[str]:
    if not rows:
        return ["No hay expedientes. Abra el primero con «flask cases open»."]
    said = [row | {"whose_turn_label": ", ".join(say(f"turn.{who}") for who in row["whose_turn"])} for row in rows]
    said = [row | {"since_at": f"{row['since_at']:%d/%m/%Y}"} for row in said]
    return columns(said, LISTED) + ([f"Siguen más: --after {following}"] if following else [])


@group.command("show")
@click.argument("code", metavar="EXPEDIENTE")
@click.option("--reveal", is_flag=True, help="Muestra quién es el paciente; queda registrado.")
@click.option("--as", "username", metavar="USUARIO", help="En nombre de quién se mira.")
@click.option("--reason", default="", help="Por qué se muestra quién es el paciente.")
@as_json
@answers_errors
def show(code: str, reveal: bool, username: str | None, reason: str, as_json: bool) -> None:
    """Escribe un expediente entero; quién es el paciente, solo con --reveal --as USUARIO --reason MOTIVO."""
    if reveal and not (username and reason.strip()):
        wrong("--reveal necesita --as USUARIO y --reason MOTIVO.")
    with acting.writing() if reveal else acting.reading() as session:
        actor = acting.asker(session, username)
        case = acting.case_for(session, code, actor)
        document = _case_row(case) | {"patient": showing.masked(session, case)} | showing.case_document(session, case)
        if reveal and actor is not None:
            document["patient"] = showing.identity_document(session, actor, case, reason, acting.now())
    answer(document, _said(document), as_json)


def _said(document: dict[str, Any]) -> list[str]:
    turn = ", ".join(say(f"turn.{who}") for who in document["whose_turn"]) or say("turn.nobody")
    head = [f"{document['code']} · {document['state_label']} · le toca a: {turn} · versión {document['version']}"]
    head += [", ".join(f"{name}: {value}" for name, value in document["patient"].items() if value)]
    events = [
        row | {"at": f"{row['at']:%d/%m/%Y %H:%M}", "name": say(f"done.{row['name']}")} for row in document["history"]
    ]
    return head + columns(events, ("at", "name", "instance", "to", "by"))


@group.command("why")
@click.argument("code", metavar="EXPEDIENTE")
@acting.perhaps_in_name_of
@as_json
@answers_errors
def why(code: str, username: str | None, as_json: bool) -> None:
    """Dice de cada paso si se puede dar y, si no, todas las razones y quién puede hacer algo hoy."""
    with acting.reading() as session:
        actor = acting.asker(session, username)
        document = whys.document(session, actor, acting.case_for(session, code, actor), acting.now())
    answer(document, whys.lines(document["transitions"]), as_json)


@group.command("forecast")
@click.argument("code", metavar="EXPEDIENTE")
@click.option("--request", "number", type=int, default=0, help="Número de la solicitud (0, la primera).")
@acting.perhaps_in_name_of
@as_json
@answers_errors
def forecast(code: str, number: int, username: str | None, as_json: bool) -> None:
    """Dice qué podría objetar la Agencia en una solicitud, por qué y dónde se arregla; no impide nada."""
    with acting.reading() as session:
        case = acting.case_for(session, code, acting.asker(session, username))
        document = forecasting.document(session, case, number, acting.now())
    answer(document, forecasting.said(document), as_json)


@group.command("advance")
@click.argument("code", metavar="EXPEDIENTE")
@click.argument("transition", metavar="PASO")
@click.option("--set", "values", multiple=True, metavar="CLAVE=VALOR", help="Un dato del paso; @FICHERO lo adjunta.")
@click.option("--if-version", type=int, help="Solo si el expediente sigue en esta versión.")
@acting.in_name_of
@as_json
@answers_errors
def advance(
    code: str, transition: str, values: tuple[str, ...], if_version: int | None, username: str, as_json: bool
) -> None:
    """Da un paso (PASO o PASO@INSTANCIA, por ejemplo record_consent@use)."""
    document = steps.take(code, transition, steps.pairs(values), username, if_version)
    answer(document, [steps.said(document)], as_json)
