"""Opening a case, page by page, as a person with a browser does."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from compassionate import clock
from compassionate.extensions import foundation
from compassionate.models import Case, Draft, Patient
from compassionate.services import accounts, instance
from compassionate.services.patients import identity_of
from compassionate.workflow.roles import Role
from tests.web.conftest import Browser
from tests.world import PASSWORD, World

LogIn = Callable[[str], Browser]
PERSON = {
    "given_name": "Luz",
    "surnames": "Inventada Segura",
    "birth_on": "1971-05-09",
    "sex": "female",
    "nhc": "554433",
}
HOSTILE = '"><script>alert(1)</script>{{7*7}}\u202e'


def started(browser: Browser, **person: str) -> str:
    """The first page sent: who the patient is; the address of the opening."""
    browser.get("/expedientes/nuevo")
    answer = browser.post("/expedientes/nuevo", PERSON | person)
    assert answer.status_code == 303, answer.text
    found = re.search(r"/expedientes/nuevo/[^/]+", answer.location)
    assert found is not None
    return found[0]


def told(browser: Browser, world: World, **person: str) -> str:
    """Everything said, up to the check."""
    base = started(browser, **person)
    browser.post(f"{base}/medicamento", {"product": world.product.id})
    browser.post(f"{base}/medico", {"physician": world.accounts["physician"].id})
    return base


def test_four_pages_and_a_check_open_a_case(app: Flask, world: World, log_in: LogIn):
    browser = log_in("technician")
    base = started(browser)
    assert browser.get(f"{base}/revisar").location == f"{base}/medicamento"
    # one presentation only: there is nothing to choose
    assert browser.post(f"{base}/medicamento", {"product": world.product.id}).location == f"{base}/medico"
    assert browser.post(f"{base}/medico", {"physician": world.accounts["physician"].id}).location == f"{base}/revisar"
    assert "Luz Inventada Segura" in browser.get(f"{base}/revisar").text
    answer = browser.post(f"{base}/revisar")
    assert answer.status_code == 303
    with app.app_context(), foundation().session() as session:
        case = session.scalars(select(Case)).one()
        assert answer.location == f"/expedientes/{case.code}"
        assert case.state == "draft"
        assert case.physician_id == world.accounts["physician"].id
        assert identity_of(session, case.patient).nhc == "554433"


def test_pressing_the_last_button_twice_opens_one_case(app: Flask, world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = told(browser, world)
    first, second = browser.post(f"{base}/revisar"), browser.post(f"{base}/revisar")
    assert first.location == second.location
    with app.app_context(), foundation().session() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(Patient)) == 1


def test_nothing_about_the_person_is_in_an_address_or_a_cookie(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = told(browser, world)
    answer = browser.get(f"{base}/revisar")
    kept = " ".join(
        [base, *answer.headers.getlist("Set-Cookie"), *(cookie.value for cookie in browser.client._cookies.values())]
    )
    assert not [word for word in PERSON.values() if word in kept and word != "female"]


def test_the_draft_is_sealed_and_forgotten_once_the_case_is_open(app: Flask, world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = told(browser, world)
    with app.app_context(), foundation().session() as session:
        assert b"Inventada" not in session.scalars(select(Draft.fields)).one()
    browser.post(f"{base}/revisar")
    with app.app_context(), foundation().session() as session:
        assert session.scalars(select(Draft)).all() == []


def test_wrong_values_on_the_very_first_page_start_nothing(app: Flask, world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    browser.get("/expedientes/nuevo")
    answer = browser.post("/expedientes/nuevo", PERSON | {"national_id": "12345678A"})
    assert answer.status_code == 422
    assert "Inventada Segura" in answer.text
    with app.app_context(), foundation().session() as session:
        assert session.scalars(select(Draft)).all() == []


def test_wrong_values_are_said_beside_their_field_and_nothing_typed_is_lost(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = started(browser)
    wrong = PERSON | {"birth_on": "31/02/1971", "national_id": "12345678A", "surnames": ""}
    answer = browser.post(f"{base}/paciente", wrong)
    assert answer.status_code == 422
    assert all(f'href="#{name}"' in answer.text for name in ("birth_on", "national_id", "surnames"))
    assert all(f'value="{text}"' in answer.text for text in ("Luz", "31/02/1971", "12345678A", "554433"))


def test_the_same_person_is_warned_about_without_their_name(world: World, log_in: LogIn):
    case = world.open_case(nhc="554433", surnames="Conocida Antes")
    world.session.commit()
    browser = log_in("resident")
    base = started(browser)
    assert browser.get(f"{base}/revisar").location == f"{base}/misma-persona"
    page = browser.get(f"{base}/misma-persona").text
    assert case.code in page
    assert "P. C. A." in page
    assert "1980" in page
    assert "Conocida" not in page
    assert "1980-02-03" not in page


def test_who_is_the_same_person_gets_a_second_case_of_theirs(app: Flask, world: World, log_in: LogIn):
    case = world.open_case(nhc="554433")
    world.session.commit()
    browser = log_in("pharmacist")
    base = started(browser)
    browser.post(f"{base}/misma-persona", {"person": case.patient_id})
    browser.post(f"{base}/medicamento", {"product": world.product.id})
    browser.post(f"{base}/medico", {"physician": "later"})
    browser.post(f"{base}/revisar")
    with app.app_context(), foundation().session() as session:
        assert {each.patient_id for each in session.scalars(select(Case))} == {case.patient_id}


def test_twins_stay_apart(app: Flask, world: World, log_in: LogIn):
    world.open_case(nhc="554433")
    world.session.commit()
    browser = log_in("pharmacist")
    base = started(browser)
    assert browser.post(f"{base}/misma-persona", {}).status_code == 422
    browser.post(f"{base}/misma-persona", {"person": "other"})
    browser.post(f"{base}/medicamento", {"product": world.product.id})
    browser.post(f"{base}/medico", {"physician": "later"})
    browser.post(f"{base}/revisar")
    with app.app_context(), foundation().session() as session:
        assert len({each.patient_id for each in session.scalars(select(Case))}) == 2


def test_somebody_registered_meanwhile_is_asked_about_before_the_case_opens(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = told(browser, world)
    world.session.commit()
    world.open_case(nhc="554433")
    world.session.commit()
    assert browser.post(f"{base}/revisar").location == f"{base}/misma-persona"


def test_a_medicine_with_several_presentations_asks_which(app: Flask, world: World, log_in: LogIn):
    product = world.add_product("TRES", lines=3)
    world.session.commit()
    browser = log_in("pharmacist")
    base = started(browser)
    assert browser.post(f"{base}/medicamento", {"product": product.id}).location == f"{base}/presentaciones"
    assert browser.post(f"{base}/presentaciones", {}).status_code == 422
    browser.post(f"{base}/presentaciones", {"lines": ["1", "3"]})
    browser.post(f"{base}/medico", {"physician": "later"})
    browser.post(f"{base}/revisar")
    with app.app_context(), foundation().session() as session:
        case = session.scalars(select(Case)).one()
        assert [line.product_line.position for line in case.lines] == [1, 3]


def test_who_works_at_several_centres_is_asked_which(app: Flask, world: World, log_in: LogIn):
    other = instance.add_centre(world.session, None, "HGB", "Hospital HGB", "ES-MD", world.now)
    accounts.grant(
        world.session, None, world.accounts["pharmacist"], other, Role.PHARMACIST, world.now, date(2020, 1, 1)
    )
    world.session.commit()
    browser = log_in("pharmacist")
    assert "Hospital HGB" in browser.get("/expedientes/nuevo").text
    assert browser.post("/expedientes/nuevo", {}).status_code == 422
    assert browser.post("/expedientes/nuevo", {"centre": other.id}).status_code == 303


def test_a_centre_of_others_is_no_choice(world: World, log_in: LogIn):
    other = instance.add_centre(world.session, None, "HGB", "Hospital HGB", "ES-MD", world.now)
    accounts.grant(world.session, None, world.accounts["pharmacist"], other, Role.DIRECTOR, world.now, date(2020, 1, 1))
    world.session.commit()
    browser = log_in("pharmacist")
    browser.get("/expedientes/nuevo")
    assert browser.post("/expedientes/nuevo", {**PERSON, "centre": other.id}).status_code == 303
    assert "Hospital HGB" not in browser.get("/expedientes/nuevo").text


def test_an_opening_of_somebody_else_is_not_there(world: World, log_in: LogIn):
    base = told(log_in("pharmacist"), world)
    browser = log_in("physician")
    browser.get("/expedientes/nuevo")
    for page in ("paciente", "misma-persona", "medicamento", "presentaciones", "medico", "revisar"):
        assert browser.get(f"{base}/{page}").status_code == 404
        assert browser.post(f"{base}/{page}", PERSON).status_code == 404


def test_who_may_not_open_a_case_sees_no_page_for_it(world: World, log_in: LogIn):
    world.session.commit()
    for who in ("director", "nurse", "regulatory", "auditor", "admin"):
        assert log_in(who).get("/expedientes/nuevo").status_code == 403


def test_what_was_left_half_way_is_found_again_and_can_be_forgotten(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = started(browser)
    page = browser.get("/expedientes/nuevo").text
    assert f"{base}/medicamento" in page
    assert "LIS" in page
    assert "Inventada" not in page
    browser.post(f"{base}/descartar")
    assert base not in browser.get("/expedientes/nuevo").text


def test_what_was_typed_survives_the_end_of_the_log_in(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    browser = log_in("pharmacist")
    base = started(browser)
    browser.get(f"{base}/paciente")
    then = clock.now() + timedelta(minutes=40)
    monkeypatch.setattr(clock, "now", lambda: then)
    answer = browser.post(f"{base}/paciente", PERSON)
    assert answer.status_code == 401, (answer.location, answer.text)
    kept = re.search(r'name="kept" value="([^"]*)"', answer.text)
    assert kept is not None
    who = {"username": world.accounts["pharmacist"].username, "password": PASSWORD}
    answer = browser.post("/login", {**who, "kept": html.unescape(kept[1]), "next": f"{base}/paciente"})
    assert answer.location == f"{base}/paciente"
    page = browser.get(f"{base}/paciente").text
    assert 'value="Inventada Segura"' in page
    assert "Se ha recuperado" in page


def test_hostile_text_prints_as_text(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = told(browser, world, given_name=HOSTILE, surnames=HOSTILE, nhc=HOSTILE[:40], cip="")
    page = browser.get(f"{base}/revisar").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{7*7}}" in page


TEXT = st.text(max_size=60) | st.sampled_from(["0", "-1", "9" * 400, "\x00", "2026-02-30", "٣", HOSTILE])


def test_no_text_at_all_is_a_fault(world: World, log_in: LogIn):
    browser = log_in("pharmacist")
    base = started(browser)

    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(
        st.dictionaries(
            st.sampled_from([*PERSON, "cip", "national_id", "person", "product", "lines", "physician", "centre"]), TEXT
        )
    )
    def send(fields: dict[str, str]) -> None:
        for page in ("paciente", "misma-persona", "medicamento", "presentaciones", "medico"):
            assert browser.post(f"{base}/{page}", fields).status_code < 500

    send()
