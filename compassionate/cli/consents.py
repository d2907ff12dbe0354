"""`flask consents`: information, signature, refusal and revocation, as they happened."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli import acting, steps
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.models import Case

group = AppGroup("consents", help="El consentimiento informado.")
STEPS = {
    "informed": "inform_patient",
    "signed": "record_consent",
    "refused": "record_consent_refusal",
    "revoked": "record_consent_revocation",
    "superseded": "supersede_consent",
}
NAMES = [*STEPS, *STEPS.values()]


@group.command("record")
@click.argument("code", metavar="EXPEDIENTE")
@click.argument("kind", metavar="CLASE", type=click.Choice(["use", "donation", "implantation"]))
@click.argument("step", metavar="PASO", type=click.Choice(NAMES))
@click.option("--on", required=True, metavar="FECHA")
@click.option("--set", "values", multiple=True, metavar="CLAVE=VALOR", help="Otro dato del paso; @FICHERO lo adjunta.")
@acting.in_name_of
@as_json
@answers_errors
def record(code: str, kind: str, step: str, on: str, values: tuple[str, ...], username: str, as_json: bool) -> None:
    """Registra un paso del consentimiento: informed, signed, refused, revoked o superseded.

    Si no se dice otra cosa, la hoja es la del medicamento, firma el paciente, y la negativa o revocación es escrita.
    """
    name = STEPS.get(step, step)
    with acting.writing() as session:
        actor = acting.actor_for(session, username)
        case = acting.case_for(session, code, actor)
        given = _usual(case, name) | {"on": on} | steps.pairs(values)
        document = steps.take_in(session, actor, case, f"{name}@{kind}", given)
    answer(document, [steps.said(document)], as_json)


def _usual(case: Case, name: str) -> dict[str, Any]:
    version = case.product.consent_sheet_version
    sheet = {"sheet_version": version} if version else {}  # which sheet was given is not for us to guess
    usual: dict[str, dict[str, Any]] = {
        "inform_patient": sheet,
        "record_consent": {"signed_by": "patient"},
        "record_consent_refusal": {"form": "written"},
        "record_consent_revocation": {"form": "written"},
        "supersede_consent": sheet,
    }
    return usual[name]
