"""My calendar at a secret address: no log-in, no patient, no other hospital, dead when I say so, on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from compassionate import clock
from compassionate.models import CalendarFeed, Case, Clock, ClockMove
from compassionate.services.reads import ReadLog, Unrecorded
from compassionate.web.calendar_feed import A_MINUTE
from tests.exports.test_calendar_files import lines
from tests.web.census import picture, proof
from tests.web.conftest import Browser
from tests.world import START, World

pytestmark = pytest.mark.one_database
LogIn = Callable[[str], Browser]
ADDRESS = re.compile(r"http://localhost(/calendario/([\w-]{43})\.ics)")


@pytest.fixture(autouse=True)
def at_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(days=5))


@pytest.fixture
def code(world: World) -> str:
    """A case with a correction to answer and a patient whose name is known."""
    case = world.case_in("submitted")
    world.act(
        case, "pharmacist", "record_correction_request", notified_on=str(world.today), text="Falta", channel="mse"
    )
    world.session.commit()
    return str(case.code)


def make(browser: Browser) -> str:
    browser.page = None
    page = browser.post("/cuenta/calendario").text
    found = ADDRESS.search(page)
    assert found is not None
    return found[1]


def read(app: Flask, address: str) -> Any:
    return app.test_client().get(address)  # a calendar program: nobody is logged in


def test_it_tells_code_and_kind_and_no_patient(app: Flask, world: World, log_in: LogIn, code: str):
    answer = read(app, make(log_in("physician")))
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    said = lines(answer.data)
    assert f"SUMMARY:{code} · Vence: Subsanación de la solicitud" in said
    due = world.session.scalars(select(Clock.due_on).where(Clock.clock == "K-SUB")).one()
    assert f"DTSTART;VALUE=DATE:{due:%Y%m%d}" in said
    for secret in ("Persona", "Inventada", "100001", "Células", "lumbar", "1980"):
        assert secret not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_end_that_moves_keeps_its_name_and_raises_its_number(app: Flask, world: World, log_in: LogIn, code: str):
    address = make(log_in("pharmacist"))
    before = lines(read(app, address).data)
    world.session.rollback()
    asked = world.session.scalars(select(Clock).where(Clock.clock == "K-SUB")).one()
    world.session.add(
        ClockMove(clock_id=asked.id, at=world.now, before_on=asked.due_on, after_on=asked.due_on, why="stop")
    )
    asked.due_on += timedelta(days=1)
    world.session.commit()
    after = lines(read(app, address).data)
    uid = f"UID:clock-{asked.id}@compassionate.invalid"
    assert uid in before
    assert uid in after
    at = [each.index(uid) for each in (before, after)]
    assert [said[place + 3] for said, place in zip((before, after), at, strict=True)] == ["SEQUENCE:0", "SEQUENCE:1"]


def test_visits_and_the_next_dispensing_are_in_it(app: Flask, world: World, log_in: LogIn):
    case = world.case_in("in_treatment")
    world.dose(case, "record_dose", next_on=str(world.today + timedelta(days=28)))
    code = case.code
    world.session.commit()
    said = lines(read(app, make(log_in("nurse"))).data)
    assert any(line.startswith(f"SUMMARY:{code} · Visita de seguimiento (mes ") for line in said)
    assert said.count(f"SUMMARY:{code} · Próxima dispensación o dosis") == 1


def test_unknown_renewed_revoked_and_disabled_answer_alike_and_change_nothing(
    app: Flask, world: World, log_in: LogIn, code: str
):
    browser = log_in("physician")
    first = make(browser)
    second = make(browser)
    assert read(app, second).status_code == 200
    dead = [read(app, path) for path in (first, f"/calendario/{'A' * 43}.ics", f"/calendario/{'x' * 900}.ics")]
    assert browser.post("/cuenta/calendario/quitar").status_code == 303
    before = picture(app)
    dead.append(read(app, second))
    third = make(browser)
    world.session.rollback()
    world.accounts["physician"].active = False
    world.session.commit()
    dead.append(read(app, third))
    told = {
        (each.status_code, re.sub(r"<code>[0-9a-f]{16}</code>|name=.csrf_token. .*", "", each.text)) for each in dead
    }
    assert len(told) == 1
    assert dead[0].status_code == 404
    assert before.keys() == picture(app).keys()


def test_the_database_knows_no_token(app: Flask, world: World, log_in: LogIn, code: str):
    token = make(log_in("physician")).removeprefix("/calendario/").removesuffix(".ics")
    world.session.rollback()
    held = world.session.scalars(select(CalendarFeed)).one()
    assert token not in held.digest
    assert token not in str(proof(app))


def test_it_holds_no_case_of_a_role_that_is_over_none_blocked_and_none_of_another_hospital(
    app: Flask, world: World, log_in: LogIn, code: str
):
    other = World(world.session, code="HGB", password_hash=world.password_hash)
    foreign = other.case_in("submitted")
    foreign.pharmacist_id = world.accounts["pharmacist"].id  # even where a row says that the case is theirs
    world.session.commit()
    address = make(log_in("pharmacist"))
    assert code in read(app, address).text
    assert "HGB" not in read(app, address).text
    world.session.rollback()
    world.session.execute(update(Case).values(blocked_at=world.now))
    world.session.commit()
    assert "BEGIN:VEVENT" not in read(app, address).text
    world.session.rollback()
    world.session.execute(update(Case).values(blocked_at=None))
    world.accounts["pharmacist"].memberships[0].until_on = START.date()
    world.session.commit()
    assert "BEGIN:VEVENT" not in read(app, address).text


def test_each_read_is_on_record_and_what_cannot_be_is_not_handed_out(
    app: Flask, world: World, log_in: LogIn, code: str, monkeypatch: pytest.MonkeyPatch
):
    address = make(log_in("physician"))
    read(app, address)
    rows = [row for row in proof(app) if row["detail"].get("export") == "calendar"]
    assert [(row["actor"], row["action"], row["detail"]["cases"]) for row in rows] == [
        (world.accounts["physician"].id, "export", [code])
    ]

    def unrecorded(*given: Any, **more: Any) -> None:
        raise Unrecorded

    monkeypatch.setattr(ReadLog, "record", unrecorded)
    answer = read(app, address)
    assert (answer.status_code, code in answer.text) == (503, False)


def test_it_is_read_so_often_a_minute(app: Flask, world: World, log_in: LogIn, code: str):
    address = make(log_in("physician"))
    answers = [read(app, address) for _ in range(A_MINUTE + 1)]
    assert [each.status_code for each in answers] == [200] * A_MINUTE + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
