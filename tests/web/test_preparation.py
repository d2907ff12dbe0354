"""Patient, medicine, sponsor and committee of a case, in a browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from compassionate.extensions import foundation
from compassionate.models import Case, CaseEvent, Paper, Product
from compassionate.services.patients import identity_of
from compassionate.services.recording import inputs_of
from tests.web.conftest import Browser
from tests.world import World, a_pdf

LogIn = Callable[[str], Browser]
IDENTITY = {
    "given_name": "Persona",
    "surnames": "Inventada Prueba",
    "birth_on": "1980-02-03",
    "sex": "female",
    "nhc": "100001",
}
WILLING = {"willing_on": "2026-01-15", "willing_by": "Dra. Promotora", "willing_reference": "W-7"}
HOSTILE = '"><script>alert(1)</script>{{7*7}}'


def draft(world: World, **product: Any) -> str:
    case = world.open_case(world.add_product("OTRO", **product) if product else None)
    world.session.commit()
    return f"/expedientes/{case.code}"


def seen(page: str) -> str:
    found = re.search(r'name="version" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def paper(pages: int = 1) -> tuple[io.BytesIO, str]:
    return io.BytesIO(a_pdf(pages)), "carta.pdf"


def test_correcting_the_patient_is_on_record_by_field_and_never_by_value(app: Flask, world: World, log_in: LogIn):
    base = draft(world)
    browser = log_in("technician")
    browser.get(f"{base}/paciente")
    answer = browser.post(f"{base}/paciente", IDENTITY | {"surnames": "Inventada Corregida", "cip": "ABCD800203123456"})
    assert answer.status_code == 303
    with app.app_context(), foundation().session() as session:
        case = session.scalars(select(Case)).one()
        event = session.scalars(select(CaseEvent).where(CaseEvent.name == "edit_patient")).one()
        assert identity_of(session, case.patient).surnames == "Inventada Corregida"
        assert inputs_of(session, case, event) == {"fields": ["surnames", "cip"]}


def test_saving_a_patient_as_they_are_writes_nothing(app: Flask, world: World, log_in: LogIn):
    base = draft(world)
    browser = log_in("pharmacist")
    browser.get(f"{base}/paciente")
    assert browser.post(f"{base}/paciente", IDENTITY).status_code == 303
    with app.app_context(), foundation().session() as session:
        assert session.scalars(select(CaseEvent.name)).all() == ["open_case"]


def test_a_correction_that_makes_two_people_one_is_asked_about(world: World, log_in: LogIn):
    world.open_case(nhc="999")
    base = draft(world)
    browser = log_in("pharmacist")
    browser.get(f"{base}/paciente")
    answer = browser.post(f"{base}/paciente", IDENTITY | {"nhc": "999"})
    assert answer.status_code == 422
    assert "Ya hay en este centro una persona con el mismo dato" in answer.text
    assert 'name="another_person"' in answer.text
    assert browser.post(f"{base}/paciente", IDENTITY | {"nhc": "999", "another_person": "1"}).status_code == 303


def test_two_people_correcting_a_patient(world: World, log_in: LogIn):
    base = draft(world)
    first, second = log_in("pharmacist"), log_in("physician")
    versions = [seen(browser.get(f"{base}/paciente").text) for browser in (first, second)]
    assert first.post(f"{base}/paciente", IDENTITY | {"nhc": "5", "version": versions[0]}).status_code == 303
    late = second.post(f"{base}/paciente", IDENTITY | {"nhc": "6", "version": versions[1]})
    assert late.status_code == 409
    assert 'value="6"' in late.text
    assert re.search(r"Ahora guardado:</span> 5<", late.text)


def test_who_may_not_correct_a_patient_reads_them(world: World, log_in: LogIn):
    base = draft(world)
    browser = log_in("director")
    page = browser.get(f"{base}/paciente").text
    assert "Inventada Prueba" in page
    assert 'name="surnames"' not in page
    assert browser.post(f"{base}/paciente", IDENTITY | {"nhc": "5"}).status_code == 403


def test_presentations_are_chosen_and_unchosen_while_it_is_early(app: Flask, world: World, log_in: LogIn):
    base = draft(world, lines=3)
    browser = log_in("resident")
    assert browser.get(f"{base}/medicamento").text.count(" checked") == 3
    assert browser.post(f"{base}/medicamento", {"lines": ["1", "3"]}).status_code == 303
    assert browser.post(f"{base}/medicamento", {"lines": []}).status_code == 422
    assert browser.post(f"{base}/medicamento", {"lines": ["1", "77", "x"]}).status_code == 422
    with app.app_context(), foundation().session() as session:
        case = session.scalars(select(Case)).one()
        assert [line.product_line.position for line in case.lines] == [1, 3]
        supply = [region.instance for region in case.regions if region.kind == "supply"]
        assert supply == [f"line-{line.number}" for line in case.lines]


def test_the_sponsor_s_willingness_is_recorded_with_its_paper(app: Flask, world: World, log_in: LogIn):
    base = draft(world, willing_on=None, willing_by="")
    browser = log_in("pharmacist")
    browser.get(f"{base}/promotor")
    without = browser.post(f"{base}/promotor", WILLING)
    assert without.status_code == 422
    assert "Adjunte el documento del promotor" in without.text
    assert 'value="Dra. Promotora"' in without.text
    done = browser.post(f"{base}/promotor", {**WILLING, "paper": paper()}, content_type="multipart/form-data")
    assert done.status_code == 303
    page = browser.get(f"{base}/promotor").text
    assert "Dispuesto a suministrar" in page
    link = re.search(rf'href="({base}/promotor/papeles/[^"]+)"', page)
    assert link is not None
    assert browser.get(link[1]).data.startswith(b"%PDF")
    with app.app_context(), foundation().session() as session:
        product = session.scalars(select(Product).where(Product.code == "OTRO-HGA")).one()
        assert product.willing_by == "Dra. Promotora"
        assert session.scalars(select(Paper.kind)).all() == ["sponsor_willingness"]


def test_a_file_that_is_no_paper_is_said_beside_its_field(world: World, log_in: LogIn):
    base = draft(world, willing_on=None, willing_by="")
    browser = log_in("pharmacist")
    browser.get(f"{base}/promotor")
    bad = {**WILLING, "paper": (io.BytesIO(b"MZ not a paper"), "carta.pdf")}
    answer = browser.post(f"{base}/promotor", bad, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert 'id="paper-error"' in answer.text


def test_who_may_not_record_the_willingness_learns_who_does(world: World, log_in: LogIn):
    base = draft(world, willing_on=None, willing_by="")
    browser = log_in("physician")
    page = browser.get(f"{base}/promotor").text
    assert "Farmacéutico/a" in page
    assert 'name="willing_by"' not in page
    assert browser.post(f"{base}/promotor", WILLING).status_code == 403


def test_the_letter_to_the_sponsor_names_the_case_and_never_the_patient(world: World, log_in: LogIn):
    base = draft(world)
    page = log_in("pharmacist").get(f"{base}/promotor").text
    letter = page[page.index('id="carta"') :]
    assert base.rsplit("/", 1)[1] in letter
    assert "Inventada" not in page
    assert f"{base}/pasos/ask_sponsor" in page


def test_the_committee_s_page_says_the_centre_s_own_rule(world: World, log_in: LogIn):
    world.centre.committee = "always"
    base = draft(world)
    page = log_in("pharmacist").get(f"{base}/comision").text
    assert "Se consulta siempre" in page
    assert f"{base}/pasos/ask_committee" in page
    world.session.commit()
    world.centre.committee = "never"
    base = draft(world)
    assert "No hay que hacer nada" in log_in("pharmacist").get(f"{base}/comision").text


def test_hostile_text_prints_as_text(world: World, log_in: LogIn):
    base = draft(world, willing_on=None, willing_by="")
    browser = log_in("pharmacist")
    browser.get(f"{base}/paciente")
    texts = {"given_name": HOSTILE, "surnames": HOSTILE, "nhc": HOSTILE[:40]}
    assert browser.post(f"{base}/paciente", IDENTITY | texts).status_code == 303
    willing = {**WILLING, "willing_by": HOSTILE, "willing_reference": HOSTILE, "paper": paper()}
    assert browser.post(f"{base}/promotor", willing, content_type="multipart/form-data").status_code == 303
    for page in ("/paciente", "/promotor", "/solicitudes/0/revisar", "/solicitudes/0/transcripcion"):
        text = browser.get(base + page).text
        assert "<script>alert" not in text, page
        assert "alert(1)" in text, page


FIELDS = [*IDENTITY, *WILLING, "cip", "national_id", "lines", "version", "another_person", "paper"]
TEXT = st.text(max_size=40) | st.sampled_from(["9" * 5000, "1", "\x00", "0001-01-01", "31/12/9999", "٣", "x" * 3000])


def test_no_text_at_all_is_a_fault(world: World, log_in: LogIn):
    base = draft(world)
    browser = log_in("pharmacist")
    browser.get(f"{base}/paciente")

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(FIELDS), TEXT))
    def send(fields: dict[str, str]) -> None:
        for page in ("/paciente", "/medicamento", "/promotor"):
            assert browser.post(base + page, fields).status_code < 500

    send()
