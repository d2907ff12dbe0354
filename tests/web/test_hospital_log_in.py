"""The hospital's own log-in: who is vouched for gets in, and nothing that a liar brings does (AUT-01, SES-02)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from compassionate import clock, config
from compassionate.models import Account, Draft, ExternalIdentity
from compassionate.services import identities, links
from compassionate.services.actors import actor_of
from compassionate.services.oidc import Client
from tests.web.census import picture
from tests.web.conftest import Browser
from tests.web.provider import (
    CLIENT_ID,
    SECRET,
    Provider,
    serving,
    unsigned,
    with_key_of_its_own,
    with_public_key,
    with_strange_key,
)
from tests.web.test_login import OTHER_ADDRESSES, deeds, is_in, later, visitor
from tests.web.test_second_factor import HERE as FACTOR
from tests.web.test_second_factor import asked, set_up
from tests.world import PASSWORD, World, today

LogIn = Callable[[str], Browser]
MINE = "/cuenta/acceso-del-hospital"
pytestmark = pytest.mark.one_database  # what travels; what is kept is tried on both in tests/services


@pytest.fixture
def hospital(app: Flask) -> Iterator[Provider]:
    """The hospital's provider, at work."""
    made = Provider()
    with serving(made):
        settings = app.extensions["compassionate.settings"]
        app.extensions["compassionate.settings"] = replace(settings, oidc=Client(made.issuer, CLIENT_ID, SECRET))
        yield made


def accepting(app: Flask, *factors: str) -> None:
    """The setting that says which words of the provider are two factors."""
    held = app.extensions["compassionate.settings"]
    app.extensions["compassionate.settings"] = replace(held, oidc=replace(held.oidc, factors=factors))


def linked(world: World, hospital: Provider, name: str = "pharmacist", subject: str = "subject-1") -> Account:
    """Somebody whose account is linked."""
    account, now = world.accounts[name], clock.now()
    actor = actor_of(account, today())
    identities.link(world.session, actor, account, hospital.issuer, subject, "Ana Hospital", now)
    world.session.commit()
    return account


def there(browser: Browser, hospital: Provider, path: str = "/login/hospital") -> str:
    """Go to the provider; the address with which it sends one back."""
    answer = browser.client.get(path)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(f"{hospital.issuer}/authorize?"), answer.location
    query = {name: held[0] for name, held in parse_qs(urlsplit(answer.location).query).items()}
    back = urlsplit(hospital.authorize(query))
    return f"{back.path}?{back.query}"


def round_trip(browser: Browser, hospital: Provider, path: str = "/login/hospital") -> Any:
    return browser.client.get(there(browser, hospital, path))


def says(browser: Browser, path: str, sentence: str) -> bool:
    return sentence in browser.get(path).text


# Getting in


def test_who_is_linked_gets_in_and_it_is_on_record(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    browser = visitor(app)
    assert 'href="/login/hospital"' in browser.page.text
    answer = round_trip(browser, hospital, "/login/hospital?next=/expedientes")
    assert (answer.status_code, answer.location) == (302, "/expedientes")
    assert is_in(browser)
    done = deeds(world.session)[-1]
    assert (done["action"], done["detail"]["factors"]) == ("log_in", "hospital")
    assert world.session.scalars(select(ExternalIdentity.used_at)).one() is not None


def test_a_log_in_begins_a_new_session_and_shows_the_last_one(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    first = visitor(app)
    round_trip(first, hospital)
    browser = visitor(app)
    with browser.client.session_transaction() as held:
        held["planted"], before = "here", held["csrf_token"]
    round_trip(browser, hospital)
    with browser.client.session_transaction() as held:
        assert "planted" not in held
        assert "hospital_round" not in held
        assert held.get("csrf_token") != before
    assert "Su último acceso" in browser.get("/cuenta").text


def test_the_log_out_ends_ours_and_says_that_the_hospitals_stays(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    browser = visitor(app)
    round_trip(browser, hospital)
    browser.get("/cuenta")
    browser.post("/logout")
    assert says(browser, "/login", "El acceso del hospital sigue abierto")
    assert not is_in(browser)


def test_whoever_may_not_come_in_reads_one_page(app: Flask, world: World, hospital: Provider):
    account, pages = linked(world, hospital), set()
    for state in ("disabled", "locked", "nobody"):
        account.active, account.locked_at = state != "disabled", clock.now() if state == "locked" else None
        world.session.commit()
        hospital.subject = "nobody here" if state == "nobody" else "subject-1"
        browser = visitor(app)
        answer = round_trip(browser, hospital)
        assert (answer.status_code, answer.location) == (303, "/login?next=/")
        pages.add(re.sub(r'value="[^"]*"', "", browser.get(answer.location).text))
        assert not is_in(browser)
        refused = deeds(world.session)[-1]
        assert (refused["action"], refused["detail"]["door"]) == ("log_in_refused", "hospital")
    assert len(pages) == 1
    assert "No se ha podido entrar con el acceso del hospital" in pages.pop()


def test_an_address_or_a_user_name_like_somebodys_links_nobody(app: Flask, world: World, hospital: Provider):
    account = world.accounts["pharmacist"]
    account.email = "farmacia@hospital.example"
    world.session.commit()
    hospital.claims = {
        "email": account.email, "email_verified": True, "preferred_username": account.username, "name": account.name,
    }  # fmt: skip
    browser = visitor(app)
    round_trip(browser, hospital)
    assert not is_in(browser)
    assert world.session.scalars(select(ExternalIdentity)).all() == []


def test_what_was_typed_waits_in_its_tab_for_the_log_in_of_another(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    browser = visitor(app)
    typed = '{"path": "/cuenta", "fields": {"name": ["what was typed"]}}'
    kept = {"kept": typed, "next": "/cuenta"}
    page = browser.post("/login", {**kept, "recover": "1"})  # before one is in: nothing is tried, nothing is lost
    assert (page.status_code, "what was typed" in page.text, "no son correctos" in page.text) == (200, True, False)
    assert 'href="/login/hospital" target="_blank"' in page.text
    round_trip(browser, hospital)
    assert browser.post("/login", {**kept, "recover": "1"}).location == "/cuenta"
    assert world.session.scalars(select(Draft.path)).all() == ["/cuenta"]


# The second factor


def test_our_own_second_factor_follows(app: Flask, world: World, hospital: Provider, log_in: LogIn):
    linked(world, hospital)
    phone, _ = set_up(log_in("pharmacist"))
    browser = visitor(app)
    hospital.claims = {"acr": "gold", "amr": ["pwd", "otp"]}  # nobody said here that it is enough
    answer = round_trip(browser, hospital, "/login/hospital?next=/expedientes")
    assert answer.location == "/login/codigo?next=/expedientes"
    assert not is_in(browser)
    browser.get(answer.location)
    assert browser.post("/login/codigo", {"code": phone.code(1), "next": "/expedientes"}).location == "/expedientes"
    assert deeds(world.session)[-1]["detail"]["factors"] == "hospital+app"


def test_the_providers_word_is_enough_where_the_setting_says_so(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    asked(app, "required")
    accepting(app, "gold")
    for claims, where in (({}, 302), ({"acr": "gold"}, 200), ({"amr": ["pwd", "gold"]}, 200), ({"amr": "gold"}, 302)):
        hospital.claims = claims
        browser = visitor(app)
        round_trip(browser, hospital)
        assert is_in(browser) == (where == 200)  # otherwise ours has to be set up first
        assert browser.get(FACTOR).status_code == 200


# What a liar brings


def lies(hospital: Provider) -> dict[str, Callable[[], Any]]:
    now = int(clock.now().timestamp())
    return {
        "another nonce": lambda: hospital.claims.update(nonce="of-another-round"),
        "no nonce": lambda: hospital.claims.update(nonce=None),
        "for another": lambda: hospital.claims.update(aud="another-application"),
        "for others too": lambda: hospital.claims.update(aud=[CLIENT_ID, "another-application"]),
        "given to another": lambda: hospital.claims.update(azp="another-application"),
        "of another": lambda: hospital.claims.update(iss="https://another.example"),
        "expired": lambda: hospital.claims.update(exp=now - 61),
        "without an end": lambda: hospital.claims.update(exp=None),
        "of tomorrow": lambda: hospital.claims.update(iat=now + 86400),
        "not yet": lambda: hospital.claims.update(nbf=now + 600),
        "of nobody": lambda: hospital.claims.update(sub=None),
        "of an empty name": lambda: hospital.claims.update(sub=""),
        "of a number": lambda: hospital.claims.update(sub=1),
        "unsigned": lambda: setattr(hospital, "signs", unsigned),
        "signed with the public key": lambda: setattr(hospital, "signs", with_public_key),
        "signed with a strange key": lambda: setattr(hospital, "signs", with_strange_key),
        "with a key of its own": lambda: setattr(hospital, "signs", with_key_of_its_own),
        "no token at all": lambda: setattr(hospital, "signs", lambda claims: "not.a.token"),
        "sent by another": lambda: setattr(hospital, "names_itself", "https://another.example"),
    }


def test_no_lie_lets_anybody_in(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    honest, let_in = replace(hospital), []
    for name in lies(hospital):
        hospital.claims, hospital.signs, hospital.names_itself = {}, honest.signs, None
        lies(hospital)[name]()
        browser = visitor(app)
        answer = round_trip(browser, hospital)
        told = says(browser, "/login", "No se ha podido entrar con el acceso del hospital")
        if is_in(browser) or answer.location != "/login?next=/" or not told:
            let_in.append(name)
    assert let_in == []
    hospital.claims, hospital.signs, hospital.names_itself = {}, honest.signs, None
    browser = visitor(app)
    round_trip(browser, hospital)
    assert is_in(browser)


def test_clocks_that_differ_by_a_little_hinder_nobody(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    now = int(clock.now().timestamp())
    hospital.claims = {"exp": now - 30, "iat": now + 30}
    browser = visitor(app)
    round_trip(browser, hospital)
    assert is_in(browser)


def test_new_keys_of_the_provider_are_asked_for(
    app: Flask, world: World, hospital: Provider, monkeypatch: pytest.MonkeyPatch
):
    linked(world, hospital)
    hospital.keys = ("two",)
    browser = visitor(app)
    round_trip(browser, hospital)
    assert not is_in(browser)
    hospital.keys = ("two", "one")
    later(monkeypatch, seconds=11)
    round_trip(browser, hospital)
    assert is_in(browser)


def test_a_round_is_good_once_soon_and_in_the_browser_that_began_it(
    app: Flask, world: World, hospital: Provider, monkeypatch: pytest.MonkeyPatch
):
    linked(world, hospital)
    browser, other = visitor(app), visitor(app)
    path = there(browser, hospital)
    with browser.client.session_transaction() as held:
        begun = dict(held)
    before = picture(app)
    assert other.client.get(path).location == "/login"  # a link that an attacker sends: no round of this browser
    there(other, hospital)
    assert other.client.get(path).location == "/login"  # a round of its own, and another's answer
    assert not is_in(other)
    assert picture(app) == before  # and nothing was written by either
    browser.client.get(path)
    assert is_in(browser)
    copied = visitor(app)  # the cookie as it was before, with the same answer and with a fresh code
    with copied.client.session_transaction() as held:
        held.update(begun)
    hospital.trips[parse_qs(urlsplit(path).query)["code"][0]] = {}
    asked_before = len(hospital.asked)
    assert copied.client.get(path).location == "/login?next=/"
    assert len(hospital.asked) == asked_before
    assert not is_in(copied)
    late = visitor(app)
    path = there(late, hospital)
    later(monkeypatch, minutes=11)
    late.client.get(path)
    assert not is_in(late)


def test_a_code_of_another_round_is_worth_nothing(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    thief, victim = visitor(app), visitor(app)
    stolen = parse_qs(urlsplit(there(victim, hospital)).query)["code"][0]
    own = there(thief, hospital)
    thief.client.get(re.sub(r"code=[^&]+", f"code={stolen}", own))
    assert not is_in(thief)


def test_what_the_browser_carries_tells_no_secret_of_the_round(app: Flask, world: World, hospital: Provider):
    browser = visitor(app)
    path = there(browser, hospital)
    trip = hospital.trips[parse_qs(urlsplit(path).query)["code"][0]]
    assert trip["code_challenge_method"] == "S256"
    assert trip["redirect_uri"] == "http://localhost/login/hospital/vuelta"
    with browser.client.session_transaction() as held:
        assert trip["nonce"] not in str(dict(held))
        assert trip["state"] in str(dict(held))


def test_nobody_is_led_away(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    for url in OTHER_ADDRESSES:
        browser = visitor(app)
        answer = browser.client.get("/login/hospital", query_string={"next": url})
        query = {name: held[0] for name, held in parse_qs(urlsplit(answer.location).query).items()}
        back = urlsplit(hospital.authorize(query))
        assert browser.client.get(f"{back.path}?{back.query}&next=https://otro.example").location == "/", url


def test_a_page_of_another_site_begins_no_round(app: Flask, world: World, hospital: Provider):
    browser = visitor(app)
    answer = browser.client.get("/login/hospital", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.location == "/login?next=/"
    with browser.client.session_transaction() as held:
        assert "hospital_round" not in held


ASTRAY: tuple[dict[str, Any], ...] = (
    {"issuer": "https://another.example"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"token_endpoint": "http://otro.example/token"},
    {"jwks_uri": "file:///etc/passwd"},
    {"token_endpoint": None},
)


def test_a_description_that_leads_elsewhere_is_not_followed(app: Flask, hospital: Provider):
    for about in ASTRAY:
        app.extensions.pop("compassionate.oidc", None)
        hospital.about = about
        assert visitor(app).client.get("/login/hospital").location == "/login?next=/", about


def test_while_the_provider_is_silent_the_password_goes_on_working(app: Flask, world: World, hospital: Provider):
    hospital.is_down = True
    browser = visitor(app)
    for _ in range(3):
        assert browser.client.get("/login/hospital").location == "/login?next=/"
    assert says(browser, "/login", "El acceso del hospital no responde ahora")
    assert hospital.asked == ["/.well-known/openid-configuration"]  # of three, one was asked
    answer = browser.post("/login", {"username": world.accounts["pharmacist"].username, "password": PASSWORD})
    assert answer.status_code == 302


def test_a_provider_that_falls_silent_half_way_is_said_to_be(app: Flask, world: World, hospital: Provider):
    linked(world, hospital)
    browser = visitor(app)
    path = there(browser, hospital)
    hospital.is_down = True
    browser.client.get(path)
    assert says(browser, "/login", "El acceso del hospital no responde ahora")


def test_the_policy_names_no_other_site(app: Flask, hospital: Provider):
    policy = visitor(app).page.headers["Content-Security-Policy"]
    assert "form-action 'self';" in policy
    assert "127.0.0.1" not in policy


def test_a_demonstration_asks_no_provider(app: Flask, world: World, hospital: Provider):
    world.centre.is_demo = True
    world.session.commit()
    browser = visitor(app)
    assert "/login/hospital" not in browser.page.text
    for path in ("/login/hospital", "/login/hospital/vuelta?state=x&code=y", MINE):
        assert browser.client.get(path).status_code in (302, 404)
    assert hospital.asked == []


# Linking


def test_whoever_shows_both_links_their_account(app: Flask, world: World, hospital: Provider, log_in: LogIn):
    browser, elsewhere = log_in("pharmacist"), log_in("pharmacist")
    assert "Vincular con el acceso del hospital" in browser.get("/cuenta").text
    assert round_trip(browser, hospital, f"{MINE}/ir").location == MINE
    assert "Ana Hospital" in browser.get(MINE).text
    assert browser.post(MINE, {"password": "not this one at all"}).status_code == 422
    assert world.session.scalars(select(ExternalIdentity)).all() == []
    assert browser.post(MINE, {"password": PASSWORD}).location == "/cuenta"
    assert "Vinculado el" in browser.get("/cuenta").text
    assert not is_in(elsewhere)
    row = deeds(world.session)[-1]
    assert row["action"] == "link_identity"
    assert "subject-1" not in str(row)
    again = visitor(app)
    round_trip(again, hospital)
    assert is_in(again)


def test_nobody_links_what_another_began_nor_with_an_old_or_a_made_up_note(
    app: Flask, world: World, hospital: Provider, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    browser, other = log_in("pharmacist"), log_in("physician")
    path = there(other, hospital, f"{MINE}/ir")
    with other.client.session_transaction() as held:
        begun = held["hospital_round"]
    with browser.client.session_transaction() as held:  # even with the other's round in this browser
        held["hospital_round"] = begun
    browser.client.get(path)
    assert browser.get(MINE).location == "/cuenta"
    round_trip(browser, hospital, f"{MINE}/ir")
    browser.get(MINE)
    later(monkeypatch, minutes=6)
    assert browser.post(MINE, {"password": PASSWORD}).location == "/cuenta"
    assert world.session.scalars(select(ExternalIdentity)).all() == []


def test_one_person_of_the_hospital_is_one_account_here(app: Flask, world: World, hospital: Provider, log_in: LogIn):
    linked(world, hospital, "physician")
    browser = log_in("pharmacist")
    round_trip(browser, hospital, f"{MINE}/ir")
    browser.get(MINE)
    answer = browser.post(MINE, {"password": PASSWORD})
    assert (answer.status_code, "vinculada con otra cuenta" in answer.text) == (422, True)


def test_a_link_is_taken_away_by_its_person_or_by_an_administrator(
    app: Flask, world: World, hospital: Provider, log_in: LogIn
):
    linked(world, hospital)
    linked(world, hospital, "nurse", "subject-2")
    browser = log_in("pharmacist")
    browser.get(f"{MINE}/quitar")
    assert browser.post(f"{MINE}/quitar", {"password": "not this one at all"}).status_code == 422
    assert browser.post(f"{MINE}/quitar", {"password": PASSWORD}).location == "/cuenta"
    nurse, admin = visitor(app), log_in("admin")
    hospital.subject = "subject-2"
    round_trip(nurse, hospital)
    page = "/administracion/cuentas/nurse.hga/acceso-del-hospital"
    assert "Quitar el vínculo" in admin.get("/administracion/cuentas/nurse.hga").text
    admin.get(page)
    assert admin.post(page).status_code == 303
    assert not is_in(nurse)
    world.session.rollback()
    assert world.session.scalars(select(ExternalIdentity.id)).all() == []
    own = "/administracion/cuentas/admin.hga/acceso-del-hospital"
    assert admin.post(own).status_code == 422


# Who has no password


@pytest.fixture
def without_password(app: Flask, world: World, hospital: Provider) -> str:
    """A one-time link of a physician who never was in."""
    account = world.accounts["physician"]
    account.password = account.password_set_at = None
    world.session.commit()
    token = links.password_token(str(app.secret_key), account, clock.now())
    return f"/cuenta/clave/{token}"


def test_with_a_one_time_link_the_hospital_takes_the_place_of_a_password(
    app: Flask, world: World, hospital: Provider, without_password: str
):
    browser = visitor(app)
    assert f"{without_password}/hospital" in browser.get(without_password).text
    assert round_trip(browser, hospital, f"{without_password}/hospital").location == "/login"
    assert not is_in(browser)  # a link logs nobody in
    assert visitor(app).get(without_password).status_code == 404  # and is good once
    assert round_trip(browser, hospital).status_code == 302
    assert is_in(browser)
    assert "No tiene: entra con el acceso del hospital" in browser.get("/cuenta").text


def test_a_link_for_who_has_a_password_links_nobody(app: Flask, world: World, hospital: Provider):
    token = links.password_token(str(app.secret_key), world.accounts["physician"], clock.now())
    assert visitor(app).get(f"/cuenta/clave/{token}/hospital").status_code == 404
    assert visitor(app).get("/cuenta/clave/not-a-link/hospital").status_code == 404


def test_who_has_no_password_signs_after_showing_the_hospital_again_once(
    app: Flask, world: World, hospital: Provider, without_password: str, monkeypatch: pytest.MonkeyPatch
):
    browser = visitor(app)
    round_trip(browser, hospital, f"{without_password}/hospital")
    round_trip(browser, hospital)

    def may_sign() -> bool:
        browser.get("/cuenta")
        return bool(browser.post(f"{FACTOR}/llaves/opciones").status_code == 200)  # the plainest page that asks again

    assert not may_sign()
    hospital.subject = "somebody else"
    round_trip(browser, hospital, f"{MINE}/confirmar")
    assert not may_sign()
    hospital.subject = "subject-1"
    hospital.claims = {"auth_time": int(clock.now().timestamp()) - 3600}  # an old session of the provider
    round_trip(browser, hospital, f"{MINE}/confirmar")
    assert not may_sign()
    hospital.claims = {}
    assert "Identidad confirmada" in round_trip(browser, hospital, f"{MINE}/confirmar").text
    with browser.client.session_transaction() as held:
        shown = held["hospital_fresh"]
    assert may_sign()
    with browser.client.session_transaction() as held:  # a copy of the cookie
        held["hospital_fresh"] = shown
    assert not may_sign()
    round_trip(browser, hospital, f"{MINE}/confirmar")
    later(monkeypatch, minutes=6)
    assert not may_sign()


def test_who_has_no_password_chooses_one_after_showing_the_hospital_again(
    app: Flask, world: World, hospital: Provider, without_password: str
):
    browser, chosen = visitor(app), {"password": "una frase larga que nadie adivina"}
    round_trip(browser, hospital, f"{without_password}/hospital")
    round_trip(browser, hospital)
    assert "Confirmar quién es" in browser.get("/cuenta/contrasena").text
    assert browser.post("/cuenta/contrasena", chosen).status_code == 422
    round_trip(browser, hospital, f"{MINE}/confirmar")
    assert "Su identidad está confirmada" in browser.get("/cuenta/contrasena").text
    assert browser.post("/cuenta/contrasena", chosen).location == "/cuenta"
    assert "Quitar el vínculo" in browser.get("/cuenta").text


# Settings


@pytest.mark.parametrize(
    "given",
    [
        {"ISSUER": "http://hospital.example", "CLIENT_ID": "x", "CLIENT_SECRET": "y"},
        {"ISSUER": "https://user:word@hospital.example", "CLIENT_ID": "x", "CLIENT_SECRET": "y"},
        {"ISSUER": "hospital.example", "CLIENT_ID": "x", "CLIENT_SECRET": "y"},
        {"ISSUER": "https://hospital.example", "CLIENT_SECRET": "y"},
        {"ISSUER": "https://hospital.example", "CLIENT_ID": "x"},
    ],
)
def test_half_a_provider_or_one_over_an_open_line_does_not_start(tmp_path: Path, given: dict[str, str]):
    config.make_secrets(tmp_path)
    named = {f"COMPASSIONATE_OIDC_{name}": value for name, value in given.items()}
    with pytest.raises(config.UnknownSetting):
        config.load({"COMPASSIONATE_INSTANCE": str(tmp_path), **named})


def test_the_secret_comes_from_a_file_or_from_the_secrets_of_the_installation(tmp_path: Path):
    config.make_secrets(tmp_path)
    given = {
        "COMPASSIONATE_INSTANCE": str(tmp_path), "COMPASSIONATE_OIDC_ISSUER": "https://hospital.example",
        "COMPASSIONATE_OIDC_CLIENT_ID": "x", "COMPASSIONATE_OIDC_ACR": "gold, mfa",
    }  # fmt: skip
    config.write_secrets(tmp_path, config.read_secrets(tmp_path) | {"OIDC_CLIENT_SECRET": "of the file of secrets"})
    assert config.load(given).oidc == Client("https://hospital.example", "x", "of the file of secrets", ("gold", "mfa"))
    (tmp_path / "word").write_text("of a file of its own\n")
    held = config.load(given | {"COMPASSIONATE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "word")}).oidc
    assert held is not None
    assert held.secret == "of a file of its own"
    with pytest.raises(config.SecretsWrong):
        config.load(given | {"COMPASSIONATE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "none")})
