"""What somebody was typing when the log-in ran out comes back to its page, and only to them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock
from compassionate.models import Centre, Draft
from tests.web.conftest import Browser
from tests.world import PASSWORD, World

LogIn = Callable[[str], Browser]
FORM = "/administracion/nueva-cuenta"
TYPED = {"username": "ana.ruiz", "name": "Ana «Ruiz» <Inventada>", "roles.HGA": ["nurse", "resident"], "service": "Ñ"}


def run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    then = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: then)


def hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}" (?:type="hidden" )?value="([^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def log_in_again(browser: Browser, page: Any, username: str, password: str = PASSWORD) -> Any:
    """Log in on the page that stood in place of the form."""
    carried = {name: hidden(page, name) for name in ("kept", "next")}
    return browser.post("/login", {"username": username, "password": password, **carried})


def drafts(world: World) -> list[Draft]:
    world.session.rollback()
    return list(world.session.scalars(select(Draft)))


def test_what_was_typed_comes_back_after_the_log_in(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("admin")
    browser.get(FORM)
    run_out(monkeypatch)
    page = browser.post(FORM, TYPED)
    assert page.status_code == 401
    assert "Lo que había escrito no se ha perdido" in page.text
    assert drafts(world) == []
    assert log_in_again(browser, page, "admin.hga").location == FORM
    back = browser.get(FORM)
    assert "Se ha recuperado lo que había escrito" in back.text
    assert hidden(back, "csrf_token")
    assert 'value="ana.ruiz"' in back.text
    assert html.escape(TYPED["name"]) in back.text
    assert re.findall(r'name="roles.HGA" type="checkbox" value="(\w+)" checked', back.text) == ["nurse", "resident"]


def test_it_is_sealed_and_forgotten_once_saved(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("admin")
    browser.get(FORM)
    run_out(monkeypatch)
    log_in_again(browser, browser.post(FORM, TYPED), "admin.hga")
    (kept,) = drafts(world)
    assert (kept.path, kept.account_id) == (FORM, world.accounts["admin"].id)
    assert b"ana.ruiz" not in kept.fields
    browser.get(FORM)
    assert browser.post(FORM, TYPED | {"from_on": "2026-01-01"}).status_code == 200
    assert drafts(world) == []


def test_a_wrong_password_on_the_way_loses_nothing(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("admin")
    browser.get(FORM)
    run_out(monkeypatch)
    page = log_in_again(browser, browser.post(FORM, TYPED), "admin.hga", "no es esta")
    assert "El usuario o la contraseña no son correctos." in page.text
    assert "Lo que había escrito no se ha perdido" in page.text
    log_in_again(browser, page, "admin.hga")
    assert 'value="ana.ruiz"' in browser.get(FORM).text


def test_somebody_else_at_the_same_machine_does_not_see_it(
    world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    browser = log_in("admin")
    browser.get(FORM)
    run_out(monkeypatch)
    log_in_again(browser, browser.post(FORM, TYPED), "admin.hga")
    browser.get("/cuenta")
    assert browser.post("/logout").location == "/login"
    monkeypatch.undo()
    world.session.rollback()
    World(world.session, code="HGB", password_hash=world.password_hash)
    world.session.commit()
    browser.get("/login")
    assert browser.post("/login", {"username": "admin.hgb", "password": PASSWORD}).status_code == 302
    assert 'value="ana.ruiz"' not in browser.get(FORM).text


def test_passwords_and_tokens_are_never_kept(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("admin")
    browser.get("/cuenta/contrasena")
    run_out(monkeypatch)
    page = browser.post("/cuenta/contrasena", {"present_password": PASSWORD, "password": "otra clave muy larga"})
    assert page.status_code == 401
    assert hidden(page, "kept") == ""
    assert PASSWORD not in page.text
    assert "otra clave muy larga" not in page.text


def test_a_button_without_words_leads_back_to_its_page(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("admin")
    browser.get("/administracion/cuentas/nurse.hga")
    run_out(monkeypatch)
    sent_from = {"Referer": "http://localhost/administracion/cuentas/nurse.hga"}
    page = browser.post("/administracion/cuentas/nurse.hga/enlace", headers=sent_from)
    assert "No se ha guardado nada de lo que envió" in page.text
    assert log_in_again(browser, page, "admin.hga").location == "/administracion/cuentas/nurse.hga"


def test_a_page_that_is_only_read_is_found_again(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("admin")
    run_out(monkeypatch)
    sent = browser.get("/administracion/cuentas?role=nurse")
    page = browser.get(sent.location)
    answer = browser.post("/login", {"username": "admin.hga", "password": PASSWORD, "next": hidden(page, "next")})
    assert answer.location == "/administracion/cuentas?role=nurse"


def test_a_form_of_a_tab_left_behind_is_kept_without_asking_again(world: World, log_in: LogIn):
    browser = log_in("admin")
    browser.get(FORM)
    answer = browser.client.post(FORM, data=TYPED | {"csrf_token": "of an earlier session"})
    assert (answer.status_code, answer.location) == (303, FORM)
    back = browser.get(FORM)
    assert "Lo que escribió sigue aquí" in back.text
    assert 'value="ana.ruiz"' in back.text


def test_a_log_in_page_of_a_tab_left_behind_gives_back_what_it_carried(
    world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    browser = log_in("admin")
    browser.get(FORM)
    run_out(monkeypatch)
    left_behind = browser.post(FORM, TYPED)
    carried = {name: hidden(left_behind, name) for name in ("kept", "next", "csrf_token")}
    browser.get("/login")
    browser.post("/login", {"username": "admin.hga", "password": PASSWORD})
    answer = browser.client.post("/login", data={"username": "admin.hga", "password": PASSWORD, **carried})
    assert (answer.status_code, answer.location) == (303, FORM)
    assert 'value="ana.ruiz"' in browser.get(FORM).text


def test_another_site_can_neither_write_nor_plant_words(world: World, log_in: LogIn):
    browser = log_in("admin")
    browser.get(FORM)
    foreign = {"Origin": "https://otro.example"}
    answer = browser.client.post(FORM, data=TYPED, headers=foreign)
    assert answer.status_code == 400
    assert drafts(world) == []
    assert 'value="ana.ruiz"' not in browser.get(FORM).text
    assert 'value="ana.ruiz"' not in browser.client.post(FORM, data=TYPED, headers=foreign).text


def test_what_comes_back_does_not_overwrite_what_others_saved(
    app: Flask, world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    browser, path = log_in("admin"), "/administracion/centros/HGA"
    version = hidden(browser.get(path), "version")
    run_out(monkeypatch)
    page = browser.post(path, {"name": "Lo mío", "municipality": "Getafe", "version": version})
    world.session.rollback()
    world.session.scalar(select(Centre).where(Centre.code == "HGA")).municipality = "Leganés"
    world.session.commit()
    log_in_again(browser, page, "admin.hga")
    back = browser.get(path).text
    assert 'value="Getafe"' in back
    assert re.search(r"Ahora guardado:</span>\s*Leganés", back)


@pytest.mark.parametrize(
    "kept", ["", "x", "[]", '{"path": "x", "fields": {}}', '{"path": "/a", "fields": []}', "[" * 100_000]
)
def test_what_a_browser_made_up_is_ignored(app: Flask, world: World, kept: str):
    browser = Browser(app.test_client())
    browser.get("/login")
    answer = browser.post("/login", {"username": "admin.hga", "password": PASSWORD, "kept": kept})
    assert answer.status_code == 302
    assert drafts(world) == []
