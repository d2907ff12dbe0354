"""The requirements and the report, answered in a browser: partly, wrongly, by two people, and in the end signed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from compassionate import clock
from compassionate.extensions import foundation
from compassionate.models import AnswerSet, Case, Signature
from compassionate.questionnaires import form_values
from compassionate.services import answers
from compassionate.services.facts import answers_of
from tests.web.conftest import Browser
from tests.world import CRITERIA, ELIGIBILITY, FORMS, PASSWORD, REPORT, World

LogIn = Callable[[str], Browser]
HOSTILE = '"><script>alert(1)</script>{{7*7}}'


def legal(**other: Any) -> dict[str, list[str]]:
    """The legal checklist as its page sends it."""
    return form_values(FORMS.latest("eligibility"), ELIGIBILITY | other)


def stored(app: Flask, code: str, form: str = "eligibility") -> dict[str, Any]:
    with app.app_context(), foundation().session() as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        return answers_of(session, case, form)


def at(world: World, state: str) -> str:
    """The address of a case in that state."""
    case = world.case_in(state)
    world.session.commit()
    return f"/expedientes/{case.code}"


def test_two_pages_of_answers_and_the_result_says_that_all_is_met(app: Flask, world: World, log_in: LogIn):
    base = at(world, "screening")
    browser = log_in("physician")
    browser.get(f"{base}/requisitos")
    sent = browser.post(f"{base}/requisitos", {**legal(), "version": "0"})
    assert (sent.status_code, sent.location) == (303, f"{base}/requisitos/clasificacion")
    criteria = form_values(FORMS.latest("eligibility-disc-msc"), CRITERIA)
    sent = browser.post(f"{base}/requisitos/criterios", {**criteria, "version": "0"})
    assert (sent.status_code, sent.location) == (303, f"{base}/requisitos/resultado")
    page = browser.get(f"{base}/requisitos/resultado").text
    assert "Se cumplen los requisitos" in page
    assert f"{base}/pasos/accept_eligibility" in page
    assert stored(app, base.rsplit("/", 1)[1]) == ELIGIBILITY


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ({"purpose_is_care": False}, "ensayo clínico"),
        ({"atu_exists": True}, "autorización temporal"),
        ({"same_institution": True}, "exención hospitalaria"),
        ({"authorised_in_spain": True}, "condiciones distintas"),
        ({"authorised_abroad": True, "trial_status": "neither"}, "medicamentos extranjeros"),
        ({"satisfactory_alternative_exists": True}, "no procede el uso compasivo"),
    ],
)
def test_the_result_names_the_other_route(world: World, log_in: LogIn, answer: dict[str, Any], advice: str):
    case = world.case_in("screening")
    answers.save(world.session, world.people["physician"], case, "eligibility", ELIGIBILITY | answer, world.tick())
    world.session.commit()
    page = log_in("physician").get(f"/expedientes/{case.code}/requisitos/resultado").text
    assert advice in page
    assert f"/expedientes/{case.code}/pasos/re" in page


def test_a_part_is_saved_and_gone_on_with_later(app: Flask, world: World, log_in: LogIn):
    base = at(world, "screening")
    browser = log_in("resident")
    browser.get(f"{base}/requisitos")
    sent = browser.post(f"{base}/requisitos", {"disease_class": "chronic", "version": "0", "later": "1"})
    assert sent.location == f"{base}/requisitos/resultado"
    assert stored(app, base.rsplit("/", 1)[1]) == {"disease_class": "chronic"}
    page = browser.get(f"{base}/requisitos").text
    assert re.search(r'value="chronic" checked', page)


def test_bad_values_are_said_beside_their_field_and_everything_typed_stays(app: Flask, world: World, log_in: LogIn):
    base = at(world, "screening")
    browser = log_in("physician")
    browser.get(f"{base}/requisitos/criterios")
    sent = browser.post(
        f"{base}/requisitos/criterios", {"d01": "doce", "d03": "1000", "d11_translation_mm": "0,5", "version": "0"}
    )
    assert sent.status_code == 422
    assert 'href="#d01"' in sent.text
    assert 'id="d03-error"' in sent.text
    assert all(f'value="{typed}"' in sent.text for typed in ("doce", "1000", "0,5"))
    assert stored(app, base.rsplit("/", 1)[1], "eligibility-disc-msc") == {}


def test_rows_come_and_go_without_a_script_and_nothing_is_saved_by_it(app: Flask, world: World, log_in: LogIn):
    base = at(world, "screening")
    browser = log_in("physician")
    page = browser.get(f"{base}/requisitos").text
    assert "alternatives.0.alternative" in page
    assert "alternatives.1.alternative" not in page
    typed = {"alternatives.0.alternative": "Fisioterapia", "disease_class_reason": "Ocho años", "version": "0"}
    page = browser.post(f"{base}/requisitos", {**typed, "_add": "alternatives"}).text
    assert 'value="Fisioterapia"' in page
    assert "alternatives.1.alternative" in page
    typed |= {"alternatives.1.alternative": "Infiltración"}
    page = browser.post(f"{base}/requisitos", {**typed, "_remove": "alternatives.0"}).text
    assert "Fisioterapia" not in page
    assert 'value="Infiltración"' in page
    assert "Ocho años" in page
    assert stored(app, base.rsplit("/", 1)[1]) == {}


def test_the_first_button_of_a_form_saves_because_the_enter_key_presses_it(world: World, log_in: LogIn):
    base = at(world, "screening")
    page = log_in("physician").get(f"{base}/requisitos").text
    form = page[page.index("<form", page.index("<h1")) :]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert "_remove" not in first[0]
    assert "_add" not in first[0]


def test_a_closed_question_says_when_it_applies(world: World, log_in: LogIn):
    base = at(world, "screening")
    page = log_in("physician").get(f"{base}/requisitos").text
    assert "Solo si «¿En qué situación está el medicamento?» es «Está en ensayos clínicos» o " in page
    found = re.search(r'data-when="([^"]*)"', page)
    assert found is not None
    assert '["trial_status", "=", "trial_ongoing"]' in html.unescape(found[1])


def test_who_saves_second_keeps_what_they_typed_and_sees_what_is_stored(app: Flask, world: World, log_in: LogIn):
    base = at(world, "screening")
    code = base.rsplit("/", 1)[1]
    first, second = log_in("physician"), log_in("resident")
    first.get(f"{base}/requisitos")
    second.get(f"{base}/requisitos")
    first.post(f"{base}/requisitos", {"disease_class": "chronic", "disease_class_reason": "Uno", "version": "0"})
    late = second.post(
        f"{base}/requisitos", {"disease_class": "chronic", "disease_class_reason": "Dos", "version": "0"}
    )
    assert late.status_code == 409
    assert "Physician de HGA guardó esta página" in late.text
    assert "Dos</textarea>" in late.text
    assert re.search(r"Ahora guardado:</span> Uno", late.text)
    assert late.text.count("Ahora guardado:") == 1
    assert stored(app, code)["disease_class_reason"] == "Uno"
    version = re.search(r'name="version" value="(\d+)"', late.text)
    assert version is not None
    again = second.post(
        f"{base}/requisitos", {"disease_class": "chronic", "disease_class_reason": "Dos", "version": version[1]}
    )
    assert again.status_code == 303
    assert stored(app, code)["disease_class_reason"] == "Dos"


def test_who_only_reads_sees_answers_and_no_form(world: World, log_in: LogIn):
    base = at(world, "preparing")
    for who in ("pharmacist", "auditor"):
        page = log_in(who).get(f"{base}/requisitos").text
        assert "Dolor lumbar de ocho años" in page
        assert "<textarea" not in page
        assert "Médico responsable" in page


def test_what_may_no_longer_be_saved_is_still_there_to_be_copied(world: World, log_in: LogIn):
    base = at(world, "awaiting_endorsement")
    browser = log_in("physician")
    browser.get("/expedientes")
    sent = browser.post(f"{base}/requisitos", {**legal(disease_class_reason="Texto que costó escribir")})
    assert sent.status_code == 403
    assert "Texto que costó escribir" in sent.text
    assert "ya no se puede editar" in sent.text


def test_hostile_text_prints_as_text(world: World, log_in: LogIn):
    base = at(world, "screening")
    browser = log_in("physician")
    browser.get(f"{base}/requisitos")
    rows = [{"alternative": HOSTILE, "considered_how": "tried", "reason": HOSTILE}]
    texts = {"disease_class_reason": HOSTILE, "trial_identifier": HOSTILE, "trial_exclusion_reasons": HOSTILE}
    browser.post(f"{base}/requisitos", {**legal(alternatives=rows, **texts), "version": "0"})
    for page in ("/requisitos", "/requisitos/resultado", "/solicitudes/0/revisar", "/solicitudes/0/transcripcion"):
        text = browser.get(base + page).text
        assert "<script>alert" not in text
        assert "{{7*7}}" in text


def test_what_was_typed_survives_the_end_of_the_log_in(world: World, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    base = at(world, "screening")
    browser = log_in("physician")
    browser.get(f"{base}/requisitos")
    then = clock.now() + timedelta(minutes=40)
    monkeypatch.setattr(clock, "now", lambda: then)
    answer = browser.post(f"{base}/requisitos", {"disease_class_reason": "Lo que costó escribir", "version": "0"})
    kept = re.search(r'name="kept" value="([^"]*)"', answer.text)
    assert kept is not None
    who = {"username": world.accounts["physician"].username, "password": PASSWORD}
    browser.post("/login", {**who, "kept": html.unescape(kept[1]), "next": f"{base}/requisitos"})
    page = browser.get(f"{base}/requisitos").text
    assert "Lo que costó escribir</textarea>" in page
    assert "Se ha recuperado" in page
    browser.post(f"{base}/requisitos", {"disease_class_reason": "Lo que costó escribir", "version": "0"})
    assert "Se ha recuperado" not in browser.get(f"{base}/requisitos").text


def write_report(browser: Browser, base: str) -> None:
    """Every part of the report, page after page, as its buttons lead."""
    values = form_values(FORMS.latest("clinical-report"), REPORT)
    url, version = f"{base}/solicitudes/0/informe/diagnosis_section", 0
    while not url.endswith("/informe"):
        browser.get(url)
        url, version = browser.post(url, {**values, "version": str(version)}).location, version + 1


def test_the_report_is_written_part_by_part_and_signed_with_the_password(app: Flask, world: World, log_in: LogIn):
    base = at(world, "preparing")
    browser = log_in("physician")
    write_report(browser, base)
    assert stored(app, base.rsplit("/", 1)[1], "clinical-report") == REPORT
    report = f"{base}/solicitudes/0/informe"
    page = browser.get(report).text
    assert "Falta la pauta" in page
    assert 'name="password"' not in page
    posology = {"dose": "25 millones", "schedule": "Única", "duration_weeks": "52"}
    browser.post(f"{base}/solicitudes/0/pauta", posology)
    wrong = browser.post(f"{report}/firma", {"password": "otra"})
    assert wrong.status_code == 422
    assert "La contraseña no es correcta" in wrong.text
    content = re.search(r'name="content" value="([0-9a-f]{64})"', browser.get(report).text)
    assert content is not None
    signed = browser.post(f"{report}/firma", {"password": PASSWORD, "content": content[1]})
    assert signed.status_code == 303
    assert "Informe firmado" in browser.get(report).text
    with app.app_context(), foundation().session() as session:
        assert session.scalars(select(Signature.meaning)).all() == ["clinical_report"]


def test_signing_is_refused_with_every_gap_and_a_link_to_each(world: World, log_in: LogIn):
    base = at(world, "preparing")
    browser = log_in("physician")
    report = f"{base}/solicitudes/0/informe"
    browser.get(report)
    refused = browser.post(f"{report}/firma", {"password": PASSWORD})
    assert refused.status_code == 403
    for link in ("diagnosis_section#diagnosis", "history#previous_treatments", "patient_section#weight_kg"):
        assert f"{report}/{link}" in refused.text
    assert f"{base}/solicitudes/0/pauta" in refused.text


def test_nobody_signs_what_they_have_not_read(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.fill_request(case)
    answers.save(
        world.session, world.people["resident"], case, "clinical-report", REPORT | {"stage": "Nuevo"}, world.tick()
    )
    world.session.commit()
    browser = log_in("physician")
    report = f"/expedientes/{case.code}/solicitudes/0/informe"
    assert "La firma ya no vale" in browser.get(report).text
    late = browser.post(f"{report}/firma", {"password": PASSWORD, "content": "0" * 64})
    assert late.status_code == 409
    assert "No se ha firmado" in late.text


def test_a_resident_writes_and_does_not_sign(world: World, log_in: LogIn):
    case = world.case_in("preparing")
    world.fill_request(case)
    answers.save(
        world.session, world.people["resident"], case, "clinical-report", REPORT | {"stage": "Nuevo"}, world.tick()
    )
    world.session.commit()
    browser = log_in("resident")
    report = f"/expedientes/{case.code}/solicitudes/0/informe"
    page = browser.get(report).text
    assert 'name="password"' not in page
    assert "Lo firma: Médico responsable" in page
    assert browser.post(f"{report}/firma", {"password": PASSWORD}).status_code == 403


def test_there_is_no_page_for_what_a_form_has_not(world: World, log_in: LogIn):
    product = world.add_product("LIBRE", programme="")
    case = world.open_case(product)
    world.session.commit()
    browser = log_in("physician")
    for page in (
        "/requisitos/criterios",
        "/solicitudes/0/informe/nada",
        "/solicitudes/7/informe",
        "/solicitudes/0/informe/diagnosis",
    ):
        assert browser.get(f"/expedientes/{case.code}{page}").status_code == 404


NAMES = [item.link_id for name in ("eligibility", "clinical-report") for item in FORMS.latest(name).walk()]
FIELDS = [
    *NAMES,
    "alternatives.0.reason",
    "alternatives.9999999.reason",
    "previous_treatments.0.treatment",
    "_add",
    "_remove",
    "version",
    "later",
]
TEXT = st.text(max_size=40) | st.sampled_from(["9" * 5000, "-1e999", "nan", "\x00", "2026-02-30", "٣", "true", HOSTILE])


def test_no_text_at_all_is_a_fault(world: World, log_in: LogIn):
    base = at(world, "preparing")
    browser = log_in("physician")
    browser.get(f"{base}/requisitos")

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(FIELDS), TEXT, max_size=8))
    def send(fields: dict[str, str]) -> None:
        for page in ("/requisitos", "/requisitos/criterios", "/solicitudes/0/informe/history"):
            assert browser.post(base + page, fields).status_code < 500
            assert browser.get(base + page).status_code == 200

    send()


def test_a_get_writes_nothing(app: Flask, world: World, log_in: LogIn):
    base = at(world, "screening")
    browser = log_in("physician")
    for page in ("/requisitos", "/requisitos/criterios", "/requisitos/resultado", "/solicitudes/0/informe"):
        browser.get(base + page)
    with app.app_context(), foundation().session() as session:
        assert session.scalars(select(AnswerSet)).all() == []
