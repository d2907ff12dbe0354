"""Whoever owns an account is told by mail what happened to it, in their language (AUT-05; ASVS 6.3.5, 6.3.7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate.models import OutboxMessage
from compassionate.services import throttle
from tests.web.conftest import Browser
from tests.web.test_second_factor import HERE, half_in, set_up, show, still  # noqa: F401
from tests.web.test_throttle import guess_until_locked, later
from tests.world import PASSWORD, World

LogIn = Callable[[str], Browser]
THEIRS = "nurse@hga.example"
DATA = "/administracion/cuentas/nurse.hga/datos"


@pytest.fixture
def dialect() -> str:
    """One database is enough: a mail is a row like any other."""
    return "sqlite"


@pytest.fixture(autouse=True)
def addressed(world: World) -> None:
    world.accounts["nurse"].email = THEIRS
    world.session.commit()


def mails(world: World) -> list[tuple[str, str]]:
    world.session.rollback()
    wanted = select(OutboxMessage).where(OutboxMessage.kind == "mail").order_by(OutboxMessage.id)
    return [(row.payload["to"], row.payload["subject"]) for row in world.session.scalars(wanted)]


def test_of_a_lock_one_is_told_once(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch):
    guess_until_locked(app, monkeypatch)
    guess_until_locked(app, monkeypatch)
    assert mails(world) == [(THEIRS, "Su cuenta de Compassionate está bloqueada")]


def test_somebody_who_knows_the_password_and_fails_the_code_is_told_to_its_owner(
    app: Flask, world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    set_up(log_in("nurse"))
    later(monkeypatch, minutes=5)
    browser = half_in(app)
    for number in range(throttle.FREE_FAILURES + 2):
        show(browser, f"{number:06}")
    assert [subject for _, subject in mails(world)] == [
        "Nuevo segundo factor en su cuenta de Compassionate",
        "Alguien conoce su contraseña de Compassionate",
    ]


def test_a_factor_that_goes_is_told_whoever_took_it(app: Flask, world: World, log_in: LogIn):
    gone = "Se ha quitado un segundo factor de su cuenta de Compassionate"
    browser = log_in("nurse")
    set_up(browser)
    browser.get(f"{HERE}/quitar")
    assert browser.post(f"{HERE}/quitar", {"password": PASSWORD}).status_code == 303
    assert mails(world)[-1] == (THEIRS, gone)
    set_up(log_in("nurse"))
    admin = log_in("admin")
    admin.get("/administracion/cuentas/nurse.hga/segundo-factor")
    assert admin.post("/administracion/cuentas/nurse.hga/segundo-factor").status_code == 303
    assert [subject for _, subject in mails(world)].count(gone) == 2


def test_a_new_password_is_told_in_the_language_of_the_account_and_without_it(world: World, log_in: LogIn):
    world.accounts["nurse"].language = "en"
    world.session.commit()
    browser, new = log_in("nurse"), "tres gatos miran la luna"
    browser.get("/cuenta/contrasena")
    assert browser.post("/cuenta/contrasena", {"present_password": PASSWORD, "password": new}).status_code == 303
    assert mails(world) == [(THEIRS, "New password on your Compassionate account")]
    [message] = world.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "mail"))
    assert re.match(r"On \d\d/\d\d/\d{4} \d\d:\d\d a new password", message.payload["text"])
    assert new not in str(message.payload)
    assert "http" not in str(message.payload)


def test_a_new_address_is_told_to_the_old_one_too(world: World, log_in: LogIn):
    admin = log_in("admin")
    typed: dict[str, Any] = {"name": world.accounts["nurse"].name, "email": "other@hga.example"}
    admin.get(DATA)
    assert admin.post(DATA, typed).status_code == 303
    assert sorted(to for to, _ in mails(world)) == [THEIRS, "other@hga.example"]


def test_who_has_no_address_is_told_nothing_and_everything_else_happens(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
):
    world.accounts["nurse"].email = None
    world.session.commit()
    guess_until_locked(app, monkeypatch)
    assert mails(world) == []
    world.session.refresh(world.accounts["nurse"])
    assert world.accounts["nurse"].locked_at is not None
