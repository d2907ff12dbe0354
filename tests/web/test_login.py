"""Logging in and out: nothing is given away, nothing stays open, and every attempt is on record."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.models import AuditEntry
from compassionate.services import accounts
from compassionate.web.addresses import after_log_in
from tests.web.conftest import Browser
from tests.world import PASSWORD, World

LogIn = Callable[[str], Browser]
OTHER_ADDRESSES = (
    "https://otro.example/", "//otro.example", "/\\otro.example", "\\\\otro.example", "javascript:alert(1)",
    "///otro.example", "/\t/otro.example", "http://localhost/expedientes", "otro.example", "/login", "/logout", "",
)  # fmt: skip


def visitor(app: Flask) -> Browser:
    """Somebody who is not logged in, at the log-in page."""
    held = Browser(app.test_client())
    held.get("/login")
    return held


def enter(browser: Browser, username: str, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/login", {"username": username, "password": password, **more})


def deeds(session: Session) -> list[dict[str, Any]]:
    """What the audit chain says, oldest first."""
    session.rollback()
    return [json.loads(row) for row in session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq))]


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" (?:type="hidden" )?value="[^"]*"', "", page)


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/cuenta").status_code == 200)


def later(monkeypatch: pytest.MonkeyPatch, **time: int) -> None:
    """Let the clock of the application run ahead."""
    then = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: then)


def test_a_person_gets_in_with_the_right_password(app: Flask, world: World):
    browser = visitor(app)
    answer = enter(browser, " Pharmacist.HGA ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_in(browser)


def test_a_wrong_user_a_wrong_password_and_a_disabled_account_look_the_same(app: Flask, world: World):
    accounts.set_active(world.session, None, world.accounts["nurse"], False, world.tick())
    accounts.create(world.session, None, accounts.Person("nueva", "Nueva"), None, world.tick())
    world.session.commit()
    tries = (("pharmacist.hga", "otra cosa"), ("nadie", PASSWORD), ("nurse.hga", PASSWORD), ("nueva", PASSWORD))
    answers = [enter(visitor(app), username, password) for username, password in tries]
    pages = {without_tokens(answer.text.replace(tries[n][0], "")) for n, answer in enumerate(answers)}
    assert {answer.status_code for answer in answers} == {200}
    assert len(pages) == 1
    assert "El usuario o la contraseña no son correctos." in pages.pop()


def test_a_program_that_asks_for_json_learns_no_more(app: Flask, world: World):
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token
    for username in ("pharmacist.hga", "nadie"):
        data = {"username": username, "password": "otra cosa", "csrf_token": token[1]}
        answer = client.post("/login", data=data, headers={"Accept": "application/json"})
        assert answer.mimetype == "text/html"


def test_wrong_user_and_wrong_password_cost_the_same_work(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch):
    from passlib.hash import argon2

    worked: list[str] = []
    for name in ("hash", "verify"):
        real = getattr(argon2, name)
        monkeypatch.setattr(argon2, name, lambda *a, _real=real, **k: (worked.append("argon2"), _real(*a, **k))[1])
    enter(visitor(app), "quien sea", "la primera vez")  # a process works once more for its decoy
    world.accounts["nurse"].active, world.accounts["resident"].locked_at = False, clock.now()
    world.accounts["technician"].password = None
    world.session.commit()
    counts = {}
    for username in ("pharmacist.hga", "nadie", "nurse.hga", "resident.hga", "technician.hga"):
        worked.clear()
        enter(visitor(app), username, "otra cosa")
        counts[username] = worked.copy()
    assert list(counts.values()) == [["argon2"]] * 5


def test_an_empty_form_says_the_same_sentence_in_spanish(app: Flask, world: World):
    assert "El usuario o la contraseña no son correctos." in enter(visitor(app), "", "").text


@pytest.mark.parametrize("address", OTHER_ADDRESSES)
def test_only_a_path_of_ours_is_followed(address: str):
    assert after_log_in(address) == "/"


def test_nobody_is_sent_to_another_address_after_the_log_in(app: Flask, world: World):
    assert enter(visitor(app), "pharmacist.hga", next="https://otro.example/").location == "/"
    browser = visitor(app)
    answer = browser.client.post("/login?next=//otro.example", data=_credentials(browser))
    assert answer.location == "/"


def _credentials(browser: Browser) -> dict[str, str]:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.page.text)
    assert token
    return {"username": "pharmacist.hga", "password": PASSWORD, "csrf_token": token[1]}


def test_a_person_lands_where_they_were_going(app: Flask, world: World):
    browser = Browser(app.test_client())
    sent = browser.get("/expedientes?q=HGA-2026")
    assert (sent.status_code, sent.location) == (302, "/login?next=/expedientes?q%3DHGA-2026")
    page = browser.get(sent.location)
    found = re.search(r'name="next" value="([^"]+)"', page.text)
    assert found
    assert enter(browser, "pharmacist.hga", next=found[1]).location == "/expedientes?q=HGA-2026"


def test_whoever_is_in_already_is_not_asked_again(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    assert browser.get("/login?next=/cuenta").location == "/cuenta"
    assert browser.get("/login").location == "/"


def test_logging_out_is_a_post_with_a_token_and_ends_every_session(world: World, log_in: LogIn):
    here, there = log_in("pharmacist"), log_in("pharmacist")
    assert here.get("/logout").status_code == 405
    assert here.client.post("/logout").status_code == 303
    assert is_in(here)
    out = here.post("/logout")
    assert (out.status_code, out.location) == (303, "/login")
    assert "Ha cerrado la sesión" in here.get("/login").text
    assert not is_in(here)
    assert not is_in(there)


def test_a_copied_cookie_is_dead_after_the_log_out(app: Flask, world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    cookie = browser.client.get_cookie("session")
    assert cookie
    browser.post("/logout")
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/cuenta").status_code == 302


@pytest.mark.parametrize("act", ["disable", "role", "password"])
def test_what_changes_an_account_ends_its_sessions_at_once(world: World, log_in: LogIn, act: str):
    browser, account, now = log_in("nurse"), world.accounts["nurse"], world.tick()
    assert is_in(browser)
    world.session.rollback()
    if act == "disable":
        accounts.set_active(world.session, None, account, False, now)
    elif act == "role":
        accounts.end_membership(world.session, None, account.memberships[0], world.today, now)
    else:
        accounts.set_password(world.session, None, account, "otra", now)
    world.session.commit()
    assert not is_in(browser)


def test_nothing_of_before_the_log_in_is_valid_after_it(app: Flask, world: World):
    browser = visitor(app)
    before = re.search(r'name="csrf_token" value="([^"]+)"', browser.page.text)
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    enter(browser, "pharmacist.hga")
    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert "_user_id" in session
        assert world.accounts["pharmacist"].id not in session.values()
    assert before
    assert browser.client.post("/logout", data={"csrf_token": before[1]}).status_code == 303
    assert is_in(browser)


def test_a_session_ends_after_the_idle_time(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("pharmacist")
    later(monkeypatch, minutes=29)
    assert is_in(browser)
    later(monkeypatch, minutes=29)
    assert is_in(browser)
    later(monkeypatch, minutes=31)
    assert not is_in(browser)


def test_a_session_ends_after_a_day_of_work_however_busy(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("pharmacist")
    for _ in range(28):
        later(monkeypatch, minutes=25)
        assert is_in(browser)
    later(monkeypatch, minutes=25)
    assert not is_in(browser)


def test_log_in_refusal_and_log_out_are_on_record_without_password_or_name(app: Flask, world: World, log_in: LogIn):
    enter(visitor(app), "pharmacist.hga", "una clave que no es")
    enter(visitor(app), "mi-clave-en-la-casilla-de-usuario", "x")
    log_in("pharmacist").post("/logout")
    last = deeds(world.session)[-4:]
    assert [row["action"] for row in last] == ["log_in_refused", "log_in_refused", "log_in", "log_out"]
    me = world.accounts["pharmacist"].id
    assert [row["detail"].get("account") for row in last[:2]] == [me, None]
    assert [row["actor"] for row in last] == ["", "", me, me]
    assert last[0]["detail"]["username_hmac"] != last[1]["detail"]["username_hmac"]
    written = json.dumps(deeds(world.session))
    assert "mi-clave" not in written
    assert "una clave que no es" not in written


def test_the_log_in_library_brings_no_pages_of_its_own(app: Flask):
    rules = {str(rule): rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    assert rules == {"/login": "security.login", "/logout": "security.logout"}


@pytest.mark.parametrize("path", ["/register", "/reset", "/verify", "/change", "/confirm", "/us-signin", "/tf-setup"])
def test_pages_that_we_do_not_use_do_not_exist(app: Flask, world: World, path: str):
    assert app.test_client().get(path).status_code == 404


def test_a_token_in_an_address_logs_nobody_in(app: Flask, world: World):
    with app.test_request_context():
        from flask_security.utils import get_identity_attributes  # noqa: F401 - the library is set up

        from compassionate.web.security import User

        token = User(world.accounts["pharmacist"]).get_auth_token()
    assert app.test_client().get(f"/cuenta?auth_token={token}").status_code == 302
    assert app.test_client().get("/cuenta", headers={"Authentication-Token": token}).status_code == 302


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Flask, world: World):
    answer = enter(visitor(app), "pharmacist.hga")
    cookie = next(value for name, value in answer.headers if name == "Set-Cookie" and value.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
