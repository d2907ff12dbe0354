"""One's own account, and the page where a one-time link leads."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock
from compassionate.models import Account, AuditEntry
from compassionate.services import links
from tests.web.conftest import Browser
from tests.world import PASSWORD, World

LogIn = Callable[[str], Browser]
NEW = "tres gatos miran la luna"


def link(app: Flask, world: World, name: str = "nurse") -> str:
    return links.password_link(app.config["SECRET_KEY"], world.accounts[name], clock.now())


def last_deed(world: World) -> str:
    world.session.rollback()
    row = world.session.scalar(select(AuditEntry.row).order_by(AuditEntry.seq.desc()).limit(1))
    return str(json.loads(row or "{}")["action"])


def gets_in(app: Flask, username: str, password: str) -> bool:
    browser = Browser(app.test_client())
    browser.get("/login")
    return bool(browser.post("/login", {"username": username, "password": password}).status_code == 302)


def test_my_account_says_what_i_do_where_and_who_gave_it(world: World, log_in: LogIn):
    page = log_in("pharmacist").get("/cuenta").text
    assert "Farmacéutico/a" in page
    assert "Hospital HGA" in page
    assert "Las da y las quita: Admin de HGA." in page


def test_i_change_my_password_and_go_on_while_others_are_logged_out(app: Flask, world: World, log_in: LogIn):
    here, there = log_in("nurse"), log_in("nurse")
    here.get("/cuenta/contrasena")
    changed = here.post("/cuenta/contrasena", {"present_password": PASSWORD, "password": NEW})
    assert (changed.status_code, changed.location) == (303, "/cuenta")
    assert "Contraseña cambiada" in here.get("/cuenta").text
    assert there.get("/cuenta").status_code == 302
    assert gets_in(app, "nurse.hga", NEW)
    assert not gets_in(app, "nurse.hga", PASSWORD)


@pytest.mark.parametrize(
    ("present", "new", "sentence"),
    [
        ("no es esta", NEW, "La contraseña actual no es correcta."),
        (PASSWORD, "corta", "Use al menos 12 caracteres."),
        (PASSWORD, "hospital1234", "Esa contraseña es de las primeras que alguien probaría."),
        (PASSWORD, "soy nurse.hga de noche", "La contraseña no puede contener el nombre de usuario."),
        (PASSWORD, PASSWORD, "La contraseña nueva tiene que ser distinta de la actual."),
    ],
)
def test_a_password_that_will_not_do_says_why(world: World, log_in: LogIn, present: str, new: str, sentence: str):
    browser = log_in("nurse")
    browser.get("/cuenta/contrasena")
    page = browser.post("/cuenta/contrasena", {"present_password": present, "password": new})
    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{new}"' not in page.text
    assert browser.get("/cuenta").status_code == 200


def test_a_wrong_present_password_is_on_record(world: World, log_in: LogIn):
    browser = log_in("nurse")
    browser.get("/cuenta/contrasena")
    browser.post("/cuenta/contrasena", {"present_password": "no es esta", "password": NEW})
    assert last_deed(world) == "password_refused"


def test_i_choose_my_language(world: World, log_in: LogIn):
    browser = log_in("nurse")
    assert browser.post("/cuenta/idioma", {"language": "en"}).status_code == 303
    page = browser.get("/cuenta").text
    assert '<html class="govuk-template" lang="en">' in page
    assert "Nurse" in page
    assert browser.post("/cuenta/idioma", {"language": "xx"}).status_code == 400
    world.session.rollback()
    assert world.session.scalar(select(Account.language).where(Account.username == "nurse.hga")) == "en"


def test_a_link_sets_a_password_once(app: Flask, world: World):
    address, person = link(app, world), Browser(app.test_client())
    page = person.get(address)
    assert "Nurse de HGA" in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert person.post(address, {"password": NEW}).location == "/login"
    assert "Contraseña guardada" in person.get("/login").text
    assert gets_in(app, "nurse.hga", NEW)
    used = person.post(address, {"password": "otra frase que vale igual"})
    for again in (used, person.get(address)):
        assert again.status_code == 404
        assert "Este enlace ya no sirve" in again.text
    assert not gets_in(app, "nurse.hga", "otra frase que vale igual")


def test_a_password_that_is_refused_leaves_the_link_alive(app: Flask, world: World):
    address, person = link(app, world), Browser(app.test_client())
    person.get(address)
    refused = person.post(address, {"password": "corta"})
    assert refused.status_code == 422
    assert "Use al menos 12 caracteres." in refused.text
    assert person.post(address, {"password": NEW}).status_code == 303


def test_a_link_logs_nobody_in_and_nobody_out(app: Flask, world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    address = link(app, world)
    browser.get(address)
    assert browser.post(address, {"password": NEW}).status_code == 303
    assert "Pharmacist de HGA" in browser.get("/cuenta").text


def test_a_wrong_link_tells_nothing(app: Flask, world: World):
    told = {
        app.test_client().get(f"/cuenta/clave/{text}").text for text in ("x", "WyJ4Il0.abc", link(app, world)[-20:])
    }
    assert len(told) == 1
    assert "Este enlace ya no sirve" in told.pop()


def test_letters_of_every_alphabet_make_a_password_however_composed(app: Flask, world: World):
    address, person = link(app, world), Browser(app.test_client())
    person.get(address)
    person.post(address, {"password": "niña cigüeña 漢字 α"})
    assert gets_in(app, "nurse.hga", "nin\u0303a cigu\u0308en\u0303a 漢字 α")


def test_the_page_that_sets_a_password_survives_a_lost_cookie(app: Flask, world: World):
    address = link(app, world)
    answer = app.test_client().post(address, data={"password": NEW, "csrf_token": "of another session"})
    assert (answer.status_code, answer.location) == (303, address)
    assert not gets_in(app, "nurse.hga", NEW)


def test_the_accessibility_statement_is_open_to_all_and_names_whom_to_tell(app: Flask, world: World):
    world.centre.email = "farmacia@hospital.example"
    world.session.commit()
    page = app.test_client().get("/accesibilidad")
    assert page.status_code == 200
    assert "Real Decreto 1112/2018" in page.text
    assert "farmacia@hospital.example" in page.text
    assert "veinte días hábiles" in page.text


def test_an_installation_without_contacts_says_so(app: Flask, world: World):
    assert "El centro todavía no ha escrito su teléfono" in app.test_client().get("/accesibilidad").text
