"""`flask demo`: two invented hospitals to try everything with."""

from __future__ import annotations

from flask import current_app
from flask.cli import AppGroup
from flask_security import hash_password

from compassionate.cli.acting import now, reading, writing
from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.services.demo import loading
from compassionate.services.demo.printing import press_room
from compassionate.services.instance import count_by_state

group = AppGroup("demo", help="La demostración.")


@group.command("load")
@as_json
@answers_errors
def load(as_json: bool) -> None:
    """Carga dos hospitales inventados con sus cuentas, medicamentos y expedientes; tarda menos de un minuto."""
    path = current_app.extensions["compassionate.settings"].instance / "demo-accounts.json"
    with writing() as session, press_room() as printer:
        players = loading.load(session, hash_password, printer, now())
        loading.write_accounts(path, players)
    with reading() as session:
        states = count_by_state(session)
    cases = sum(states.values())
    document = {"accounts": str(path), "cases": cases, "states": dict(sorted(states.items()))}
    answer(document, [f"Demostración: {cases} expedientes, {len(players)} cuentas.", f"Claves en {path}"], as_json)
