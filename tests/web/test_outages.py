"""Parts that are out of order are seen by people, with what is kept and what to do (AVA-03)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from compassionate import clock
from compassionate.models import OutboxMessage, new_id
from compassionate.services import schedule
from compassionate.services.store import open_store
from compassionate.web import outages
from compassionate.words import say
from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]
STORE, MAIL, NO_SERVER = "El almacén de documentos no responde", "El correo no sale", "No hay servidor de correo"
KEPT = "No se pierde ninguno"
UNTOLD, UNWATCHED, REFUSED = "Nadie reparte los avisos", "Nadie vigila los plazos", "no admite algunas direcciones"
UNPRINTED = "Nadie compone los documentos"


@pytest.fixture
def away(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """A folder of documents that went away."""
    folder = tmp_path / "documents"
    held = app.extensions["compassionate"]
    app.extensions["compassionate"] = replace(held, store=open_store(str(folder)))
    folder.rmdir()
    return folder


@pytest.fixture
def late(app: Flask, world: World) -> None:
    """A mail that has waited for two hours, and a server that should take it."""
    at = clock.now() - timedelta(hours=2)
    world.session.add(OutboxMessage(id=new_id(), at=at, kind="mail", key="late", payload={}))
    world.session.commit()
    settings = app.extensions["compassionate.settings"]
    app.extensions["compassionate.settings"] = replace(settings, smtp_url="smtp://127.0.0.1:1")


def test_mail_that_waits_is_told_to_those_who_can_do_something(late: None, log_in: LogIn):
    pharmacist, administrator = log_in("pharmacist"), log_in("admin")
    for page in (pharmacist.get("/"), pharmacist.get("/administracion")):
        assert MAIL in page.text
        assert KEPT in page.text
        assert "Avise a informática" in page.text
        assert "COMPASSIONATE" not in page.text
    for page in (administrator.get("/"), administrator.get("/administracion")):
        assert MAIL in page.text
        assert "flask outbox send" in page.text
    assert MAIL not in log_in("physician").get("/").text


def test_a_store_that_is_away_is_told_until_it_is_back(away: Path, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    pharmacist = log_in("pharmacist")
    assert STORE in pharmacist.get("/").text
    away.mkdir()
    monkeypatch.setattr(outages, "ASKED_EACH", timedelta())
    assert STORE not in pharmacist.get("/").text


def test_the_parts_are_asked_once_a_minute_whoever_looks(
    late: None, away: Path, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    asked: list[Any] = []
    found = outages.readiness

    def count(*given: Any) -> Any:
        asked.append(given)
        return found(*given)

    monkeypatch.setattr(outages, "readiness", count)
    for who in ("physician", "pharmacist", "admin", "pharmacist"):
        log_in(who).get("/")
    assert len(asked) == 1


def test_without_a_mail_server_only_the_administration_is_told(app: Flask, late: None, log_in: LogIn):
    app.extensions["compassionate.settings"] = replace(app.extensions["compassionate.settings"], smtp_url="")
    assert NO_SERVER in log_in("admin").get("/administracion").text
    page = log_in("pharmacist").get("/").text
    assert NO_SERVER not in page
    assert MAIL not in page


def test_nothing_is_said_while_all_is_well(log_in: LogIn):
    titles = {say(f"outage.{part}.title") for part in (*outages.PARTS, *outages.OF_WHO_RUNS_IT)}
    for who in ("pharmacist", "admin"):
        page = log_in(who).get("/").text
        assert [title for title in titles if title in page] == []


def ran(world: World, name: str, ago: timedelta) -> None:
    schedule.note(world.session, name, clock.now() - ago)
    world.session.commit()


def test_a_clock_that_runs_nothing_is_told_with_the_last_time(world: World, log_in: LogIn):
    world.open_case()
    ran(world, schedule.OUTBOX, schedule.LATE_AFTER[schedule.OUTBOX] + timedelta(minutes=1))
    page = log_in("admin").get("/administracion").text
    assert UNTOLD in page
    assert UNWATCHED in page
    assert "No se ha hecho nunca" in page
    assert "La última vez fue el" in page
    assert "flask deadlines run" in page
    told = log_in("pharmacist").get("/").text
    assert UNWATCHED in told
    assert "flask" not in told
    parts = log_in("admin").get("/readyz").json["parts"]
    assert [parts[name] for name in schedule.LATE_AFTER if name not in schedule.OF_SCANNER] == ["late", "late", "late"]
    assert [parts[name] for name in schedule.OF_SCANNER] == ["ok", "ok"]  # there is no scanner here
    assert UNPRINTED in page
    assert UNPRINTED in told


def test_a_clock_that_runs_and_an_installation_without_a_case_are_told_nothing_of(world: World, log_in: LogIn):
    assert UNWATCHED not in log_in("admin").get("/administracion").text
    world.session.rollback()
    world.open_case()
    for name, most in schedule.LATE_AFTER.items():
        ran(world, name, most - timedelta(minutes=1))
    page = log_in("admin").get("/administracion").text
    assert UNTOLD not in page
    assert UNWATCHED not in page


def test_addresses_that_the_server_refuses_are_told_to_whoever_can_write_them_right(world: World, log_in: LogIn):
    at = clock.now() - timedelta(hours=2)
    world.session.add(OutboxMessage(id=new_id(), at=at, kind="mail", key="no", payload={"to": "x@y"}, refused_at=at))
    world.session.commit()
    page = log_in("admin").get("/administracion").text
    assert REFUSED in page
    assert MAIL not in page
    assert REFUSED not in log_in("pharmacist").get("/").text
