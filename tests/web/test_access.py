"""Who sees what: another hospital's case answers like one that does not exist, and auditors only read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]
PAGES = ("", "/historial", "/equipo", "/plazos", "/decision", "/pasos/withdraw_request", "/papeles", "/documentos")
MISSING = "HGA-2026-99999X"


def without_chance(page: str, code: str) -> str:
    """A page without what differs by chance: the token, the number of the request, the code asked for."""
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", page)
    return re.sub(r"<code>[0-9a-f]{16}</code>", "", page).replace(code, "")


@pytest.fixture
def foreign(world: World) -> str:
    """The code of a case of another hospital."""
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    code = other.case_in("preparing").code
    world.session.commit()
    return code


@pytest.mark.parametrize("page", PAGES)
def test_a_case_of_another_hospital_answers_exactly_like_one_that_is_not_there(log_in: LogIn, foreign: str, page: str):
    browser = log_in("pharmacist")
    theirs, nobodys = (browser.get(f"/expedientes/{code}{page}") for code in (foreign, MISSING))
    assert theirs.status_code == nobodys.status_code == 404
    assert without_chance(theirs.text, foreign) == without_chance(nobodys.text, MISSING)


def test_a_step_of_another_hospitals_case_is_not_taken(log_in: LogIn, foreign: str):
    browser = log_in("pharmacist")
    answers = [
        browser.post(f"/expedientes/{code}/pasos/withdraw_request", {"reason": "x"}) for code in (foreign, MISSING)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert without_chance(answers[0].text, foreign) == without_chance(answers[1].text, MISSING)


def test_who_is_not_logged_in_is_asked_to(world: World, app: Any):
    case = world.open_case()
    world.session.commit()
    answer = app.test_client().get(f"/expedientes/{case.code}")
    assert answer.status_code == 302
    assert "/login" in answer.location


def test_an_administrator_who_reads_no_cases_sees_none(world: World, log_in: LogIn):
    case = world.open_case()
    world.session.commit()
    browser = log_in("admin")
    for path in ("/expedientes", f"/expedientes/{case.code}", f"/expedientes/{case.code}/pasos/start_screening"):
        assert browser.get(path).status_code == 403


def test_an_auditor_reads_everything_and_takes_no_step(world: World, log_in: LogIn):
    case = world.case_in("submitted")
    world.session.commit()
    browser = log_in("auditor")
    for page in PAGES:
        assert browser.get(f"/expedientes/{case.code}{page}").status_code == 200
    for action in ("record_authorisation", "withdraw_request", "record_death"):
        assert browser.post(f"/expedientes/{case.code}/pasos/{action}", {}).status_code == 403
    assert browser.post(f"/expedientes/{case.code}/equipo", {"version": ""}).status_code == 403


def test_a_form_without_its_token_is_not_taken_and_what_was_typed_is_kept(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.session.commit()
    browser, path = log_in("pharmacist"), f"/expedientes/{case.code}/pasos/withdraw_request"
    answer = browser.client.post(path, data={"reason": "Se traslada"})
    assert (answer.status_code, answer.location) == (303, path)
    assert "Se traslada" in browser.get(path).text
    world.session.rollback()
    assert case.state == "preparing"
