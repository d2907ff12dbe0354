"""`flask papers`: ask the scanner of malware about the papers that wait for its word (UPL-07)."""

from __future__ import annotations

from collections import Counter

import click
from flask.cli import AppGroup

from compassionate.cli.acting import now, writing
from compassionate.cli.answering import REFUSED, answer, answers_errors, as_json, wrong
from compassionate.errors import NotFound, Unavailable
from compassionate.extensions import foundation
from compassionate.models.vault import WrongKey
from compassionate.services import late_finds, releasing, schedule
from compassionate.services.scanning import CLEAN, FOUND, WAITING, Scanner

UNREAD = "unread"

group = AppGroup("papers", help="Los papeles de los expedientes.")


@group.command("scan")
@click.option("--all", "everything", is_flag=True, help="También los que ya se dieron por limpios.")
@as_json
@answers_errors
def scan(as_json: bool, everything: bool) -> None:
    """Pregunta al antivirus por los papeles que esperan; sale con 1 si alguno no está limpio. Se puede repetir."""
    scanner = foundation().scanner
    if scanner is None:
        wrong("No hay antivirus: COMPASSIONATE_SCANNER_URL está en blanco (docs/running.md).")
    with foundation().session() as session:
        ids = releasing.to_scan(session, everything)
    verdicts = Counter(_scanned(scanner, paper_id) for paper_id in ids)
    if not verdicts[WAITING]:  # a scanner that is silent is as late as a clock that stopped
        _ran(everything)
    found = {state: verdicts[state] for state in (CLEAN, FOUND, WAITING)}
    found[WAITING] += verdicts[UNREAD]
    lines = [f"Limpios: {found[CLEAN]}. Con algo encontrado: {found[FOUND]}. Sin respuesta: {found[WAITING]}."]
    answer(found, lines, as_json)
    if found[FOUND] or found[WAITING]:
        raise click.exceptions.Exit(REFUSED)


def _scanned(scanner: Scanner, paper_id: str) -> str:
    """One paper: read and scanned beside everybody, then written down in a moment."""
    with foundation().session() as session:
        try:
            verdict = releasing.look_again(session, scanner, paper_id)
        except (NotFound, WrongKey, Unavailable):  # `flask check` says what is wrong with such a file
            return UNREAD
    with writing() as session:
        if releasing.note(session, paper_id, verdict, now()):
            late_finds.tell(session, paper_id, now())
    return verdict.state


def _ran(everything: bool) -> None:
    with writing() as session:
        schedule.note(session, schedule.PAPERS, now())
        if everything:
            schedule.note(session, schedule.ALL_PAPERS, now())
