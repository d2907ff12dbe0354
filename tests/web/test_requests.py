"""A request being prepared in a browser: its list, posology, packs, check your answers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from compassionate.extensions import foundation
from compassionate.models import Case, CaseEvent, Posology, Request
from tests.web.conftest import Browser
from tests.world import World

LogIn = Callable[[str], Browser]
HOSTILE = '"><script>alert(1)</script>{{7*7}}'
OF_REQUEST = ("", "/pauta", "/envases", "/informe", "/revisar", "/transcripcion")
OF_CASE = ("/paciente", "/medicamento", "/requisitos", "/requisitos/resultado", "/promotor", "/comision")
POSOLOGY = {"dose": "25 millones", "schedule": "Dosis única", "duration_weeks": "52"}


def at(world: World, state: str, **case: object) -> str:
    """The address of a case in that state."""
    held = world.case_in(state, **case)
    world.session.commit()
    return f"/expedientes/{held.code}"


def seen(page: str) -> str:
    """The last edit that a page says it was drawn on."""
    found = re.search(r'name="version" value="([^"]*)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("state", ["draft", "preparing", "awaiting_endorsement"])
def test_every_page_opens_for_everybody_who_reads_cases(world: World, log_in: LogIn, state: str):
    base = at(world, state)
    for who in ("pharmacist", "physician", "auditor"):
        browser = log_in(who)
        for page in [f"/solicitudes/0{each}" for each in OF_REQUEST] + list(OF_CASE):
            answer = browser.get(base + page)
            assert answer.status_code == 200, (who, page)
            assert answer.text.count("<h1") == 1, (who, page)


def test_pages_of_another_hospital_are_not_there(world: World, log_in: LogIn):
    other = World(world.session, "HGB")
    base = at(other, "preparing")
    browser = log_in("pharmacist")
    for page in [f"/solicitudes/0{each}" for each in OF_REQUEST] + list(OF_CASE):
        assert browser.get(base + page).status_code == 404


def test_the_list_says_what_is_missing_and_whose_turn_it_is(world: World, log_in: LogIn):
    base = at(world, "preparing")
    page = log_in("pharmacist").get(f"{base}/solicitudes/0").text
    assert "5 de 10 partes completas" in page
    assert "Le toca a: Médico responsable" in page
    assert f'href="{base}/solicitudes/0/envases"' in page
    assert "Todavía no se puede: Pedir el visto bueno de Dirección" in page


def test_the_list_of_a_ready_request_leads_to_the_endorsement(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.fill_request(case)
    world.settle_sponsor(case)
    world.session.commit()
    page = log_in("pharmacist").get(f"/expedientes/{case.code}/solicitudes/0").text
    assert "10 de 10 partes completas" in page
    assert f"/expedientes/{case.code}/pasos/request_endorsement" in page


@pytest.mark.parametrize(
    ("who", "part"),
    [("physician", "Informe clínico"), ("resident", "Informe clínico"), ("pharmacist", "Envases e importación"),
     ("technician", "Envases e importación"), ("auditor", "")],
)  # fmt: skip
def test_the_list_offers_each_person_the_first_part_that_waits_for_them(
    world: World, log_in: LogIn, who: str, part: str
):
    base = at(world, "preparing")
    page = log_in(who).get(f"{base}/solicitudes/0").text
    assert (f"Seguir con: {part}" in page) if part else ("Seguir con" not in page)


def test_withdrawing_never_stands_beside_the_way_forward(world: World, log_in: LogIn):
    base = at(world, "preparing")
    page = log_in("pharmacist").get(f"{base}/solicitudes/0").text
    forward, _, back = page.partition("Deshacer o desistir")
    assert "pasos/withdraw_request" not in forward
    assert "pasos/withdraw_request" in back


def test_each_change_of_posology_is_a_version_and_saying_the_same_is_none(app: Flask, world: World, log_in: LogIn):
    base = at(world, "preparing")
    browser = log_in("physician")
    for given_now in (POSOLOGY, POSOLOGY, POSOLOGY | {"dose": "50 millones", "from_on": "01/04/2026"}):
        version = seen(browser.get(f"{base}/solicitudes/0/pauta").text)
        assert browser.post(f"{base}/solicitudes/0/pauta", given_now | {"version": version}).status_code == 303
    page = browser.get(f"{base}/solicitudes/0/pauta").text
    assert 'value="50 millones"' in page
    assert "01/04/2026" in page
    with app.app_context(), foundation().session() as session:
        assert session.scalar(select(func.count()).select_from(Posology)) == 2


def test_bad_posology_is_said_by_field_and_kept(world: World, log_in: LogIn):
    base = at(world, "preparing")
    browser = log_in("physician")
    browser.get(f"{base}/solicitudes/0/pauta")
    bad = {"dose": "", "schedule": "Cada día", "duration_weeks": "muchas", "from_on": "31/02/2026"}
    answer = browser.post(f"{base}/solicitudes/0/pauta", bad)
    assert answer.status_code == 422
    assert "Dosis: Rellene este dato." in answer.text
    assert "Duración prevista: Escriba un número entero" in answer.text
    assert 'value="muchas"' in answer.text
    assert 'value="31/02/2026"' in answer.text


def test_packs_are_calculated_and_shown_with_their_sum(app: Flask, world: World, log_in: LogIn):
    product = world.add_product("PILDORA", lines=2, programme="")
    for line in product.lines:
        line.units_per_pack, line.unit = 30, "comprimido"
    base = at(world, "preparing", product=product)
    browser = log_in("pharmacist")
    browser.get(f"{base}/solicitudes/0/envases")
    packs = {
        "units_a_day.1": "2",
        "days.1": "84",
        "packs.2": "3",
        "note.2": "De reserva",
        "needs_import": "yes",
        "origin_country": "Suiza",
    }
    assert browser.post(f"{base}/solicitudes/0/envases", packs).status_code == 303
    page = browser.get(f"{base}/solicitudes/0/envases").text.replace("\xa0", " ")
    assert "2 × 84 días = 168 unidades; 168 ÷ 30 = 5,6 → 6 envases; sobran 12 unidades" in page
    assert "De reserva" in page
    with app.app_context(), foundation().session() as session:
        request = session.scalars(select(Request)).one()
        assert [row.packs for row in request.packs] == [6, 3]
        assert request.needs_import is True


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"units_a_day.1": "x", "days.1": "3", "needs_import": "no"}, "Escriba un número mayor que cero"),
        ({"units_a_day.1": "1e9", "days.1": "3", "needs_import": "no"}, "Escriba un número mayor que cero"),
        ({"units_a_day.1": "0,00001", "days.1": "3", "needs_import": "no"}, "Escriba un número mayor que cero"),
        ({"units_a_day.1": "9999", "days.1": "3650", "needs_import": "no"}, "envases, más de los 10000 que caben"),
        ({"packs.1": "4", "needs_import": "no"}, "De dónde sale el número: Explique"),
        ({"units_a_day.1": "1", "days.1": "3"}, "Importación: Rellene este dato."),
        ({"units_a_day.1": "1", "days.1": "3", "needs_import": "yes"}, "País de origen: Rellene este dato."),
        ({"packs.1": "1", "note.1": "x", "needs_import": "no", "urgent": "1"}, "Por qué es urgente: Rellene"),
    ],
)  # fmt: skip
def test_packs_that_do_not_add_up_are_said_by_field(world: World, log_in: LogIn, wrong: dict[str, str], said: str):
    base = at(world, "preparing")
    browser = log_in("technician")
    browser.get(f"{base}/solicitudes/0/envases")
    answer = browser.post(f"{base}/solicitudes/0/envases", wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert all(f'value="{typed}"' in answer.text for typed in wrong.values())


def test_two_people_on_one_page_never_overwrite_each_other(world: World, log_in: LogIn):
    base = at(world, "preparing")
    first, second = log_in("pharmacist"), log_in("technician")
    url = f"{base}/solicitudes/0/envases"
    versions = [seen(browser.get(url).text) for browser in (first, second)]
    one = {"units_a_day.1": "1", "days.1": "10", "needs_import": "no"}
    assert first.post(url, one | {"version": versions[0]}).status_code == 303
    late = second.post(url, one | {"days.1": "20", "version": versions[1]})
    assert late.status_code == 409
    assert "Pharmacist de HGA guardó esta página" in late.text
    assert 'value="20"' in late.text
    assert re.search(r"Ahora guardado:</span> 10", late.text)
    assert second.post(url, one | {"days.1": "20", "version": seen(late.text)}).status_code == 303


def test_an_edit_of_another_part_is_no_conflict(world: World, log_in: LogIn):
    base = at(world, "preparing")
    physician, pharmacist = log_in("physician"), log_in("pharmacist")
    version = seen(physician.get(f"{base}/solicitudes/0/pauta").text)
    packs = {"units_a_day.1": "1", "days.1": "10", "needs_import": "no"}
    pharmacist.get(f"{base}/solicitudes/0/envases")
    assert pharmacist.post(f"{base}/solicitudes/0/envases", packs).status_code == 303
    assert physician.post(f"{base}/solicitudes/0/pauta", POSOLOGY | {"version": version}).status_code == 303


@pytest.mark.parametrize(("page", "who"), [("pauta", "pharmacist"), ("envases", "physician")])
def test_who_may_not_edit_a_part_reads_it_and_learns_who_does(
    app: Flask, world: World, log_in: LogIn, page: str, who: str
):
    base = at(world, "preparing")
    browser = log_in(who)
    text = browser.get(f"{base}/solicitudes/0/{page}").text
    assert "Usted puede leer esta parte" in text
    assert 'name="version"' not in text
    assert browser.post(f"{base}/solicitudes/0/{page}", POSOLOGY).status_code == 403
    with app.app_context(), foundation().session() as session:
        assert not session.scalars(select(CaseEvent).where(CaseEvent.name.in_(("edit_posology", "edit_packs")))).all()


def test_check_your_answers_names_what_is_missing_with_a_link_to_its_very_field(world: World, log_in: LogIn):
    base = at(world, "preparing")
    page = log_in("physician").get(f"{base}/solicitudes/0/revisar").text
    assert f'href="{base}/solicitudes/0/informe/diagnosis_section#diagnosis"' in page
    assert f'href="{base}/solicitudes/0/pauta"' in page
    assert page.index("A. Solicitud") < page.index("D. Paciente") < page.index("G. Tratamiento")


def test_check_your_answers_of_a_full_request_has_nothing_missing(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.fill_request(case)
    world.session.commit()
    page = log_in("physician").get(f"/expedientes/{case.code}/solicitudes/0/revisar").text
    assert "No falta ningún dato" in page
    assert "71,5" in page
    assert "1. Antiinflamatorios; Respuesta: Parcial y pasajera" in page


def test_hostile_text_prints_as_text(world: World, log_in: LogIn):
    base = at(world, "preparing")
    physician, pharmacist = log_in("physician"), log_in("pharmacist")
    physician.get(f"{base}/solicitudes/0/pauta")
    texts = dict.fromkeys(("dose", "schedule", "route", "cycles", "instructions"), HOSTILE)
    assert physician.post(f"{base}/solicitudes/0/pauta", POSOLOGY | texts).status_code == 303
    pharmacist.get(f"{base}/solicitudes/0/envases")
    packs = {
        "packs.1": "2",
        "note.1": HOSTILE,
        "needs_import": "yes",
        "origin_country": HOSTILE,
        "urgent": "1",
        "urgent_reason": HOSTILE,
    }
    assert pharmacist.post(f"{base}/solicitudes/0/envases", packs).status_code == 303
    for page in ("/pauta", "/envases", "/revisar", "/transcripcion"):
        text = pharmacist.get(f"{base}/solicitudes/0{page}").text
        assert "<script>alert" not in text, page
        assert "{{7*7}}" in text, page


FIELDS = [
    "dose",
    "duration_weeks",
    "from_on",
    "start_wished_on",
    "units_a_day.1",
    "days.1",
    "packs.1",
    "note.1",
    "needs_import",
    "origin_country",
    "urgent",
    "urgent_reason",
    "version",
]
TEXT = st.text(max_size=40) | st.sampled_from(
    ["9" * 5000, "1", "-1", "nan", "Infinity", "\x00", "0001-01-01", "٣", "yes", "x" * 3000]
)


def test_no_text_at_all_is_a_fault(world: World, log_in: LogIn):
    base = at(world, "preparing")
    browsers = {"pauta": log_in("physician"), "envases": log_in("pharmacist")}
    for page, browser in browsers.items():
        browser.get(f"{base}/solicitudes/0/{page}")

    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(FIELDS), TEXT))
    def send(fields: dict[str, str]) -> None:
        for page, browser in browsers.items():
            assert browser.post(f"{base}/solicitudes/0/{page}", fields).status_code < 500

    send()


def test_a_continuation_has_a_list_of_its_own(app: Flask, world: World, log_in: LogIn):
    case = world.case_in("in_treatment")
    world.act(case, "pharmacist", "open_continuation", request_kind="more_packs")
    world.session.commit()
    browser = log_in("physician")
    base = f"/expedientes/{case.code}/solicitudes/1"
    page = browser.get(base).text
    assert "Solicitud de ampliación de envases 1" in page
    assert "Informe de evolución" in page
    for each in OF_REQUEST:
        assert browser.get(base + each).status_code == 200, each
    assert "Envases usados" in browser.get(f"{base}/transcripcion").text
    with app.app_context(), foundation().session() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
