"""Whatever goes wrong is said in words, with the exit code that scripts rely on; a traceback never is."""

from __future__ import annotations

import smtplib

import pytest
from sqlalchemy import text

from compassionate.cli import NOUNS
from compassionate.config import Settings
from compassionate.models import Vault

pytestmark = pytest.mark.one_database


def test_every_noun_is_there_and_says_what_it_does(flask, app):
    assert set(NOUNS) <= set(app.cli.commands)
    for noun in NOUNS:
        assert "--help" in flask(noun, "--help").out


def test_a_database_without_tables_is_said_in_words(flask, app):
    with app.extensions["compassionate"].engine.begin() as connection:
        connection.execute(text("DROP TABLE cases"))
    answer = flask("cases", "show", "HGA-2026-000018")
    assert answer.code == 2
    assert "instance prepare" in answer.err


def test_another_master_key_is_said_in_words(flask, world, app, monkeypatch):
    case = world.open_case()
    world.session.commit()
    held = app.extensions["compassionate"]
    app.extensions["compassionate"] = type(held)(held.engine, Vault(bytes(32)), held.forms, held.store)
    answer = flask("cases", "show", case.code)
    assert answer.code == 2
    assert "COMPASSIONATE_MASTER_KEY" in answer.err


def test_a_place_that_cannot_be_written_is_said_in_words(flask, world, tmp_path):
    answer = flask("audit", "export", str(tmp_path / "nowhere" / "audit.jsonl"))
    assert answer.code == 2
    assert "nowhere" in answer.err


def test_a_mail_server_that_does_not_answer_is_said_in_words(flask, app, tmp_path, monkeypatch):
    def refuse(*given, **named):
        raise smtplib.SMTPConnectError(421, "busy")

    monkeypatch.setattr(smtplib, "SMTP", refuse)
    settings = Settings(tmp_path, "", "memory:", bytes(32), "secret", "salt", smtp_url="smtp://mail.example:25")
    monkeypatch.setitem(app.extensions, "compassionate.settings", settings)
    answer = flask("outbox", "send")
    assert answer.code == 2
    assert "421" in answer.err
