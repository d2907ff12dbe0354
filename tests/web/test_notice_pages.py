"""What I am told, on my page: mine alone, of hospitals where I have a role today; read one by one or together."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from compassionate import clock
from compassionate.models import Case, Notice, NoticeChoice
from compassionate.services import noticeboard, telling
from compassionate.workflow.notices import KINDS
from tests.web.census import proof
from tests.web.conftest import Browser
from tests.world import START, World

pytestmark = pytest.mark.one_database
LogIn = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def at_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(days=5))


def tell(app: Flask, world: World) -> None:
    world.session.commit()
    held = app.extensions["compassionate"]
    telling.tell(held.session, lambda: held.session(write=True), world.now)


def test_a_notice_names_case_and_what_happened_and_is_counted_in_the_header(app: Flask, world: World, log_in: LogIn):
    code = world.case_in("awaiting_endorsement").code
    tell(app, world)
    browser = log_in("director")
    page = browser.get("/avisos").text
    assert code in page
    assert "Le toca. Visto bueno de Dirección pedido" in page
    assert re.search(r'href="/avisos"[^>]*>Avisos<span class="c-nav__total">1</span>', browser.get("/").text)
    assert "c-nav__total" not in log_in("auditor").get("/").text


def test_reading_one_and_all(app: Flask, world: World, log_in: LogIn):
    world.case_in("awaiting_endorsement")
    world.case_in("awaiting_endorsement", nhc="100002")
    tell(app, world)
    browser = log_in("director")
    newest = world.session.scalars(
        select(Notice.id).where(Notice.account_id == world.accounts["director"].id).order_by(Notice.id)
    ).all()
    world.session.rollback()
    browser.get("/avisos")
    assert browser.post(f"/avisos/{newest[0]}/leido").location == "/avisos"
    assert browser.get("/avisos").text.count('/leido"') == 1
    world.session.rollback()
    world.case_in("awaiting_endorsement", nhc="100003")
    tell(app, world)  # meanwhile: not on the page that was drawn
    assert browser.post("/avisos/leidos", {"newest": newest[1]}).status_code == 303
    assert browser.get("/avisos").text.count('/leido"') == 1
    assert browser.get("/avisos?who=all").text.count("Le toca. ") == 3


def test_of_many_there_are_pages(app: Flask, world: World, log_in: LogIn):
    case, account = world.open_case(), world.accounts["director"]
    for number in range(noticeboard.PAGE + 3):
        world.session.add(
            Notice(
                account_id=account.id,
                case_id=case.id,
                kind="turn",
                key=str(number),
                params={"step": "endorse"},
                at=START,
            )
        )
    world.session.commit()
    browser = log_in("director")
    first = browser.get("/avisos").text
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after is not None
    second = browser.get(after[1]).text
    ids = [set(re.findall(r"/avisos/([^/]+)/leido", page)) for page in (first, second)]
    assert [len(each) for each in ids] == [noticeboard.PAGE, 3]
    assert not ids[0] & ids[1]


def test_of_another_person_of_a_lost_role_and_of_a_blocked_case_nothing_is_told(
    app: Flask, world: World, log_in: LogIn
):
    case = world.case_in("awaiting_endorsement")
    tell(app, world)
    notice = world.session.scalars(select(Notice).where(Notice.account_id == world.accounts["director"].id)).one()
    code, notice_id = case.code, notice.id
    other = log_in("pharmacist")
    assert other.post(f"/avisos/{notice_id}/leido").status_code == 404
    world.session.rollback()
    world.session.execute(update(Case).values(blocked_at=world.now))
    world.session.commit()
    browser = log_in("director")
    assert code not in browser.get("/avisos?who=all").text
    assert "c-nav__total" not in browser.page.text
    browser.page = None
    assert browser.post(f"/avisos/{notice_id}/leido").status_code == 404
    world.session.rollback()
    world.session.execute(update(Case).values(blocked_at=None))
    world.session.commit()
    assert code in browser.get("/avisos").text
    membership = world.accounts["director"].memberships[0]
    membership.until_on = START.date()
    world.session.commit()
    assert browser.get("/avisos").status_code == 403


def test_how_each_kind_comes_by_mail_is_chosen_and_on_record(app: Flask, world: World, log_in: LogIn):
    browser = log_in("physician")
    assert "no tiene dirección de correo" in browser.get("/cuenta/avisos").text
    assert browser.post("/cuenta/avisos", dict.fromkeys(KINDS, "daily")).status_code == 303
    world.session.rollback()
    chosen = world.session.execute(select(NoticeChoice.kind, NoticeChoice.mail)).all()
    assert {tuple(row) for row in chosen} == {(kind, "daily") for kind in KINDS}
    assert [row["action"] for row in proof(app)].count("choose_notices") == 1
    wrong: Any = dict.fromkeys(KINDS, "daily") | {"turn": "hourly"}
    browser.page = None
    assert browser.post("/cuenta/avisos", wrong).status_code == 422
