"""A case of another centre, read in an emergency: with a reason, for a time, seen by its centre, no more (ACL-06)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock
from compassionate.extensions import WRITING
from compassionate.models import AuditEntry, EmergencyAccess, OutboxMessage
from tests.web.census import address, picture, rules
from tests.web.conftest import Browser
from tests.world import PASSWORD, World

LogIn = Callable[[str], Browser]
PAGE, REVIEW = "/acceso-urgente", "/administracion/accesos-urgentes"
WHY = "Parada en urgencias: hace falta saber qué células recibió y cuándo."


class Elsewhere:
    """A hospital of which nobody of the first one knows, with a case, its administrator and its auditor."""

    def __init__(self, world: World) -> None:
        self.world = World(world.session, code="HGB", password_hash=world.password_hash)
        self.world.accounts["admin"].email = "administracion@hgb.example"
        self.case = self.world.case_in("in_treatment", nhc="100001")
        self.world.add_paper(self.case)
        self.code = self.case.code
        world.session.commit()


@pytest.fixture
def elsewhere(world: World) -> Elsewhere:
    return Elsewhere(world)


def ask(browser: Browser, code: str, reason: str = WHY) -> tuple[int, str]:
    browser.get(PAGE)
    answer = browser.post(PAGE, {"case_code": code, "reason": reason})
    return answer.status_code, answer.location or answer.text


def of_elsewhere(app: Flask, elsewhere: Elsewhere, name: str) -> Browser:
    """One of the other hospital's people, logged in."""
    browser = Browser(app.test_client())
    browser.get("/login")
    given = {"username": elsewhere.world.accounts[name].username, "password": PASSWORD}
    assert browser.post("/login", given).status_code == 302
    browser.page = None
    return browser


def later(monkeypatch: pytest.MonkeyPatch, **time: int) -> None:
    then = clock.now() + timedelta(**time)
    monkeypatch.setattr(clock, "now", lambda: then)


@pytest.mark.parametrize("who", ["physician", "pharmacist"])
def test_a_case_is_read_with_its_reason_under_a_mark_and_as_long_as_it_lasts(
    log_in: LogIn, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, who: str
):
    browser, case = log_in(who), f"/expedientes/{elsewhere.code}"
    assert browser.get(case).status_code == 404
    assert ask(browser, elsewhere.code.lower()) == (303, case)
    for page in ("", "/tratamiento", "/papeles", "/consentimientos", "/historial"):
        answer = browser.get(case + page)
        assert (answer.status_code, "Acceso urgente</p>" in answer.text) == (200, True), page
    later(monkeypatch, minutes=61)
    assert browser.get("/login").status_code in (200, 302)
    fresh = log_in(who)
    assert fresh.get(case).status_code == 404
    assert elsewhere.code not in fresh.get(PAGE).text


def test_it_ends_by_hand_and_only_by_the_hand_that_opened_it(log_in: LogIn, elsewhere: Elsewhere):
    browser, other = log_in("physician"), log_in("pharmacist")
    ask(browser, elsewhere.code)
    found = re.search(rf"{PAGE}/[0-9a-f-]+/terminar", browser.get(f"/expedientes/{elsewhere.code}").text)
    assert found
    assert other.post(found[0], {}).status_code == 404
    assert browser.get(f"/expedientes/{elsewhere.code}").status_code == 200
    assert browser.post(found[0], {}).status_code == 303
    assert browser.get(f"/expedientes/{elsewhere.code}").status_code == 404
    assert browser.post(found[0], {}).status_code == 404


@pytest.mark.parametrize(
    ("code", "reason"),
    [("right", ""), ("right", "urgente"), ("HGB-2026-99999X", WHY), ("", WHY), ("HGB%", WHY)],
    ids=["no reason", "a word", "no such case", "no code", "a pattern"],
)
def test_without_a_reason_or_the_exact_code_nothing_opens(log_in: LogIn, elsewhere: Elsewhere, code: str, reason: str):
    status, text = ask(log_in("physician"), elsewhere.code if code == "right" else code, reason)
    assert status == 422
    assert code == "right" or elsewhere.code not in text
    assert f'value="{code}"' in text or code in ("right", "")
    elsewhere.world.session.rollback()
    assert elsewhere.world.session.scalars(select(EmergencyAccess)).all() == []


@pytest.mark.parametrize("who", ["nurse", "director", "regulatory", "auditor", "admin", "resident"])
def test_no_other_role_may_ask(log_in: LogIn, elsewhere: Elsewhere, who: str):
    browser = log_in(who)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, {"case_code": elsewhere.code, "reason": WHY}).status_code == 403


def test_nobody_else_reads_by_it_and_no_list_shows_it(log_in: LogIn, elsewhere: Elsewhere):
    browser, other = log_in("physician"), log_in("pharmacist")
    ask(browser, elsewhere.code)
    assert other.get(f"/expedientes/{elsewhere.code}").status_code == 404
    for page in ("/", "/expedientes?who=all", "/expedientes?q=HGB", "/continuaciones"):
        assert elsewhere.code not in browser.get(page).text


def test_not_one_route_writes_by_it(app: Flask, log_in: LogIn, elsewhere: Elsewhere):
    browser = log_in("physician")
    ask(browser, elsewhere.code)
    known = {"code": elsewhere.code, "number": "0", "name": "baseline", "kind": "use", "action": "record_dose"}
    writing = [
        rule for rule in rules(app) if rule.rule.startswith("/expedientes/<code>") and WRITING & set(rule.methods or ())
    ]
    assert len(writing) > 15
    before = picture(app)
    answers = {rule.rule: browser.post(address(rule, known), {"version": ""}).status_code for rule in writing}
    assert {path: status for path, status in answers.items() if status not in (403, 404)} == {}
    after = picture(app)
    assert [name for name in before if before[name] != after[name] and not name.startswith("audit")] == []


def test_its_centre_is_told_looks_at_it_and_everything_is_on_record(app: Flask, log_in: LogIn, elsewhere: Elsewhere):
    session, keeper = elsewhere.world.session, elsewhere.world.accounts["admin"]
    keeper.language = "en"
    session.commit()
    browser = log_in("physician")
    ask(browser, elsewhere.code)
    session.rollback()
    mails = [row.payload for row in session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "mail"))]
    assert [mail["to"] for mail in mails] == ["administracion@hgb.example"]
    assert mails[0]["subject"] == "Emergency access to a case of HGB"  # in the administrator's language
    assert elsewhere.code not in str(mails)
    assert WHY not in str(mails)
    session.rollback()
    keeper.language = "es"
    session.commit()
    admin, auditor = (of_elsewhere(app, elsewhere, name) for name in ("admin", "auditor"))
    assert "1 sin ver" in admin.get("/administracion").text
    assert WHY in auditor.get(REVIEW).text
    assert "/visto" not in auditor.get(REVIEW).text
    assert log_in("admin").get(REVIEW).text.count(elsewhere.code) == 0
    found = re.search(rf"{REVIEW}/[0-9a-f-]+/visto", admin.get(REVIEW).text)
    assert found
    assert log_in("admin").post(found[0], {}).status_code == 404
    assert auditor.post(found[0], {}).status_code == 403
    assert admin.post(found[0], {}).status_code == 303
    assert "sin ver" not in admin.get("/administracion").text
    session.rollback()
    rows = [json.loads(row) for row in session.scalars(select(AuditEntry.row).order_by(AuditEntry.seq))]
    deeds = [(row["action"], row["case"]) for row in rows if "emergency" in row["action"]]
    assert deeds == [("open_emergency_access", elsewhere.code), ("review_emergency_access", elsewhere.code)]
    assert WHY not in str(rows)


def test_asked_for_twice_it_is_one(log_in: LogIn, elsewhere: Elsewhere):
    browser = log_in("physician")
    assert ask(browser, elsewhere.code) == ask(browser, elsewhere.code)
    elsewhere.world.session.rollback()
    assert len(elsewhere.world.session.scalars(select(EmergencyAccess)).all()) == 1


def test_a_blocked_case_is_not_there_in_an_emergency_either(log_in: LogIn, elsewhere: Elsewhere):
    browser, code = log_in("physician"), elsewhere.code
    ask(browser, code)
    elsewhere.world.session.rollback()
    elsewhere.case.blocked_at = elsewhere.world.now
    elsewhere.world.session.commit()
    assert browser.get(f"/expedientes/{code}").status_code == 404
    assert ask(log_in("pharmacist"), code)[0] == 422


def test_a_case_of_ones_own_centre_needs_none(log_in: LogIn, world: World):
    code = world.open_case().code
    world.session.commit()
    assert ask(log_in("physician"), code) == (303, f"/expedientes/{code}")
    world.session.rollback()
    assert world.session.scalars(select(EmergencyAccess)).all() == []
