"""A session: its cookie, its renewal, and its end everywhere at once (SES-01 to SES-04)."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from compassionate.application import create_app
from compassionate.models import Account, Draft
from compassionate.services.instance import migrate
from compassionate.web import server
from tests.applications import settings_of
from tests.web.conftest import Browser, running
from tests.web.test_login import enter, is_in, later, visitor
from tests.web.test_server import serving
from tests.world import PASSWORD, World, today

pytestmark = pytest.mark.one_database  # but where a test asks for both: what pages say does not depend on it

LogIn = Callable[[str], Browser]
NURSE = "/administracion/cuentas/nurse.hga"


@pytest.fixture
def other_worker(app: Flask, fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A second process of the same installation: same database and secrets, nothing else in common."""
    with running(settings_of(tmp_path, fresh_url)) as other:
        yield other


def cookie_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie("session")
    assert cookie
    return cookie.value


def with_cookie(app: Flask, value: str) -> Browser:
    client = app.test_client()
    client.set_cookie("session", value)
    return Browser(client)


@pytest.mark.parametrize("act", ["disable", "give role", "take role", "unlink", "password", "log out", "lost factor"])
def test_a_session_dies_at_once_on_every_worker_when(
    app: Flask, other_worker: Flask, world: World, log_in: LogIn, act: str
):
    nurse, admin = log_in("nurse"), log_in("admin")
    there = with_cookie(other_worker, cookie_of(nurse))
    assert is_in(there)
    role = world.accounts["nurse"].memberships[0].id
    world.session.rollback()
    acts: dict[str, tuple[Browser, str, dict[str, str]]] = {
        "disable": (admin, f"{NURSE}/acceso", {}),
        "give role": (
            admin,
            f"{NURSE}/funciones",
            {"centre": "HGA", "role": "technician", "from_on": today().isoformat(), "until_on": ""},
        ),
        "take role": (admin, f"{NURSE}/funciones/{role}", {"when": "now"}),
        "unlink": (admin, f"{NURSE}/enlace", {}),
        "password": (
            nurse,
            "/cuenta/contrasena",
            {"present_password": PASSWORD, "password": "tres gatos miran la luna"},
        ),
        "log out": (nurse, "/logout", {}),
        "lost factor": (admin, f"{NURSE}/segundo-factor", {}),
    }
    browser, path, given = acts[act]
    browser.get("/cuenta")
    done = browser.post(path, given)
    assert done.status_code in (200, 303), done.text
    assert not is_in(there)


def test_a_session_does_not_come_back_when_a_disabled_account_is_let_in_again(world: World, log_in: LogIn):
    nurse, admin = log_in("nurse"), log_in("admin")
    for _ in range(2):  # out, and in again
        admin.get(f"{NURSE}/acceso")
        assert admin.post(f"{NURSE}/acceso").status_code == 303
    assert not is_in(nurse)


def test_the_cookie_says_nothing_about_who_and_cannot_be_guessed(app: Flask, world: World, log_in: LogIn):
    browser = log_in("nurse")
    with browser.client.session_transaction() as session:
        key = str(session["_user_id"])
    account = world.accounts["nurse"]
    assert len(key) == 64  # 256 random bits
    assert not {account.id, account.username} & set(map(str, session.values()))
    stolen = cookie_of(browser)
    for forged in (stolen[:-2] + "AA", f"{stolen}x", stolen.split(".")[0], "", "x.y.z"):
        assert not is_in(with_cookie(app, forged))


def test_behind_tls_the_cookie_goes_to_this_host_alone_and_never_in_clear(world: World, fresh_url: str, tmp_path: Path):
    app = create_app(replace(settings_of(tmp_path, fresh_url), behind_tls=True))
    app.testing = True
    client = app.test_client()
    page = client.get("/login", base_url="https://localhost")
    cookie = next(value for name, value in page.headers if name == "Set-Cookie")
    parts = {part.strip() for part in cookie.split(";")}
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert not any(part.lower().startswith("domain") for part in parts)
    app.extensions["compassionate"].engine.dispose()


def test_a_session_that_somebody_planted_is_not_the_one_that_is_logged_in(app: Flask, world: World):
    attacker = visitor(app)
    planted = cookie_of(attacker)
    victim = with_cookie(app, planted)
    victim.get("/login")
    enter(victim, "nurse.hga")
    assert is_in(victim)
    assert cookie_of(victim) != planted
    assert not is_in(with_cookie(app, planted))


def test_every_log_in_gives_a_new_cookie_and_a_new_token(app: Flask, world: World):
    first, second = visitor(app), visitor(app)
    enter(first, "nurse.hga")
    enter(second, "nurse.hga")
    assert cookie_of(first) != cookie_of(second)
    with first.client.session_transaction() as one, second.client.session_transaction() as two:
        assert one.get("csrf_token") is None or one.get("csrf_token") != two.get("csrf_token")


@pytest.mark.parametrize("time", [{"minutes": 31}, {"hours": 13}])
def test_a_form_that_outlives_its_session_shows_nothing_and_loses_nothing(
    world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch, time: dict[str, int]
):
    browser = log_in("admin")
    path = f"{NURSE}/datos"
    browser.get(path)
    later(monkeypatch, **time)
    sent = browser.post(path, {"name": "Nombre a medio escribir", "telephone": "600000000"})
    assert sent.status_code == 401
    assert "Nurse de HGA" not in sent.text
    assert "Nombre a medio escribir" in sent.text  # carried, hidden, to the log-in and back
    back = browser.post(
        "/login",
        {"username": "admin.hga", "password": PASSWORD, "next": path, "kept": _hidden(sent.text, "kept")},
    )
    assert back.location == path
    assert "Nombre a medio escribir" in browser.get(path).text
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(Draft)) == 1


def _hidden(page: str, name: str) -> str:
    import html
    import re

    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_an_installation_begins_without_any_account(tmp_path: Path):
    app = create_app(settings_of(tmp_path, f"sqlite:///{tmp_path / 'new.db'}"))
    migrate(app.extensions["compassionate"].engine)
    with app.extensions["compassionate"].session() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0
    for username, password in (("admin", "admin"), ("admin", "password"), ("linea-de-ordenes", "")):
        assert enter(visitor(app), username, password).status_code == 200
    app.extensions["compassionate"].engine.dispose()


def test_a_password_is_stored_as_argon2id_with_a_salt_of_its_own(tmp_path: Path):
    fresh = create_app(settings_of(tmp_path, f"sqlite:///{tmp_path / 'x.db'}"))
    with fresh.app_context():
        from flask_security import hash_password

        one, two = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one.startswith("$argon2id$")
    assert one != two
    cost = dict(part.split("=") for part in one.split("$")[3].split(","))
    assert int(cost["m"]) >= 19 * 1024  # OWASP: 19 MiB and two passes, or more
    assert int(cost["t"]) >= 2
    fresh.extensions["compassionate"].engine.dispose()


def test_the_last_sign_of_the_longest_password_counts(app: Flask, world: World, log_in: LogIn):
    longest = "n\u0303 frase " + "x7" * 59  # 128 signs with what is composed
    browser = log_in("nurse")
    browser.get("/cuenta/contrasena")
    changed = browser.post("/cuenta/contrasena", {"present_password": PASSWORD, "password": longest})
    assert changed.status_code == 303, changed.text
    assert enter(visitor(app), "nurse.hga", longest[:-1] + "8").status_code == 200
    assert enter(visitor(app), "nurse.hga", longest[:-1]).status_code == 200
    assert enter(visitor(app), "nurse.hga", longest).status_code == 302
    assert enter(visitor(app), "nurse.hga", "x" * 100_000).status_code == 200


def _says_where_from(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']} {environ['HTTP_HOST']}".encode()]


@pytest.mark.parametrize(("behind_tls", "seen"), [(False, "127.0.0.1"), (True, "192.0.2.7")])
def test_behind_tls_the_proxy_says_who_guesses_and_nothing_else(behind_tls: bool, seen: str):
    forged = {
        "X-Forwarded-For": "198.51.100.1, 192.0.2.7",
        "X-Forwarded-Host": "otro",
        "X-Forwarded-Proto": "x",
    }
    with serving(_says_where_from, **server.proxied(behind_tls)) as (host, port):
        address = f"{host}:{port}"
        with urllib.request.urlopen(urllib.request.Request(f"http://{address}/", headers=forged)) as answer:
            assert answer.read().decode() == f"{seen} http {address}"
