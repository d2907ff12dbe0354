"""Nobody guesses for long: every page that asks for something secret counts, waits and locks (AUT-01, AUT-03)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock
from compassionate.application import create_app
from compassionate.config import Settings
from compassionate.models import Account, Attempts
from compassionate.services import links, throttle
from tests.conftest import MASTER_KEY
from tests.web.conftest import Browser
from tests.web.test_login import deeds, enter, is_in, later, visitor, without_tokens
from tests.world import PASSWORD, World

pytestmark = pytest.mark.one_database  # but where a test asks for both: what pages say does not depend on it

LogIn = Callable[[str], Browser]
NURSE = "/administracion/cuentas/nurse.hga"
REFUSED = "El usuario o la contraseña no son correctos."


def guess(app: Flask, times: int, username: str = "nurse.hga") -> list[Any]:
    return [enter(visitor(app), username, "no es esta") for _ in range(times)]


def guess_until_locked(app: Flask, monkeypatch: pytest.MonkeyPatch, username: str = "nurse.hga") -> None:
    for _ in range(throttle.MOST_FAILURES):
        guess(app, 1, username)
        later(monkeypatch, minutes=20)


def gets_in(app: Flask, username: str = "nurse.hga") -> bool:
    return bool(enter(visitor(app), username).status_code == 302)


def stored(world: World, name: str = "nurse") -> Account:
    world.session.rollback()
    return world.session.get_one(Account, world.accounts[name].id)


def test_a_few_slips_cost_nothing_and_are_forgotten_by_the_right_password(app: Flask, world: World):
    for _ in range(3):
        guess(app, throttle.FREE_FAILURES - 1)
        assert gets_in(app)


def test_after_five_failures_even_the_right_password_waits_longer_and_longer(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
):
    guess(app, throttle.FREE_FAILURES)
    assert not gets_in(app)
    later(monkeypatch, seconds=59)
    assert not gets_in(app)
    later(monkeypatch, seconds=2)
    guess(app, 1)
    later(monkeypatch, seconds=61)
    assert not gets_in(app)
    later(monkeypatch, seconds=61)
    assert gets_in(app)


@pytest.mark.both_databases
def test_the_tenth_failure_locks_until_an_administrator_unlocks_and_both_are_on_record(
    app: Flask, world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    guess_until_locked(app, monkeypatch)
    later(monkeypatch, days=30)
    assert not gets_in(app)
    admin = log_in("admin")
    assert "Cuenta bloqueada" in admin.get(NURSE).text
    assert "Bloqueada" in admin.get("/administracion/cuentas?state=locked").text
    assert "1 bloqueada" in admin.get("/administracion").text
    admin.get(f"{NURSE}/bloqueo")
    assert admin.post(f"{NURSE}/bloqueo").status_code == 303
    assert gets_in(app)
    done = [row for row in deeds(world.session) if row["action"] in ("lock_account", "unlock_account")]
    assert [(row["action"], row["actor"]) for row in done] == [
        ("lock_account", ""),
        ("unlock_account", world.accounts["admin"].id),
    ]


def test_a_locked_an_unknown_and_a_mistaken_person_read_the_same_page(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
):
    guess_until_locked(app, monkeypatch)
    guess_until_locked(app, monkeypatch, "nadie")
    tries = {"nurse.hga": PASSWORD, "nadie": PASSWORD, "pharmacist.hga": "no es esta", "nadie.mas": "no es esta"}
    answers = {name: enter(visitor(app), name, password) for name, password in tries.items()}
    pages = {without_tokens(answer.text.replace(name, "")) for name, answer in answers.items()}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert len(pages) == 1
    page = pages.pop()
    assert REFUSED in page
    assert "la desbloquea quien administra las cuentas" in page


@pytest.mark.both_databases
def test_a_restart_forgives_nothing(
    app: Flask, world: World, fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    guess_until_locked(app, monkeypatch)
    other = create_app(Settings(tmp_path, fresh_url, "memory:", MASTER_KEY, "a secret of the tests", "a salt"))
    other.testing = True
    assert not gets_in(other)
    other.extensions["compassionate"].engine.dispose()


@pytest.mark.both_databases
def test_of_many_guesses_at_once_none_slips_through(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch):
    looked_at: list[str] = []
    monkeypatch.setattr(
        "compassionate.services.throttle.failed", lambda session, door, now: looked_at.append(door.purpose)
    )
    browsers = [visitor(app) for _ in range(12)]
    threads = [
        threading.Thread(target=enter, args=(browser, "nurse.hga", f"no es la {n}"))
        for n, browser in enumerate(browsers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == throttle.FREE_FAILURES
    assert len([row for row in deeds(world.session) if row["action"] == "log_in_refused"]) == 12


def test_a_source_that_tries_many_names_is_slowed_down_and_others_are_not(app: Flask, world: World):
    with app.extensions["compassionate"].session(write=True) as session:
        door = throttle.Door("log_in", "somebody", "the source")
        for number in range(throttle.MOST_OF_A_SOURCE):
            assert throttle.enter(session, throttle.Door("log_in", f"name {number}", "the source"), clock.now())
        assert not throttle.enter(session, door, clock.now())
        assert throttle.enter(session, throttle.Door("log_in", "somebody", "another source"), clock.now())
        assert throttle.enter(session, door, clock.now() + 2 * throttle.ONE_FORGIVEN_EVERY)


@pytest.mark.both_databases
def test_names_that_nobody_has_leave_nothing_behind(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch):
    guess(app, 1, "nadie")
    guess(app, 1, "otro")
    later(monkeypatch, days=2)
    guess(app, 1, "nurse.hga")
    world.session.rollback()
    assert {row.account_id for row in world.session.scalars(select(Attempts)) if "source" not in row.bucket} == {
        world.accounts["nurse"].id
    }


def test_what_is_typed_and_where_from_is_kept_as_keyed_hashes(app: Flask, world: World):
    guess(app, 1, "mi-clave-en-la-casilla-de-usuario")
    world.session.rollback()
    kept = json.dumps([row.bucket for row in world.session.scalars(select(Attempts))])
    assert "mi-clave" not in kept
    assert "127.0.0.1" not in kept


def test_nobody_unlocks_their_own_account_and_only_administrators_unlock(app: Flask, world: World, log_in: LogIn):
    admin = log_in("admin")
    own = "/administracion/cuentas/admin.hga/bloqueo"
    admin.get(own)
    refused = admin.post(own)
    assert refused.status_code == 422
    assert "la desbloquea otra persona" in refused.text
    pharmacist = log_in("pharmacist")
    assert pharmacist.post(f"{NURSE}/bloqueo").status_code == 403


def test_the_page_that_changes_a_password_does_not_let_one_guess_it(
    world: World, log_in: LogIn, app: Flask, monkeypatch: pytest.MonkeyPatch
):
    browser = log_in("nurse")
    wrong = {"present_password": "no es esta", "password": "tres gatos miran la luna"}
    for _ in range(throttle.FREE_FAILURES):
        assert "La contraseña actual no es correcta." in browser.post("/cuenta/contrasena", wrong).text
    right = wrong | {"present_password": PASSWORD}
    waiting = browser.post("/cuenta/contrasena", right)
    assert waiting.status_code == 422
    assert "Demasiados intentos seguidos" in waiting.text
    assert gets_in(app)  # a door of its own: guessing outside keeps nobody from signing, nor the other way round
    later(monkeypatch, seconds=61)
    assert browser.post("/cuenta/contrasena", right).status_code == 303


def test_signing_does_not_let_one_guess_the_password_nor_forgets_failures_with_the_step(world: World, log_in: LogIn):
    case = world.case_in("awaiting_endorsement")
    code = case.code
    world.session.commit()
    director = log_in("director")
    path = f"/expedientes/{code}/pasos/endorse"
    for _ in range(throttle.FREE_FAILURES):
        director.get(path)
        assert director.post(path, {"password": "no es esta"}).status_code == 422
    director.get(path)
    waiting = director.post(path, {"password": PASSWORD})
    assert waiting.status_code == 422
    assert "Demasiados intentos seguidos" in waiting.text
    refused = [row for row in deeds(world.session) if row["action"] == "password_refused"]
    assert {row["actor"] for row in refused} == {world.accounts["director"].id}
    assert len(refused) == throttle.FREE_FAILURES + 1


def test_whoever_tries_links_is_slowed_down(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throttle, "MOST_OF_A_SOURCE", 3)
    address = links.password_link(app.config["SECRET_KEY"], world.accounts["nurse"], clock.now())
    person = visitor(app)
    for number in range(3):
        assert person.post(f"/cuenta/clave/x{number}", {"password": "lo que sea, da igual"}).status_code == 404
    assert person.post(address, {"password": "tres gatos miran la luna"}).status_code == 404
    later(monkeypatch, minutes=5)
    assert person.post(address, {"password": "tres gatos miran la luna"}).status_code == 303


def test_whoever_gets_in_learns_of_the_last_time_and_of_the_last_failure(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
):
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start.replace(year=2026, month=3, day=4, hour=8, minute=15))
    first = visitor(app)
    enter(first, "nurse.hga")
    assert "último acceso" not in first.get("/cuenta").text
    later(monkeypatch, hours=2)
    guess(app, 1)
    later(monkeypatch, hours=1)
    again = visitor(app)
    enter(again, "nurse.hga")
    page = again.get("/").text
    assert "Su último acceso: 04/03/2026 09:15" in page
    assert "Último intento fallido con su usuario: 04/03/2026 11:15" in page
    mine = again.get("/cuenta").text
    assert "04/03/2026 12:15" in mine  # this session
    assert "04/03/2026 09:15" in mine  # the one before
    assert "04/03/2026 11:15" in mine  # the failure
    later(monkeypatch, hours=1)
    enter(third := visitor(app), "nurse.hga")
    assert "Último intento fallido con su usuario" not in third.get("/").text


def test_a_link_that_an_administrator_makes_is_good_for_an_hour_and_opens_no_locked_account(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
):
    guess_until_locked(app, monkeypatch)
    address = links.password_link(app.config["SECRET_KEY"], stored(world), clock.now())
    person = visitor(app)
    assert person.post(address, {"password": "tres gatos miran la luna"}).status_code == 303
    assert enter(visitor(app), "nurse.hga", "tres gatos miran la luna").status_code == 200
    assert stored(world).locked_at is not None
    assert links.lifetime(stored(world)) == timedelta(minutes=60)


def test_an_attempt_that_waits_is_not_counted_so_waiting_ends(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
):
    guess(app, throttle.FREE_FAILURES + 6)
    later(monkeypatch, seconds=61)
    assert gets_in(app)


def test_a_person_who_is_in_stays_in_while_others_guess(
    app: Flask, world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    browser = log_in("nurse")
    guess(app, throttle.MOST_FAILURES)
    assert is_in(browser)
