"""A demonstration talks to nobody: no connection leaves it, no mail is sent, each page says what it is (RET-06)."""

from __future__ import annotations

import smtplib
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import config
from compassionate.models import Case, OutboxMessage
from tests.web.census import address, rules, values
from tests.web.conftest import logged_in
from tests.world import World

pytestmark = pytest.mark.one_database  # SQLite: not even a database server is talked to

OUTWARD = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "smtplib.connect"}
watched: list[list[Any]] = []


class Outside(OSError):
    """Something wanted to leave the machine."""


def _refuse(event: str, given: tuple[Any, ...]) -> None:
    """An audit hook of the interpreter, below every library: it cannot be gone round in Python, nor be taken off."""
    if watched and event in OUTWARD:
        watched[-1].append((event, given))
        raise Outside(event)


sys.addaudithook(_refuse)


@pytest.fixture
def guard() -> Iterator[list[Any]]:
    """What was tried while the test ran; each try fails."""
    watched.append([])
    yield watched[-1]
    watched.pop()


@pytest.fixture
def demo(app: Flask, world: World) -> World:
    """A demonstration: a demo centre with a case under treatment."""
    world.centre.is_demo = True
    case = world.case_in("in_treatment")
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    world.session.commit()
    return world


def test_the_guard_holds(guard: list[Any]):
    with socket.socket() as one, pytest.raises(Outside):
        one.connect(("127.0.0.1", 9))
    with pytest.raises(Outside):
        smtplib.SMTP("mail.example", 25, timeout=1)
    assert len(guard) == 2


def test_no_page_of_a_demonstration_connects_to_anything_and_each_says_what_it_is(
    app: Flask, demo: World, guard: list[Any]
):
    known = values(demo.session, demo)
    browser, silent = logged_in(app, demo, "pharmacist"), []
    for rule in rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint == "security.logout":
            continue
        answer = browser.get(address(rule, known))
        if answer.status_code == 200 and answer.mimetype == "text/html" and "<main" in answer.text:
            silent += [] if 'class="c-demo"' in answer.text else [rule.rule]
    assert silent == []
    assert guard == []


def test_steps_documents_and_the_sending_of_what_waits_stay_inside(app: Flask, demo: World, guard: list[Any]):
    code = demo.session.scalars(select(Case.code)).one()
    demo.session.rollback()
    browser = logged_in(app, demo, "pharmacist")
    browser.get(f"/expedientes/{code}/documentos")
    issued = browser.post(
        f"/expedientes/{code}/documentos", {"kind": "treatment_record", "copy": "hospital", "number": "0"}
    )
    assert issued.status_code == 303
    sent = app.test_cli_runner().invoke(args=["outbox", "send", "--json"])
    assert sent.exit_code == 0, sent.output
    assert '"sent": 0' in sent.output
    demo.session.rollback()
    gone = select(OutboxMessage.kind).where(OutboxMessage.sent_at.is_not(None)).distinct()
    assert set(demo.session.scalars(gone)) <= {"case.event"}  # told within the application; no mail left it
    assert guard == []


def test_mail_stays_in_the_outbox_where_nobody_named_a_server(tmp_path: Any):
    config.make_secrets(tmp_path)
    assert config.load({"COMPASSIONATE_INSTANCE": str(tmp_path)}).smtp_url == ""
