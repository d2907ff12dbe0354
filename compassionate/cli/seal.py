"""`flask seal`: with which certificate documents are sealed, what that proves, and every one that ever was."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli.acting import now, reading
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.documents.certificates import Described
from compassionate.services import seals
from compassionate.words import say

group = AppGroup("seal", help="El sello electrónico de los documentos que se emiten.")
PROVES = {
    seals.OWN: "Prueba que este documento lo selló esta instalación y que no ha cambiado; no prueba ante un tercero de "
    "quién es la instalación.",
    seals.HOSPITAL: "Prueba, ante quien confíe en la autoridad que lo expidió, que lo selló el hospital y que no ha "
    "cambiado.",
}


@group.command("show")
@click.option("--pem", is_flag=True, help="Escribe el certificado, para dárselo a quien deba comprobar documentos.")
@as_json
@answers_errors
def show(pem: bool, as_json: bool) -> None:
    """Dice con qué certificado se sella, hasta cuándo y qué prueba; y los que se usaron antes."""
    with reading() as session:
        held, known = seals.in_use(session, now()), seals.known(session)
        warned = seals.warning(session, now())
    texts = {row.fingerprint: row.certificate for row, _ in known}
    if pem:
        click.echo(texts.get(held.about.fingerprint, "") if held else "", nl=False)
        return
    document: dict[str, Any] = {
        "in_use": _row(held.about) | {"owner": held.owner, "time_stamps": held.stamps} if held else None,
        "warning": {"code": warned[0], "ends_at": warned[1]} if warned else None,
        "known": [_row(about) | {"first_used_at": row.made_at} for row, about in known],
    }
    answer(document, [*_lines(held), *_warned(warned)], as_json)


def _row(about: Described) -> dict[str, Any]:
    return {
        "subject": about.subject,
        "issuer": about.issuer,
        "serial": about.serial,
        "sha256": about.fingerprint,
        "begins_at": about.begins_at,
        "ends_at": about.ends_at,
    }


def _lines(held: seals.InUse | None) -> list[str]:
    if held is None:
        return ["Todavía no hay certificado: la instalación hará el suyo al emitir el primer documento."]
    stamps = "Con sello de tiempo." if held.stamps else "Sin sello de tiempo (COMPASSIONATE_TSA_URL)."
    return [
        f"{say(f'seal_owner.{held.owner}')}: {held.about.subject}.",
        f"SHA-256: {held.about.fingerprint}.",
        f"Vale hasta el {held.about.ends_at:%d/%m/%Y}. {stamps}",
        PROVES[held.owner],
    ]


def _warned(warned: Any) -> list[str]:
    return [say(f"seal_warning.{warned[0]}", day=f"{warned[1]:%d/%m/%Y}")] if warned else []
