"""The second thing that somebody shows at the log-in: set up, asked for, lost, taken away (AUT-04)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock
from compassionate.config import UnknownSetting, load
from compassionate.models import Account, Authenticator, DataKey, RecoveryCode
from compassionate.services import keys, links, throttle
from compassionate.web.log_in import place
from tests.conftest import MASTER_KEY
from tests.web.conftest import Browser
from tests.web.test_login import deeds, enter, is_in, later, visitor
from tests.world import PASSWORD, World

pytestmark = pytest.mark.one_database  # but where a test asks for both: what pages say does not depend on it

LogIn = Callable[[str], Browser]
HERE = "/cuenta/segundo-factor"
NURSE = "/administracion/cuentas/nurse.hga"
CODE = re.compile(r"<code>([0-9A-Z-]+)</code>")


class Phone:
    """An authenticator app: knows the secret and what time it is."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    def code(self, ahead: int = 0) -> str:
        """The code of now, or of so many half minutes later."""
        return self.totp.generate_otp(int(clock.now().timestamp()) // 30 + ahead)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still at the start of a half minute, so that no code changes under a test."""
    start = clock.now().replace(second=0, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: start)


def asked(app: Flask, rule: str) -> None:
    held = app.extensions["compassionate.settings"]
    app.extensions["compassionate.settings"] = replace(held, second_factor=rule)


def set_up(browser: Browser) -> tuple[Phone, list[str]]:
    """Put the secret into a telephone and show that it works; gives the telephone and the recovery codes."""
    browser.get(HERE)
    browser.post(f"{HERE}/preparar")
    page = browser.get(f"{HERE}/aplicacion").text
    found = re.search(r"<strong>([A-Z2-7 ]{32,})<", page)
    assert found
    phone = Phone(found[1].replace(" ", ""))
    shown = browser.post(f"{HERE}/aplicacion", {"code": phone.code(), "password": PASSWORD})
    assert shown.status_code == 200, shown.text
    return phone, CODE.findall(shown.text)


@pytest.fixture
def nurse(app: Flask, world: World, log_in: LogIn) -> tuple[Phone, list[str]]:
    """A nurse who has an app, and is logged out."""
    return set_up(log_in("nurse"))


def half_in(app: Flask, password: str = PASSWORD) -> Browser:
    browser = visitor(app)
    enter(browser, "nurse.hga", password)
    return browser


def show(browser: Browser, code: str, **more: str) -> Any:
    return browser.post("/login/codigo", {"code": code, **more})


def test_a_person_sets_an_app_up_by_picture_or_by_text_and_goes_on(app: Flask, world: World, log_in: LogIn):
    here, there = log_in("nurse"), log_in("nurse")
    here.get(HERE)
    assert here.post(f"{HERE}/preparar").status_code == 303
    page = here.get(f"{HERE}/aplicacion").text
    assert 'src="data:image/svg+xml' in page
    _, codes = set_up(here)
    assert len(codes) == len(set(codes)) == 8
    assert is_in(here)
    assert not is_in(there)


def test_the_password_alone_is_not_enough_any_more(app: Flask, nurse: tuple[Phone, list[str]], monkeypatch: Any):
    later(monkeypatch, seconds=60)
    browser = half_in(app)
    assert "Segundo paso" in browser.page.text
    assert not is_in(browser)
    for path in ("/", "/expedientes", HERE, "/cuenta/contrasena"):
        assert browser.get(path).status_code == 302
    browser.get("/login/codigo")
    entered = show(browser, nurse[0].code())
    assert (entered.status_code, entered.location) == (302, "/")
    assert is_in(browser)


def test_a_code_is_good_once_and_for_one_step_beside_it(app: Flask, nurse: tuple[Phone, list[str]], monkeypatch: Any):
    phone = nurse[0]
    later(monkeypatch, minutes=10)
    used = phone.code()
    assert show(half_in(app), used).status_code == 302
    for ahead in (0, -1, -2, 2):
        assert show(half_in(app), phone.code(ahead)).status_code == 200
    later(monkeypatch, seconds=30)
    assert show(half_in(app), used).status_code == 200
    later(monkeypatch, minutes=5)
    assert show(half_in(app), phone.code(1)).status_code == 302


def test_the_code_of_the_set_up_is_not_good_again_at_the_log_in(app: Flask, nurse: tuple[Phone, list[str]]):
    assert show(half_in(app), nurse[0].code()).status_code == 200


@pytest.mark.both_databases
def test_a_recovery_code_is_good_once_and_kept_as_a_hash(app: Flask, world: World, nurse: tuple[Phone, list[str]]):
    code = nurse[1][0]
    browser = half_in(app)
    assert show(browser, f" {code.lower().replace('-', ' ')} ").status_code == 302
    assert "Le quedan 7." in browser.get("/").text
    assert show(half_in(app), code).status_code == 200
    world.session.rollback()
    kept = world.session.scalars(select(RecoveryCode)).all()
    assert not {row.digest for row in kept} & {each.replace("-", "") for each in nurse[1]}


def test_new_recovery_codes_kill_the_earlier_ones(app: Flask, nurse: tuple[Phone, list[str]]):
    browser = half_in(app)
    show(browser, nurse[1][0])
    browser.get(f"{HERE}/codigos")
    assert browser.post(f"{HERE}/codigos", {"password": "no es esta"}).status_code == 422
    fresh = CODE.findall(browser.post(f"{HERE}/codigos", {"password": PASSWORD}).text)
    assert show(half_in(app), nurse[1][1]).status_code == 200
    assert show(half_in(app), fresh[0]).status_code == 302


def test_guessing_codes_waits_and_locks(app: Flask, world: World, nurse: tuple[Phone, list[str]], monkeypatch: Any):
    later(monkeypatch, minutes=5)
    browser = half_in(app)
    for number in range(throttle.FREE_FAILURES):
        assert show(browser, f"{number:06}").status_code == 200
    assert show(browser, nurse[0].code()).status_code == 200
    for number in range(5):
        later(monkeypatch, minutes=20)
        assert show(half_in(app), f"{number:06}").status_code == 200
    later(monkeypatch, days=1)
    assert "El usuario o la contraseña" in half_in(app).page.text
    assert deeds(world.session)[-2]["action"] != "log_in"
    assert [row["detail"]["door"] for row in deeds(world.session) if row["action"] == "lock_account"] == ["code"]


def test_the_note_of_the_first_step_is_good_for_five_minutes_and_no_longer(
    app: Flask, nurse: tuple[Phone, list[str]], monkeypatch: Any
):
    browser = half_in(app)
    later(monkeypatch, minutes=6)
    late = show(browser, nurse[0].code())
    assert (late.status_code, late.location) == (303, "/login?next=/")
    assert not is_in(browser)


def test_the_note_of_the_first_step_dies_with_the_sessions(app: Flask, world: World, nurse: tuple[Phone, list[str]]):
    from compassionate.services import accounts

    browser = half_in(app)
    world.session.rollback()
    accounts.end_sessions(world.session.get_one(Account, world.accounts["nurse"].id))
    world.session.commit()
    assert show(browser, nurse[1][0]).status_code == 303


def test_what_was_typed_and_where_one_was_going_comes_through_both_steps(app: Flask, nurse: tuple[Phone, list[str]]):
    browser = visitor(app)
    kept = '{"path": "/cuenta/idioma", "fields": {"language": ["en"]}}'
    enter(browser, "nurse.hga", kept=kept, next="/cuenta")
    assert 'name="next" value="/cuenta"' in browser.page.text
    assert "&#34;language&#34;" in browser.page.text
    assert show(browser, nurse[1][0], next="/cuenta", kept=kept).location == "/cuenta"


def test_a_password_link_does_not_get_one_past_the_second_factor(
    app: Flask, world: World, nurse: tuple[Phone, list[str]]
):
    world.session.rollback()
    account = world.session.get_one(Account, world.accounts["nurse"].id)
    address = links.password_link(app.config["SECRET_KEY"], account, clock.now())
    visitor(app).post(address, {"password": "tres gatos miran la luna"})
    browser = half_in(app, "tres gatos miran la luna")
    assert "Segundo paso" in browser.page.text
    assert not is_in(browser)


def test_setting_up_and_removing_ask_for_the_password(app: Flask, world: World, log_in: LogIn):
    browser = log_in("nurse")
    browser.post(f"{HERE}/preparar")
    with app.extensions["compassionate"].session() as session:
        from compassionate.services import second_factor

        account = session.get_one(Account, world.accounts["nurse"].id)
        held = second_factor.authenticator(session, account)
        assert held
        phone = Phone(second_factor.secret_of(session, held))
    refused = browser.post(f"{HERE}/aplicacion", {"code": phone.code(), "password": "no es esta"})
    assert (refused.status_code, "La contraseña no es correcta." in refused.text) == (422, True)
    set_up(browser)
    browser.get(f"{HERE}/quitar")
    assert browser.post(f"{HERE}/quitar", {"password": "no es esta"}).status_code == 422
    assert browser.post(f"{HERE}/quitar", {"password": PASSWORD}).status_code == 303
    assert enter(visitor(app), "nurse.hga").status_code == 302


def test_the_secret_is_sealed_with_a_key_that_goes_away_with_it(app: Flask, world: World, nurse: Any, log_in: LogIn):
    world.session.rollback()
    row = world.session.scalars(select(Authenticator)).one()
    assert nurse[0].totp.secret.encode() not in row.secret
    key_id = row.key_id
    world.session.rollback()
    admin = log_in("admin")
    admin.get(f"{NURSE}/segundo-factor")
    admin.post(f"{NURSE}/segundo-factor")
    world.session.rollback()
    assert world.session.get(DataKey, key_id) is None


def test_an_app_outlives_a_change_of_keys_and_goes_away_after_it(
    app: Flask, world: World, nurse: tuple[Phone, list[str]], log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    later(monkeypatch, minutes=5)
    world.session.rollback()
    keys.rotate_data_keys(lambda: app.extensions["compassionate"].session(write=True), clock.now())
    assert show(half_in(app), nurse[0].code()).status_code == 302
    admin = log_in("admin")
    admin.get(f"{NURSE}/segundo-factor")
    assert admin.post(f"{NURSE}/segundo-factor").status_code == 303
    world.session.rollback()
    assert world.session.scalars(select(DataKey).where(DataKey.scope == "account")).all() == []


def test_where_it_is_required_one_can_set_it_up_and_nothing_else(app: Flask, world: World, log_in: LogIn):
    asked(app, "required")
    browser = log_in("nurse")
    for path in ("/", "/expedientes", "/cuenta", "/cuenta/contrasena", "/administracion"):
        sent = browser.get(path)
        assert (path, sent.status_code, sent.location) == (path, 303, HERE)
    assert "Active uno para seguir" in browser.get(HERE).text
    assert browser.post("/cuenta/idioma", {"language": "en"}).location == HERE
    set_up(browser)
    assert is_in(browser)
    browser.get(f"{HERE}/quitar")
    refused = browser.post(f"{HERE}/quitar", {"password": PASSWORD})
    assert refused.status_code == 422
    assert "obligatorio" in refused.text


def test_where_it_is_off_it_is_neither_asked_for_nor_offered(app: Flask, nurse: tuple[Phone, list[str]]):
    asked(app, "off")
    browser = visitor(app)
    assert "llave de acceso" not in browser.page.text
    assert enter(browser, "nurse.hga").status_code == 302
    assert browser.get(HERE).status_code == 404
    assert "Segundo factor" not in browser.get("/cuenta").text


def test_a_setting_that_means_nothing_stops_the_start(tmp_path: Path):
    key = base64.b64encode(MASTER_KEY).decode()
    secrets = {f"COMPASSIONATE_{name}": key for name in ("MASTER_KEY", "SECRET_KEY", "PASSWORD_SALT")}
    given = secrets | {"COMPASSIONATE_INSTANCE": str(tmp_path)}
    assert load(given).second_factor == "optional"
    assert load(given | {"COMPASSIONATE_SECOND_FACTOR": "Required"}).second_factor == "required"
    with pytest.raises(UnknownSetting, match="COMPASSIONATE_SECOND_FACTOR"):
        load(given | {"COMPASSIONATE_SECOND_FACTOR": "requird"})


@pytest.mark.both_databases
def test_an_administrator_takes_a_lost_factor_away_but_never_their_own(
    app: Flask, world: World, nurse: tuple[Phone, list[str]], log_in: LogIn
):
    admin = log_in("admin")
    assert "Quitar el segundo factor" in admin.get(NURSE).text
    admin.get(f"{NURSE}/segundo-factor")
    assert admin.post(f"{NURSE}/segundo-factor").status_code == 303
    assert enter(visitor(app), "nurse.hga").status_code == 302
    done = deeds(world.session)
    assert [row["actor"] for row in done if row["action"] == "take_second_factor_away"] == [world.accounts["admin"].id]
    set_up(admin)
    own = "/administracion/cuentas/admin.hga/segundo-factor"
    admin.get(own)
    assert admin.post(own).status_code == 422
    world.session.rollback()
    assert world.session.get_one(Account, world.accounts["admin"].id).second_factor_at is not None
    assert log_in("pharmacist").post(f"{NURSE}/segundo-factor").status_code == 403


def test_recovery_codes_and_secrets_are_shown_once(app: Flask, world: World, log_in: LogIn):
    browser = log_in("nurse")
    phone, codes = set_up(browser)
    pages = "".join(browser.get(path).text for path in (HERE, f"{HERE}/codigos", "/cuenta"))
    assert not any(code in pages for code in codes)
    assert phone.totp.secret not in pages.replace(" ", "")
    assert browser.get(f"{HERE}/aplicacion").status_code == 303


@pytest.mark.both_databases
def test_two_log_ins_at_once_with_one_code_let_one_in(app: Flask, world: World, nurse: Any, monkeypatch: Any):
    import threading

    later(monkeypatch, minutes=5)
    browsers, code = [half_in(app) for _ in range(4)], nurse[0].code()
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda b=b: statuses.append(show(b, code).status_code)) for b in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 200, 302]


def test_what_is_no_passkey_lets_nobody_in(app: Flask, world: World):
    browser = visitor(app)
    client = '{"id": "x", "response": {"clientDataJSON": "e30"}}'
    for answer in ("", "x", "[]", '{"response": 3}', client, "[" * 9000, "9" * 30000):
        page = browser.post("/login/llave", {"credential": answer})
        assert (page.status_code, "No se ha podido entrar con esa llave" in page.text) == (200, True)
    assert not is_in(browser)


@pytest.mark.parametrize(("tls", "origin"), [(False, "http://localhost"), (True, "https://localhost")])
def test_a_passkey_signs_the_address_that_people_see(app: Flask, tls: bool, origin: str):
    held = app.extensions["compassionate.settings"]
    app.extensions["compassionate.settings"] = replace(held, behind_tls=tls)
    with app.test_request_context("/login/llave", base_url="http://localhost"):
        assert (place().host, place().origin) == ("localhost", origin)


def test_asking_to_log_in_with_a_passkey_names_nobody(app: Flask, world: World):
    answer = visitor(app).post("/login/llave/opciones").get_json()
    assert answer["allowCredentials"] == []
    assert answer["userVerification"] == "required"


def test_a_passkey_is_made_only_by_who_shows_the_password(app: Flask, world: World, log_in: LogIn):
    browser = log_in("nurse")
    browser.get(f"{HERE}/llaves/nueva")
    refused = browser.post(f"{HERE}/llaves/opciones", {"password": "no es esta"})
    assert (refused.status_code, refused.get_json()["error"]) == (422, "La contraseña no es correcta.")
    options = browser.post(f"{HERE}/llaves/opciones", {"password": PASSWORD}).get_json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["user"]["name"] == "nurse.hga"
    assert browser.post(f"{HERE}/llaves/nueva", {"name": "Móvil", "credential": "{}"}).status_code == 422
