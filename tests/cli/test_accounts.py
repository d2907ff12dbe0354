"""`flask centres` and `flask users`."""

from __future__ import annotations

import json

import pytest
from flask_security import verify_password
from sqlalchemy import select

from compassionate import clock
from compassionate.models import Account, AuditEntry, Centre, Membership
from compassionate.services import links

PASSWORD = "doce trenes azules pasan\n"


def test_a_centre_is_added_with_its_zone(flask, world):
    command = ["centres", "add", "HTF", "--name", "Hospital T", "--territory", "ES-CN", "--municipality", "Arona"]
    answer = flask(*command, "--json")
    assert answer.json == {"code": "HTF", "name": "Hospital T", "territory": "ES-CN", "municipality": "Arona"}
    assert world.session.scalar(select(Centre.zone).where(Centre.code == "HTF")) == "Atlantic/Canary"
    assert flask(*command).reasons == ["centre.code_taken"]


def test_a_person_gets_a_one_time_link_and_no_password(flask, world, app):
    answer = flask("users", "add", "ana.ruiz", "--role", "pharmacist", "--role", "nurse", "--centre", "HGA", "--json")
    assert answer.json.keys() == {"username", "roles", "centres", "link"}
    account = world.session.scalars(select(Account).where(Account.username == "ana.ruiz")).one()
    assert account.password is None
    assert {row.role for row in account.memberships} == {"pharmacist", "nurse"}
    token = answer.json["link"].rsplit("/", 1)[-1]
    assert links.account_of(world.session, app.config["SECRET_KEY"], token, clock.now()).id == account.id


def test_a_password_may_come_from_standard_input(flask, world, app):
    command = ["users", "add", "ana.ruiz", "--role", "administrator", "--centre", "HGA", "--password-stdin", "--json"]
    assert flask(*command, stdin="corta\n").reasons == ["password.too_short"]
    assert flask(*command, stdin=PASSWORD).json["link"] == ""
    held = world.session.scalar(select(Account.password).where(Account.username == "ana.ruiz"))
    with app.app_context():
        assert verify_password(PASSWORD.strip(), held)
    assert flask(*command, stdin=PASSWORD).reasons == ["account.username_taken"]


def test_who_typed_it_stands_in_the_audit_row(flask, world, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "operadora")
    flask("users", "add", "ana.ruiz", "--role", "nurse", "--centre", "HGA")
    rows = [json.loads(row) for row in world.session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq))]
    assert [row["operator"] for row in rows if row["action"] in ("create_account", "grant_role")][-2:] == [
        "operadora"
    ] * 2


def test_an_account_is_disabled(flask, world):
    assert flask("users", "disable", "nurse.hga", "--json").json == {"username": "nurse.hga", "active": False}
    assert world.session.scalar(select(Account.active).where(Account.username == "nurse.hga")) is False
    assert flask("users", "disable", "nobody").code == 2


@pytest.mark.one_database
def test_an_account_is_unlocked_and_rid_of_a_lost_second_factor(flask, world):
    assert flask("users", "unlock", "nurse.hga", "--json").json == {"username": "nurse.hga", "locked": False}
    answer = flask("users", "remove-second-factor", "nurse.hga", "--json")
    assert answer.json == {"username": "nurse.hga", "second_factor": False}
    assert flask("users", "unlock", "nurse.hga").out == "Cuenta nurse.hga desbloqueada.\n"
    assert flask("users", "unlock", "nobody").code == 2


@pytest.mark.one_database
def test_with_one_centre_nobody_has_to_name_it(flask, world):
    assert flask("users", "add", "ana.ruiz", "--role", "nurse", "--json").json["centres"] == ["HGA"]
    flask("centres", "add", "HGB", "--name", "Otro", "--territory", "ES-CT")
    assert flask("users", "add", "eva.gil", "--role", "nurse").code == 2


@pytest.mark.one_database
def test_the_first_administrator_needs_a_centre(flask, app):
    answer = flask("users", "add", "ana.ruiz", "--role", "administrator")
    assert answer.code == 2
    assert "centres add" in answer.err


@pytest.mark.one_database
def test_at_a_terminal_the_first_administrator_is_asked_for_the_centre(flask, app, monkeypatch):
    monkeypatch.setattr("compassionate.cli.users.is_asked", lambda: True)
    answer = flask("users", "add", "ana.ruiz", "--role", "administrator", stdin="HGA\nHospital A\nES-MD\n")
    assert answer.code == 0, answer.err
    with app.app_context(), app.extensions["compassionate"].session() as session:
        assert session.scalars(select(Membership.role)).all() == ["administrator"]


@pytest.mark.one_database
def test_a_wrong_role_or_centre_is_a_mistake(flask, world):
    assert flask("users", "add", "ana.ruiz", "--role", "wizard", "--centre", "HGA").code == 2
    assert flask("users", "add", "ana.ruiz", "--role", "nurse", "--centre", "XYZ").code == 2
    assert flask("users", "add", "Ana Ruiz", "--role", "nurse", "--centre", "HGA").reasons == ["account.username_wrong"]
