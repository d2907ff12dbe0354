"""The application answers to its own names alone, and nothing that a request claims goes on into a link (SES-07)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from compassionate import config
from tests.web.conftest import Browser
from tests.world import PASSWORD, World

pytestmark = pytest.mark.one_database

LogIn = Callable[[str], Browser]
POISON = ("otro.example", "localhost.otro.example", "otro.example:80@localhost", "localhost, otro.example", "[::2]", "")
FORWARDED = {
    "X-Forwarded-Host": "otro.example",
    "X-Forwarded-For": "10.0.0.1",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/otro",
    "Forwarded": "host=otro.example;proto=https",
    "X-Original-URL": "/administracion",
    "X-Rewrite-URL": "/administracion",
}


def settle(app: Flask, **named: object) -> None:
    app.extensions["compassionate.settings"] = replace(app.extensions["compassionate.settings"], **named)


@pytest.mark.parametrize("host", POISON)
def test_a_name_that_is_not_ours_is_not_answered(app: Flask, world: World, host: str):
    client = app.test_client()
    for path in ("/login", "/", "/static/css/app.css", "/no-such-page", "/expedientes/"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "otro.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "uso.hospital.example"])
def test_the_names_of_the_setting_and_of_the_machine_itself_are_answered(app: Flask, world: World, host: str):
    settle(app, hosts=config._hosts(" uso.hospital.example ,"))
    assert app.test_client().get("/login", headers={"Host": host}).status_code == 200


def test_a_probe_may_ask_by_any_name(app: Flask, world: World):
    assert app.test_client().get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


@pytest.mark.parametrize(
    ("tls", "begins"), [(False, "http://localhost/cuenta/clave/"), (True, "https://localhost/cuenta/clave/")]
)
def test_a_password_link_begins_with_our_own_address(app: Flask, world: World, log_in: LogIn, tls: bool, begins: str):
    browser = log_in("admin")
    settle(app, behind_tls=tls)
    path = f"/administracion/cuentas/{world.accounts['nurse'].username}"
    browser.get(path)
    page = browser.post(f"{path}/enlace", {}, headers=FORWARDED).text
    links = re.findall(r"https?://[^\s\"<]+/cuenta/clave/", page)
    assert links
    assert {*links} == {begins}


def test_what_a_proxy_is_said_to_have_seen_changes_nothing(app: Flask, world: World, log_in: LogIn):
    client = app.test_client()
    answer = client.get("/expedientes", headers=FORWARDED)
    assert answer.status_code == 302
    assert answer.location.startswith("/login")
    assert "otro" not in answer.location
    assert (
        client.post("/login", data={"username": "admin.hga", "password": PASSWORD}, headers=FORWARDED).status_code
        == 400
    )
    assert log_in("pharmacist").get("/", headers=FORWARDED).status_code == 200
    assert log_in("pharmacist").get("/administracion/cuentas/x/datos", headers=FORWARDED).status_code == 403
