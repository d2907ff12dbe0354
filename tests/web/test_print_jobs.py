"""Asking for a document: one sees its place in the queue, how far it is, what went wrong, and that nobody prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock
from compassionate.models import PrintJob
from compassionate.models.print_jobs import DONE, FAILED, PRINTING, REFUSED
from compassionate.services import documents, schedule
from compassionate.words import say
from compassionate.workflow.roles import Role
from tests.applications import settings_of
from tests.web.conftest import Browser, logged_in, running
from tests.world import Hospital, World

LogIn = Callable[[str], Browser]
SENT = {"kind": "request_data", "copy": "hospital", "number": "0"}
NOBODY = "Ahora mismo nadie compone documentos"
AGAIN = "Volver a intentarlo"


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application whose bell is not answered: its jobs wait for a worker."""
    with running(replace(settings_of(tmp_path, fresh_url), jobs_url="")) as app:
        yield app


@pytest.fixture
def case(world: World) -> Any:
    held = world.case_in("preparing")
    world.fill_request(held)
    schedule.note(world.session, schedule.JOBS, clock.now())
    world.session.commit()
    return held


def ask(browser: Browser, case: Any, **other: str) -> str:
    """Ask for the request data; the address at which it is watched."""
    path = f"/expedientes/{case.code}/documentos"
    browser.get(path)
    answer = browser.post(path, SENT | other)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def change(world: World, **values: Any) -> PrintJob:
    """Another state of the one job."""
    world.session.rollback()
    job = world.session.scalars(select(PrintJob)).one()
    for name, value in values.items():
        setattr(job, name, value)
    world.session.commit()
    return job


def test_what_was_asked_for_waits_with_its_place_and_who_asked(log_in: LogIn, case: Any):
    browser = log_in("pharmacist")
    place = ask(browser, case)
    page = browser.get(place).text
    assert "Pedido: Datos de la solicitud · Copia del hospital" in page
    assert "En espera: puesto 1 de la cola" in page
    assert "Lo pidió Pharmacist de HGA" in page
    assert f'href="{place}">Actualizar</a>' in page
    assert NOBODY not in page
    assert page.count('name="kind" value="request_data"') == 0, "it cannot be asked for twice"
    assert "En espera" in log_in("nurse").get(f"/expedientes/{case.code}/documentos").text


def test_two_people_who_ask_watch_the_same_job(log_in: LogIn, case: Any):
    assert ask(log_in("pharmacist"), case) == ask(log_in("physician"), case)


def test_how_far_it_is_stands_in_words_and_in_a_bar(log_in: LogIn, world: World, case: Any):
    browser = log_in("pharmacist")
    place = ask(browser, case)
    change(world, status=PRINTING, lease="x", lease_until=clock.now() + timedelta(minutes=1))
    assert "Empezando a componer" in browser.get(place).text
    job = change(world, step=2, total=5)
    page = browser.get(place).text
    assert "Componiendo: 40 %" in page
    assert 'value="2" max="5">Componiendo: 40 %</progress>' in page
    assert "printing.js" in page
    told = browser.get(f"/impresiones/{job.id}").json
    assert told == {"open": True, "printing": True, "words": "Componiendo: 40 %", "step": 2, "total": 5}


def test_a_job_is_told_to_those_who_may_see_its_case_alone(app: Flask, log_in: LogIn, world: World, case: Any):
    ask(log_in("pharmacist"), case)
    job_id = change(world).id
    assert log_in("nurse").get(f"/impresiones/{job_id}").status_code == 200
    world.session.rollback()  # to begin after what the log-ins committed
    other = Hospital(world.session, "HGB", password_hash=world.password_hash)
    other.add_person("outsider", Role.PHYSICIAN)
    world.session.commit()
    assert logged_in(app, other, "outsider").get(f"/impresiones/{job_id}").status_code == 404
    assert log_in("nurse").get("/impresiones/none").status_code == 404


def test_when_it_is_done_there_is_its_document(log_in: LogIn, world: World, case: Any):
    browser = log_in("pharmacist")
    place = ask(browser, case)
    world.session.rollback()
    world.session.refresh(case)
    actor, now = world.people["pharmacist"], clock.now()
    asked, _ = documents.look(world.session, actor, case, "request_data", "hospital")
    row = documents.keep(world.session, actor, case, replace(asked, pdf=b"%PDF-", pages=3), now)
    change_id = row.id
    world.session.commit()
    job = change(world, status=DONE, open_for=None, document_id=change_id)
    page = browser.get(place).text
    assert "Versión 1, 3 páginas." in page
    assert f"/expedientes/{case.code}/documentos/{change_id}" in page
    assert "printing.js" not in page
    assert browser.get(f"/impresiones/{job.id}").json["open"] is False
    assert "Documento emitido" not in browser.get(f"/expedientes/{case.code}/documentos").text


def test_what_went_wrong_is_told_with_what_to_do_and_tried_again(log_in: LogIn, world: World, case: Any):
    browser = log_in("pharmacist")
    ask(browser, case)
    change(world, status=FAILED, open_for=None, fault="too_long", params={"minutes": 15})
    page = browser.get(f"/expedientes/{case.code}/documentos").text
    assert "No se ha podido emitir: Datos de la solicitud" in page
    assert "llevaba más de 15 minutos" in page
    assert "No se ha emitido nada a medias" in page
    assert AGAIN in page
    assert AGAIN not in log_in("nurse").get(f"/expedientes/{case.code}/documentos").text
    again = browser.get(ask(browser, case)).text
    assert "En espera" in again
    assert "15 minutos" not in again


def test_every_fault_has_its_sentences():
    params = {"pages": 1, "most": 1, "minutes": 1, "megabytes": 1}
    faults = {
        *("missing", "not_allowed", "too_many_pages", "moved", "too_long", "too_large"),
        *("store", "library", "broken", "worker_lost"),
    }
    for fault in faults:
        assert say(f"print_fault.{fault}.what", **params)
        assert say(f"print_fault.{fault}.do", **params)
    for status in (DONE, FAILED, REFUSED, PRINTING):
        assert say(f"print_status.{status}")


def test_where_nobody_prints_it_is_said_at_once_and_the_job_is_kept(log_in: LogIn, world: World, case: Any):
    schedule.note(world.session, schedule.JOBS, clock.now() - schedule.AT_WORK)
    world.session.commit()
    browser = log_in("pharmacist")
    assert NOBODY not in browser.get(f"/expedientes/{case.code}/documentos").text
    page = browser.get(ask(browser, case)).text
    assert NOBODY in page
    assert "Lo pedido está guardado" in page
    assert "avise a informática" in page
    assert "flask" not in page


def test_a_page_that_asks_by_itself_keeps_nobody_logged_in(log_in: LogIn, world: World, case: Any):
    browser = log_in("pharmacist")
    ask(browser, case)
    job = change(world)

    def seen_at() -> str:
        with browser.client.session_transaction() as session:
            return str(session["seen_at"])

    before = seen_at()
    browser.client.get(f"/impresiones/{job.id}")
    assert seen_at() == before
    browser.get(f"/expedientes/{case.code}/documentos")
    assert seen_at() != before


def test_a_silent_queue_loses_nothing(
    app: Flask, log_in: LogIn, world: World, case: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(app.extensions["compassionate.bell"], "_url", "sqlite:////nowhere/at/all/jobs.db")
    assert "En espera" in (browser := log_in("pharmacist")).get(ask(browser, case)).text
