"""`flask jobs`: the work that pages leave for later."""

from __future__ import annotations

import os
import signal
import sys
from threading import Event, Thread
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from compassionate.cli.answering import answer, answers_errors, as_json
from compassionate.extensions import foundation
from compassionate.jobs.press import Press
from compassionate.jobs.worker import Worker
from compassionate.models.print_jobs import DONE, FAILED, REFUSED, WAITING
from compassionate.services.printing import Sessions

NICENESS = 15  # it makes pictures of annexes and seals what its press prints: pages go first (its press is nicer still)

group = AppGroup("jobs", help="Lo que se hace fuera de las páginas: componer documentos.")


@group.command("work")
@click.option("--once", is_flag=True, help="Hace lo que espera y termina.")
@click.option("--leash", is_flag=True, hidden=True, help="Termina cuando se cierra su entrada.")
@as_json
@answers_errors
def work(once: bool, leash: bool, as_json: bool) -> None:
    """Compone los documentos pedidos. Puede haber varios a la vez y pararse sin miedo: nada se hace dos veces."""
    held, press = foundation(), Press()
    sessions = Sessions(held.session, lambda: held.session(write=True))
    worker = Worker(sessions, current_app.extensions["compassionate.settings"].jobs_address, press)
    try:
        if once:
            worker.empty()
        else:
            _stop_when_told(worker.stop, leash)
            os.nice(NICENESS)
            press.warm()
            worker.run()
    finally:
        press.close()
    counted = {status: worker.done[status] for status in (DONE, REFUSED, FAILED, WAITING)}
    answer(counted, [_said(counted)], as_json)


def _stop_when_told(stop: Event, leash: bool) -> None:
    def end(number: int, frame: Any) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if leash:
        Thread(target=_stop_at_the_end_of_input, args=(stop,), daemon=True).start()


def _stop_at_the_end_of_input(stop: Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


def _said(counted: dict[str, int]) -> str:
    words = f"Emitidos: {counted[DONE]}. No se emiten: {counted[REFUSED]}. No salieron: {counted[FAILED]}."
    return f"{words} Se intentarán otra vez: {counted[WAITING]}."
