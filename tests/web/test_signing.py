"""Signing on pages: identity asked again for each act, series, replays, how a signature is shown (SIG-01, SIG-02)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from compassionate import clock
from compassionate.models import Account, Signature
from compassionate.services import answers
from tests.services.test_passkeys import SoftKey
from tests.services.test_signatures import ready
from tests.web.test_hospital_log_in import hospital, linked, round_trip  # noqa: F401 - a fixture
from tests.web.test_login import visitor
from tests.web.test_second_factor import set_up
from tests.world import PASSWORD, REPORT

pytestmark = pytest.mark.one_database  # pages alike on both

ACT = re.compile(r'acto=([0-9a-f]{64})|data-sign="([0-9a-f]{64})"')


@pytest.fixture(autouse=True)
def time(monkeypatch):
    """Time stands still until somebody moves it."""
    held = [clock.now().replace(second=0, microsecond=0)]
    monkeypatch.setattr(clock, "now", lambda: held[0])
    return held


def report(case, part=""):
    return f"/expedientes/{case.code}/solicitudes/0/informe{part}"


def content(page):
    return re.search(r'name="content" value="([0-9a-f]{64})"', page)[1]


def sign(browser, case, **sent):
    seen = content(browser.get(report(case)).text)
    return browser.post(report(case, "/firma"), {"content": seen} | sent)


def signed(world, meaning="clinical_report"):
    world.session.rollback()
    wanted = select(func.count()).select_from(Signature).where(Signature.meaning == meaning)
    count = world.session.scalar(wanted)
    world.session.rollback()
    return count


def two_cases(world):
    """Two cases whose reports may be signed."""
    held = [ready(world), ready(world, nhc="2")]
    world.session.commit()
    return held


def change(world, case, at=None, diagnosis="Otro mal"):
    """Somebody else of the team writes into the report meanwhile."""
    world.session.rollback()
    given = REPORT | {"diagnosis": diagnosis}
    answers.save(world.session, world.people["physician"], case, "clinical-report", given, at or world.tick())
    world.session.commit()


def test_the_page_says_what_is_signed_by_whom_as_what_and_then_when_with_its_zone(world, log_in):
    case = ready(world)
    world.session.commit()
    browser = log_in("physician")
    page = browser.get(report(case)).text
    for words in ("Physician de HGA", "Médico responsable", "responde del informe clínico", content(page)[:16]):
        assert words in page
    assert sign(browser, case, password=PASSWORD).status_code == 303
    for address in (report(case), f"/expedientes/{case.code}/solicitudes/0"):
        page = browser.get(address).text
        assert "Physician de HGA" in page
        assert "responde del informe clínico" in page
        assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d CES?T", page)


def test_the_first_of_a_series_asks_for_the_second_factor_too_and_an_hour_later_again(app, world, log_in, time):
    one, two = two_cases(world)
    browser = log_in("physician")
    phone, _ = set_up(browser)
    assert 'name="code"' in browser.get(report(one)).text
    refused = sign(browser, one, password=PASSWORD)
    assert (refused.status_code, signed(world)) == (422, 0)
    assert "Escriba el código de su segundo factor" in refused.text
    assert sign(browser, one, password=PASSWORD, code="000000").status_code == 422
    assert sign(browser, one, password=PASSWORD, code=phone.code(1)).status_code == 303
    assert 'name="code"' not in browser.get(report(two)).text
    time[0] += timedelta(minutes=61)
    browser.get("/")
    again = log_in_with(app, world, phone) if "/login" in str(browser.get("/cuenta").location) else browser
    assert 'name="code"' in again.get(report(two)).text
    assert sign(again, two, password=PASSWORD).status_code == 422
    assert sign(again, two, password=PASSWORD, code=phone.code(1)).status_code == 303
    world.session.rollback()
    shown = world.session.scalars(select(Signature.proved_by).order_by(Signature.at, Signature.id)).all()
    assert shown == ["name+password+app", "name+password+app"]


def log_in_with(app, world, phone):
    browser = visitor(app)
    browser.post("/login", {"username": world.accounts["physician"].username, "password": PASSWORD})
    browser.post("/login/codigo", {"code": phone.code()})
    browser.page = None
    return browser


def test_within_a_series_one_component_is_enough_and_never_none(world, log_in):
    one, two = two_cases(world)
    browser = log_in("physician")
    phone, _ = set_up(browser)
    assert sign(browser, one, password=PASSWORD, code=phone.code(1)).status_code == 303
    assert sign(browser, two).status_code == 422
    assert sign(browser, two, password=PASSWORD).status_code == 303
    world.session.rollback()
    assert set(world.session.scalars(select(Signature.proved_by))) == {"name+password+app", "password"}


def test_ten_wrong_passwords_lock_the_account_and_nothing_is_signed(world, log_in, time):
    case = ready(world)
    world.session.commit()
    browser = log_in("physician")
    seen = content(browser.get(report(case)).text)
    for _ in range(10):
        time[0] += timedelta(minutes=20)
        browser.get(report(case))
        browser.post(report(case, "/firma"), {"content": seen, "password": "otra cosa"})
    assert signed(world) == 0
    assert world.session.get(Account, world.accounts["physician"].id).locked_at is not None


def test_what_was_read_is_what_is_signed(world, log_in):
    case = ready(world)
    world.session.commit()
    browser = log_in("physician")
    seen = content(browser.get(report(case)).text)
    change(world, case)
    lost = browser.post(report(case, "/firma"), {"content": seen, "password": PASSWORD})
    assert (lost.status_code, signed(world)) == (409, 0)
    endorsing = world.case_in("awaiting_endorsement", nhc="3")
    world.session.commit()
    director, step = log_in("director"), f"/expedientes/{endorsing.code}/pasos/endorse"
    director.get(step)
    stale = director.post(step, {"content": "0" * 64, "version": str(endorsing.version), "password": PASSWORD})
    assert (stale.status_code, signed(world, "endorsement")) == (409, 0)


def test_who_shows_the_hospital_again_does_it_for_one_act(app, world, hospital):  # noqa: F811
    one, two = two_cases(world)
    account = linked(world, hospital, "physician")
    account.password = None
    world.session.commit()
    browser = visitor(app)
    round_trip(browser, hospital)
    act = ACT.search(browser.get(report(one)).text)[1]
    round_trip(browser, hospital, f"/cuenta/acceso-del-hospital/confirmar?acto={act}")
    assert sign(browser, two).status_code == 422
    assert signed(world) == 0
    with browser.client.session_transaction() as held:
        copied = held["hospital_fresh"]
    assert sign(browser, one).status_code == 303
    with browser.client.session_transaction() as held:
        held["hospital_fresh"] = copied
    assert sign(browser, two).status_code == 422
    assert signed(world) == 1


def test_a_passkey_signs_the_act_that_it_was_asked_for_and_no_other(app, world, log_in):
    one, two = two_cases(world)
    browser = log_in("physician")
    key = SoftKey()
    key.place = place_of(app)
    browser.get("/cuenta/segundo-factor/llaves/nueva")
    options = browser.post("/cuenta/segundo-factor/llaves/opciones", {"password": PASSWORD}).text
    made = browser.post("/cuenta/segundo-factor/llaves/nueva", {"name": "Llave", "credential": key.made(options)})
    assert made.status_code == 200, made.text
    act = ACT.search(browser.get(report(one)).text)[2]
    answer = key.signed(browser.post("/cuenta/firma/llave/opciones", {"act": act}).text)
    assert sign(browser, two, credential=answer).status_code == 422
    assert signed(world) == 0
    answer = key.signed(browser.post("/cuenta/firma/llave/opciones", {"act": act}).text)
    assert sign(browser, one, credential=answer).status_code == 303
    log_in_answer = key.signed(visitor(app).post("/login/llave/opciones").text)
    assert sign(browser, two, credential=log_in_answer).status_code == 422
    world.session.rollback()
    assert world.session.scalars(select(Signature.proved_by)).all() == ["passkey"]


def place_of(app):
    from compassionate.web.log_in import place

    with app.test_request_context():
        return place()


def test_a_changed_content_shows_the_signature_void_with_who_when_and_what(world, log_in):
    case = ready(world)
    world.session.commit()
    browser = log_in("physician")
    assert sign(browser, case, password=PASSWORD).status_code == 303
    change(world, case, clock.now() + timedelta(minutes=1))
    page = browser.get(report(case)).text
    assert "Firma anulada: Physician de HGA cambió el contenido el" in page
    assert "Otro mal" in page
