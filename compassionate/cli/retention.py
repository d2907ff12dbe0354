"""`flask retention`: what is due, block it, and finish what a destruction left to do."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from compassionate.cli import acting
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, columns
from compassionate.extensions import foundation
from compassionate.services import blocking, operators, retention, shredding
from compassionate.services.retention import Kept
from compassionate.words import say

group = AppGroup("retention", help="Conservación, bloqueo y destrucción de expedientes.")
LISTED = ("code", "status_label", "until", "ground", "destroyable_on")


def _document(each: Kept) -> dict[str, Any]:
    longest = each.longest
    return {
        "code": each.case.code,
        "status": each.status,
        "status_label": say(f"retention_status.{each.status}"),
        "until": longest.until if longest else None,
        "ground": longest.rule.legal_basis if longest else "",
        "blocked_at": each.case.blocked_at,
        "destroyable_on": each.destroyable_on,
    }


@group.command("due")
@as_json
@answers_errors
def due(as_json: bool) -> None:
    """Escribe los expedientes con el plazo cumplido, bloqueados o retenidos, con la norma y la fecha."""
    with acting.reading() as session:
        found = retention.listed(session, operators.reader(session, acting.operator()), acting.now())
        rows = [_document(each) for each in found]
    answer({"cases": rows}, columns(rows, LISTED) or ["Ninguno."], as_json)


@group.command("block")
@acting.in_name_of
@as_json
@answers_errors
def block(username: str, as_json: bool) -> None:
    """Bloquea los que cumplen plazo en los centros que administra USUARIO. Se puede repetir sin miedo."""
    with acting.writing() as session:
        codes = blocking.block_due(session, acting.actor_for(session, username), acting.now())
    answer({"blocked": codes}, codes or ["Ninguno cumple plazo."], as_json)


@group.command("finish")
@as_json
@answers_errors
def finish(as_json: bool) -> None:
    """Borra los ficheros de lo destruido y limpia la base de datos; sale con 1 si otros trabajos lo impiden ahora."""
    held = foundation()
    left = shredding.finish(held.session, lambda: held.session(write=True), acting.now())
    answer({"left": left}, [f"Pendientes: {', '.join(left)}." if left else "Nada pendiente."], as_json)
    if left:
        raise click.exceptions.Exit(REFUSED)
