"""Treatment on its page: the gate condition by condition, the step, what was given, what comes next."""

from __future__ import annotations

import re

import pytest

from tests.world import World


def address(case):
    return f"/expedientes/{case.code}/tratamiento"


def verdicts(text):
    """Each condition of the gate and whether it holds."""
    rows = re.findall(
        r'<li class="govuk-task-list__item">.*?<div>([^<]+)</div>.*?<strong[^>]*>([^<]+)<', text, re.DOTALL
    )
    return dict(rows)


@pytest.fixture
def ready(world: World):
    held = world.case_in("authorised")
    world.stock(held)
    world.consent(held)
    world.session.commit()
    return held


def test_each_condition_that_does_not_hold_has_its_cure(log_in, world):
    case = world.case_in("authorised")
    world.session.commit()
    text = log_in("physician").get(address(case)).text
    assert "Hoy no se puede dispensar ni administrar" in text
    assert verdicts(text) == {
        "Autorización de la AEMPS en vigor": "Se cumple",
        "Solicitud urgente completada": "Se cumple",
        "Consentimiento por escrito": "No se cumple",
        "Lote liberado y sin caducar": "No se cumple",
        "Quedan envases autorizados": "Se cumple",
        "Identidad del paciente": "En cada acto",
        "Seguro de responsabilidad civil": "Se cumple",
    }
    for page in ("consentimientos", "suministro"):
        assert f'href="/expedientes/{case.code}/{page}"' in text
    assert "pasos/start_treatment" not in text


def test_an_authorisation_by_telephone_permits_nothing(log_in, world):
    case = world.case_in("submitted")
    world.authorise(case, channel="telephone")
    world.stock(case)
    world.consent(case)
    world.session.commit()
    text = log_in("physician").get(address(case)).text
    assert verdicts(text)["Autorización de la AEMPS en vigor"] == "No se cumple"
    assert "solo consta por teléfono" in text


def test_when_all_holds_the_dose_is_the_main_step(log_in, ready):
    text = log_in("nurse").get(address(ready)).text
    assert "Hoy se puede dispensar y administrar" in text
    main = re.search(r'<a class="govuk-button" href="([^"]+)"', text)
    assert main is not None
    assert main[1] == f"/expedientes/{ready.code}/pasos/start_treatment"


def test_a_revoked_consent_closes_the_gate(log_in, world, ready):
    world.dose(ready)
    world.act(ready, "nurse", "record_consent_revocation@use", on=str(world.today), form="oral")
    world.session.commit()
    text = log_in("physician").get(address(ready)).text
    assert verdicts(text)["Consentimiento por escrito"] == "No se cumple"
    assert "pasos/record_dose" not in text
    assert "pasos/end_treatment" in text


def test_what_was_given_is_listed_and_counted_against_the_grant(log_in, world, ready):
    world.dose(ready, note="Sin incidencias", next_on="2026-06-01")
    world.session.commit()
    text = log_in("auditor").get(address(ready)).text
    for words in ("Administración", "L1", "Physician de HGA", "Sin incidencias", "01/06/2026", "1 / 4"):
        assert words in text


def test_when_it_ends_or_why_that_cannot_be_told(log_in, world, ready):
    browser = log_in("pharmacist")
    assert "Sin previsión todavía" in browser.get(address(ready)).text
    world.session.rollback()
    ready.requests[0].packs[0].units_a_day = ""
    world.session.commit()
    assert "No se puede calcular cuándo se acaba" in browser.get(address(ready)).text


def test_later_requests_are_listed_with_their_state(log_in, world, ready):
    world.act(ready, "physician", "open_continuation", request_kind="more_packs")
    world.session.commit()
    text = log_in("pharmacist").get(address(ready)).text
    assert f'href="/expedientes/{ready.code}/solicitudes/1"' in text
    assert "Ampliación de envases" in text
    assert "pasos/open_continuation@continuation-2" in text


def test_before_the_authorisation_there_is_no_gate_to_read(log_in, world):
    case = world.case_in("preparing")
    world.session.commit()
    text = log_in("physician").get(address(case)).text
    assert "se puede dispensar" not in text
    assert "Todavía no consta ninguna." in text


def test_with_the_pharmacy_empty_only_what_was_dispensed_can_be_given(log_in, world, ready):
    world.dose(ready, who="pharmacist", act="dispensing", units="2")
    world.session.commit()
    text = log_in("nurse").get(address(ready)).text
    assert "Hoy solo se puede administrar lo ya dispensado" in text
    assert verdicts(text)["Lote liberado y sin caducar"] == "No se cumple"
    assert "pasos/record_dose" in text


def test_an_interrupted_treatment_is_resumed_first(log_in, world, ready):
    world.dose(ready)
    world.act(ready, "physician", "interrupt_treatment", reason="Cirugía programada")
    world.session.commit()
    text = log_in("physician").get(address(ready)).text
    assert "Está interrumpido: antes de la siguiente dosis hay que reanudarlo" in text
    assert "pasos/resume_treatment" in text
