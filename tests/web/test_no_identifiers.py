"""No identifier of a patient where addresses, titles, file names, headers, logs, mails or browsers keep it (RET-03)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from compassionate.models import Case, OutboxMessage
from compassionate.services.patients import read_identity, write_identity
from tests.web.census import address, rules, values
from tests.web.conftest import Browser, logged_in
from tests.world import World

pytestmark = pytest.mark.one_database  # pages do not depend on the database

GIVEN, SURNAMES, NHC, CIP, DNI = "Eufrasia", "Zarzaparrilla Quiñónez", "99887766", "ZAQU800203912345", "00000000T"
TOLD = re.compile(
    "eufrasia|zarzaparrilla|quiñónez|qui%C3%B1|99887766|ZAQU8002|00000000T|03/02/1980|1980-02-03", re.IGNORECASE
)
LINKS = re.compile(r'(?:href|action|formaction|src|content|data-[\w-]+)="([^"]*)"')
TITLES = re.compile(r"<title>(.*?)</title>", re.DOTALL)
STATIC = Path(__file__).parents[2] / "compassionate" / "static" / "js"
long = pytest.mark.long
ROLES = ["physician", "auditor", "admin"] + [
    pytest.param(name, marks=long)
    for name in ("pharmacist", "director", "regulatory", "nurse", "resident", "technician")
]


@pytest.fixture
def hospital(world: World) -> World:
    """A hospital with one case under treatment, of somebody whose name is seen at once wherever it appears."""
    case = world.case_in("in_treatment")
    given = {"given_name": GIVEN, "surnames": SURNAMES, "birth_on": "1980-02-03", "nhc": NHC, "cip": CIP}
    write_identity(world.session, world.centre, case.patient, read_identity(given | {"national_id": DNI}, world.today))
    world.add_paper(case)
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    world.session.commit()
    return world


def outside(answer: Any) -> Iterator[str]:
    """What of an answer is kept outside of its page: its headers and, of a page, its title and every address in it."""
    yield from (f"{name}: {value}" for name, value in answer.headers)
    if answer.mimetype == "text/html":
        yield from LINKS.findall(answer.text)
        yield from TITLES.findall(answer.text)


def told(answer: Any) -> list[str]:
    return [each for each in outside(answer) if TOLD.search(each)]


@pytest.mark.parametrize("who", ROLES)
def test_no_page_puts_an_identifier_where_it_stays(
    app: Flask, hospital: World, who: str, caplog: pytest.LogCaptureFixture
):
    known = values(hospital.session, hospital)
    browser, found = logged_in(app, hospital, who), {}
    with caplog.at_level(logging.DEBUG):
        for rule in rules(app):
            if "GET" in (rule.methods or ()) and rule.endpoint != "security.logout":
                path = address(rule, known)
                answer = browser.get(path)
                found[path] = told(answer)
                answer.close()  # of a file that is being sent
    assert {path: each for path, each in found.items() if each} == {}
    assert not TOLD.search(caplog.text)


def test_a_search_leads_to_the_case_without_saying_what_was_typed(app: Flask, hospital: World):
    browser = logged_in(app, hospital, "pharmacist")
    for asked in (NHC, CIP, DNI):
        answer = browser.post("/expedientes/buscar", {"q": asked})
        assert (answer.status_code, told(answer)) == (303, [])


def test_an_opening_leads_on_without_saying_who_was_typed(
    app: Flask, hospital: World, caplog: pytest.LogCaptureFixture
):
    browser = logged_in(app, hospital, "pharmacist")
    given = {"given_name": GIVEN, "surnames": SURNAMES, "birth_on": "03/02/1980", "nhc": NHC, "national_id": DNI}
    with caplog.at_level(logging.DEBUG):
        begun = browser.get("/expedientes/nuevo")
        started = browser.post("/expedientes/nuevo", {"centre": "HGA"})
        page = started.location or "/expedientes/nuevo"
        answers = [begun, started, browser.get(page), browser.post(page, given)]
        answers += [browser.get(answers[-1].location)] if answers[-1].location else []
    assert [each for answer in answers for each in told(answer)] == []
    assert not TOLD.search(caplog.text)


def test_an_error_page_does_not_repeat_what_was_asked_for(
    app: Flask, hospital: World, caplog: pytest.LogCaptureFixture
):
    browser = logged_in(app, hospital, "physician")
    with caplog.at_level(logging.DEBUG):
        for path in (f"/expedientes/{NHC}", f"/expedientes/{NHC}/paciente", f"/verificar/{DNI}", f"/{SURNAMES}"):
            answer = browser.get(path)
            assert answer.status_code in (200, 404)
            assert not TOLD.search(answer.text)
    assert not TOLD.search(caplog.text)


def test_neither_a_cookie_nor_a_message_that_leaves_says_what_the_page_does(app: Flask, hospital: World):
    code = hospital.session.scalars(select(Case.code)).one()
    messages = hospital.session.scalars(select(OutboxMessage)).all()
    assert messages
    assert [row.kind for row in messages if TOLD.search(json.dumps(row.payload, ensure_ascii=False) + row.key)] == []
    hospital.session.rollback()
    browser: Browser = logged_in(app, hospital, "physician")
    assert TOLD.search(browser.get(f"/expedientes/{code}/paciente").text), "else no test here would prove anything"
    cookie = browser.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert cookie is not None
    assert serializer is not None
    assert not TOLD.search(json.dumps(serializer.loads(cookie.value), default=str, ensure_ascii=False))


def test_our_scripts_keep_ticks_in_the_browser_and_nothing_typed():
    texts = [path.read_text("utf-8") for path in STATIC.glob("*.js") if not path.name.endswith(".min.js")]
    kept = [call for text in texts for call in re.findall(r"Storage\.setItem\((.*)\)", text)]
    assert kept
    assert [call for call in kept if not re.search(r'\.checked \? "\w*" : "\w*"\)?$', call)] == []
    others = re.compile(r"indexedDB|document\.cookie|caches\.open|pushState|replaceState")
    assert [text for text in texts if others.search(text)] == []
