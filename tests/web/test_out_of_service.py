"""Parts that are down (DUR-05, DUR-07, AVA-03, CON-06): a clear 503, nothing lost, and the legal path open."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, func, select, text

from compassionate import clock
from compassionate.models import CaseEvent, OutboxMessage, new_id
from compassionate.models.database import make_engine
from compassionate.services import schedule
from compassionate.services.store import open_store
from compassionate.web.limits import DOWNLOADS, EXPORTS, meter
from tests.applications import settings_of
from tests.web.conftest import running
from tests.world import a_pdf

REASON = "Una razón que costó escribir"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
TYPED = re.compile(r'<textarea name="([^"]+)" hidden>\n?([^<]*)</textarea>')
WAIT = {"sqlite": "PRAGMA busy_timeout = 1000", "postgresql": "SET lock_timeout = '300ms'"}
LOCK = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "LOCK TABLE cases IN EXCLUSIVE MODE"}
END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application of these tests alone: how long its connections wait is changed for good."""
    with running(settings_of(tmp_path, fresh_url)) as app:
        yield app


@pytest.fixture
def case(world):
    """A case in screening, where the machine's clock runs what it should."""
    case = world.open_case()
    world.act(case, "pharmacist", "start_screening")
    for name in schedule.LATE_AFTER:
        schedule.note(world.session, name, clock.now())
    world.session.commit()
    return case


def form_of(browser: Any, path: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(HIDDEN.findall(browser.get(path).text)) | {"route": "research", "reason": REASON}


def path_of(case: Any) -> str:
    return f"/expedientes/{case.code}/pasos/refer"


def events(world: Any, case: Any) -> int:
    world.session.rollback()
    return world.session.scalar(select(func.count()).where(CaseEvent.case_id == case.id, CaseEvent.name == "refer"))


def impatient(app: Any, dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that wait a moment only."""
    monkeypatch.setattr("compassionate.models.database.BUSY_SECONDS", 1)  # SQLite goes back to it after each wait
    engine = app.extensions["compassionate"].engine
    engine.dispose()

    def hurry(connection: Any, record: Any) -> None:
        connection.cursor().execute(WAIT[dialect])
        connection.commit()

    event.listen(engine, "connect", hurry)


@contextmanager
def locked(url: str, dialect: str) -> Iterator[None]:
    """Somebody writes and does not end."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(LOCK[dialect])
        yield
        connection.rollback()
    engine.dispose()


def assert_clear(answer: Any, sentence: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"] == "30"
    assert sentence in answer.text
    assert "dé esta referencia" in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_locked_database_says_so_and_what_was_typed_goes_again(
    app, world, case, log_in, fresh_url, dialect, monkeypatch
):
    browser = log_in("pharmacist")
    world.session.rollback()
    impatient(app, dialect, monkeypatch)
    form = form_of(browser, path_of(case))
    with locked(fresh_url, dialect):
        answer = browser.post(path_of(case), form | {"password": "secreta"})
        assert_clear(answer, "está ocupada")
        assert "no se ha guardado" in answer.text
        assert "secreta" not in answer.text
        assert browser.get(f"/expedientes/{case.code}").status_code == 200
    offered = {name: value.strip() for name, value in TYPED.findall(answer.text)}
    assert offered == {name: value for name, value in form.items() if name != "csrf_token"}
    assert browser.post(path_of(case), offered).status_code == 303
    assert events(world, case) == 1


def test_connections_that_were_dropped_are_replaced(world, case, log_in, fresh_url, dialect):
    if dialect != "postgresql":
        pytest.skip("SQLite has no connection to drop")
    browser, path = log_in("pharmacist"), path_of(case)
    world.session.close()
    form = form_of(browser, path)
    drop_connections(fresh_url)
    assert browser.post(path, form).status_code == 303
    drop_connections(fresh_url)
    assert browser.get(path).status_code == 200


def test_a_connection_that_drops_at_the_commit_is_told_truly(app, world, case, log_in, fresh_url, dialect):
    if dialect != "postgresql":
        pytest.skip("SQLite has no connection to drop")
    browser, engine = log_in("pharmacist"), app.extensions["compassionate"].engine
    path, case_id = path_of(case), case.id
    world.session.close()
    form = form_of(browser, path)

    def drop(connection: Any) -> None:
        drop_connections(fresh_url)

    event.listen(engine, "commit", drop, once=True)
    assert_clear(browser.post(path, form), "no podemos asegurar")
    assert browser.post(path, form).status_code == 303
    assert (
        world.session.scalar(select(func.count()).where(CaseEvent.case_id == case_id, CaseEvent.name == "refer")) == 1
    )


def drop_connections(url: str) -> None:
    engine = make_engine(url)
    with engine.connect() as connection:
        connection.execute(text(END_OTHERS))
    engine.dispose()


def test_without_any_database_every_page_says_so(app, log_in):
    browser = log_in("pharmacist")
    held = app.extensions["compassionate"]
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app.extensions["compassionate"] = replace(held, engine=nowhere)
    assert_clear(browser.get("/"), "La base de datos no responde")
    assert_clear(browser.get("/login"), "La base de datos no responde")
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["parts"]["database"]) == (503, "down")
    assert app.test_client().get("/healthz").status_code == 200
    app.extensions["compassionate"] = held
    assert browser.get("/").status_code == 200


def upload(browser: Any, case: Any) -> Any:
    path = f"/expedientes/{case.code}/papeles"
    browser.get(path)
    paper = {"kind": "evidence", "title": "Informe", "request_number": "0"}
    return browser.post(path, paper | {"file": (io.BytesIO(a_pdf()), "p.pdf")})


def test_a_store_that_went_away_stops_papers_and_no_step(app, world, case, log_in, tmp_path: Path):
    folder, away = tmp_path / "documents", tmp_path / "away"
    app.extensions["compassionate"] = replace(app.extensions["compassionate"], store=open_store(str(folder)))
    browser = log_in("pharmacist")
    assert upload(browser, case).status_code == 303
    assert browser.get("/readyz").json["status"] == "ready"
    folder.rename(away)
    assert_clear(upload(browser, case), "almacén de documentos")
    assert not folder.exists()
    assert (browser.get("/readyz").status_code, browser.get("/readyz").json["parts"]["store"]) == (503, "down")
    assert browser.post(path_of(case), form_of(browser, path_of(case))).status_code == 303
    folder.mkdir()  # the disk is not mounted, and its empty folder answers
    assert browser.get("/readyz").json["parts"]["store"] == "down"
    folder.rmdir()
    away.rename(folder)
    assert browser.get("/readyz").json["status"] == "ready"
    assert upload(browser, case).status_code == 303


def test_mail_that_does_not_leave_is_seen_and_stops_nothing(world, case, log_in):
    at = clock.now() - timedelta(hours=2)
    world.session.add(OutboxMessage(id=new_id(), at=at, kind="mail", key="late", payload={}))
    world.session.commit()
    browser = log_in("pharmacist")
    ready = browser.get("/readyz")
    assert (ready.status_code, ready.json["status"], ready.json["parts"]["mail"]) == (200, "degraded", "late")
    assert browser.post(path_of(case), form_of(browser, path_of(case))).status_code == 303


def test_a_page_that_fails_after_the_commit_says_that_it_was_kept(app, world, case, log_in, monkeypatch):
    browser = log_in("pharmacist")
    form = form_of(browser, path_of(case))

    def fail(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compassionate.web.steps.flash", fail)
    answer = browser.post(path_of(case), form)
    assert_clear(answer, "sí se guardó")
    assert TYPED.findall(answer.text) == []
    assert events(world, case) == 1


def test_one_person_searches_and_prints_a_few_at_a_time(app, world, case, log_in):
    browser, other = log_in("pharmacist"), log_in("physician")
    person = world.accounts["pharmacist"].id
    with app.app_context():
        held = meter()
    with held.turn(person, "search", 2, 60), held.turn(person, "search", 2, 60):
        answer = browser.post("/expedientes/buscar", {"q": case.code})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
        assert other.post("/expedientes/buscar", {"q": case.code}).status_code == 303
    assert browser.post("/expedientes/buscar", {"q": case.code}).status_code == 303
    with held.turn(person, "print", 1, 20):
        printing = {"kind": "dossier", "copy": "agency", "number": "0"}
        assert browser.post(f"/expedientes/{case.code}/documentos", printing).status_code == 429
    turns = [held.turn(person, "search", 1000, 5) for _ in range(8)]
    waits = []
    for turn in turns:
        with turn as wait:
            waits.append(wait)
    assert [wait > 0 for wait in waits][-3:] == [True] * 3


def test_files_and_exports_are_handed_out_a_few_at_a_time(app, world, case, log_in):
    paper = world.add_paper(case)
    world.session.commit()
    pharmacist, auditor = log_in("pharmacist"), log_in("auditor")
    with app.app_context():
        held = meter()
    files = [(pharmacist, f"/expedientes/{case.code}/papeles/{paper.id}", "pharmacist", DOWNLOADS)]
    exports = ("registro.csv", "registro.json", "expediente-de-evidencias")
    files += [(auditor, f"/auditoria/{name}", "auditor", EXPORTS) for name in exports]
    for browser, path, who, kind in files:
        with browser.get(path) as answer:
            assert answer.status_code == 200
        with ExitStack() as busy:
            for _ in range(kind["at_once"]):
                assert busy.enter_context(held.turn(world.accounts[who].id, **kind)) == 0
            answer = browser.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
        assert "cada persona puede pedir unos pocos a la vez" in answer.text
        assert "attachment" not in answer.headers.get("Content-Disposition", "")
        with browser.get(path) as answer:
            assert answer.status_code == 200


def test_every_page_that_hands_out_a_file_is_limited(app):
    hands_out = re.compile(r"return (?:attachment|send_file|_file)\(")
    views = {name: inspect.unwrap(view) for name, view in app.view_functions.items()}
    ours = {
        name: app.view_functions[name] for name, view in views.items() if view.__module__.startswith("compassionate")
    }
    files = {name: view for name, view in ours.items() if hands_out.search(inspect.getsource(inspect.unwrap(view)))}
    assert len(files) >= 9
    assert [name for name, view in files.items() if not hasattr(view, "costly")] == []
