"""Consent on its page: who signs and why, what is owed in writing, and that it never goes to the agency."""

from __future__ import annotations

import pytest

from compassionate import clock
from compassionate.services import consents
from tests.world import PASSWORD, World


@pytest.fixture
def case(world: World):
    held = world.case_in("authorised")
    world.session.commit()
    return held


def address(case, rest=""):
    return f"/expedientes/{case.code}/consentimientos{rest}"


def revoked_by_word(world, case):
    world.consent(case)
    world.act(case, "nurse", "record_consent_revocation@use", on=str(world.today), form="oral")
    world.session.commit()


def test_who_signs_is_said_for_this_patient_with_the_article(log_in, case):
    text = log_in("physician").get(address(case)).text
    assert "Firma el propio paciente, por escrito" in text
    assert "nunca forma parte de la solicitud ni del dossier" in text
    assert "art. 9.3.c" in text


def test_the_physician_is_offered_the_next_step_and_others_are_told_whose_it_is(log_in, case):
    step = f'href="/expedientes/{case.code}/pasos/inform_patient@use"'
    assert step in log_in("physician").get(address(case)).text
    text = log_in("pharmacist").get(address(case)).text
    assert step not in text
    assert "Corresponde a Médico responsable: Registrar la información al paciente" in text


def test_a_signed_consent_shows_dates_copy_and_what_is_still_missing(log_in, world, case):
    world.consent(case)
    world.session.commit()
    text = log_in("physician").get(address(case)).text
    for words in ("versión 1", f"{world.today:%d/%m/%Y}", "El paciente", "Entregada", "Sin adjuntar"):
        assert words in text


def test_a_sheet_that_is_no_longer_current_asks_for_a_new_signature(log_in, world, case):
    world.consent(case)
    case.product.consent_sheet_version = "2"
    world.session.commit()
    text = log_in("physician").get(address(case)).text
    assert "La hoja vigente es la versión 2: pida una nueva firma." in text
    assert "supersede_consent@use" in text


def test_a_word_of_mouth_stops_doses_and_its_writing_is_recorded(log_in, world, case):
    revoked_by_word(world, case)
    paper, day = world.add_paper(case, "signed_consent"), str(world.today)
    world.session.commit()
    browser = log_in("nurse")
    text = browser.get(address(case)).text
    assert "No se puede registrar ninguna dispensación ni dosis" in text
    assert "De palabra: falta el escrito" in text
    assert browser.post(address(case, "/use/escrito"), {"on": day, "paper": paper.id}).status_code == 303
    text = browser.get(address(case)).text
    assert "De palabra; por escrito el" in text
    world.session.rollback()
    assert not consents.rounds(world.session, case)["use"][0].owes_writing


def test_a_wrong_date_is_said_beside_its_field_and_kept(log_in, world, case):
    revoked_by_word(world, case)
    browser = log_in("physician")
    browser.get(address(case))
    answer = browser.post(address(case, "/use/escrito"), {"on": "ayer"})
    assert answer.status_code == 422
    assert "Escriba una fecha que exista" in answer.text
    assert 'value="ayer"' in answer.text


@pytest.mark.parametrize(("kind", "status"), [("use", 404), ("donation", 404)])
def test_nothing_is_written_where_nothing_is_owed(log_in, case, kind, status):
    browser = log_in("physician")
    browser.get(address(case))
    assert browser.post(address(case, f"/{kind}/escrito"), {"on": "2026-03-02"}).status_code == status


def test_an_auditor_reads_and_writes_nothing(log_in, world, case):
    revoked_by_word(world, case)
    auditor = log_in("auditor")
    assert "escrito</button>" not in auditor.get(address(case)).text
    assert auditor.post(address(case, "/use/escrito"), {"on": str(world.today)}).status_code == 403


def test_earlier_rounds_stay_readable(log_in, world, case):
    revoked_by_word(world, case)
    world.act(case, "physician", "inform_patient@use", on=str(world.today), sheet_version="2")
    world.session.commit()
    assert "Veces anteriores (1)" in log_in("auditor").get(address(case)).text


def test_who_records_the_paper_shows_again_who_they_are_and_is_named_until_it_is_void(log_in, world, case):
    world.act(case, "physician", "inform_patient@use", on=str(world.today), sheet_version="1")
    world.session.commit()
    browser, step = log_in("physician"), f"/expedientes/{case.code}/pasos/record_consent@use"
    page = browser.get(step).text
    assert "Contraseña de physician.hga" in page
    assert "No sustituye a la firma del paciente" in page
    given = {"on": str(world.today), "signed_by": "patient", "copy_given": "1"}
    for password in ("", "otra cosa larga"):
        answer = browser.post(step, given | {"password": password})
        assert answer.status_code == 422
    assert "Testigo del papel firmado" not in browser.get(address(case)).text
    assert browser.post(step, given | {"password": PASSWORD}).status_code == 303
    page = browser.get(address(case)).text
    for words in ("Testigo del papel firmado", "<strong>Physician de HGA</strong>, Médico responsable", "Ha visto, ya"):
        assert words in page
    assert "Firma anulada" not in page
    world.session.rollback()
    world.now = max(world.now, clock.now())
    world.act(case, "nurse", "record_consent_revocation@use", on=str(world.today), form="written")
    world.session.commit()
    assert "Firma anulada: el consentimiento dejó de valer" in browser.get(address(case)).text
