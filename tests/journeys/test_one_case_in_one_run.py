"""One patient's case from eligibility to closing, as five people and a regulatory officer live it.

The days lie in the past so that a year of follow-up fits into one run.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pypdfium2 import PdfDocument

from tests.world import CRITERIA, PASSWORD, a_pdf

pytestmark = pytest.mark.browser
MONTHS = {
    "baseline": ("2025-06-10", 70, 3),
    "m3": ("2025-09-10", 45, 2),
    "m6": ("2025-12-10", 30, 2),
    "m12": ("2026-06-10", 20, 1),
}


class Journey:
    """What is known of the case along the way."""

    code = ""


@pytest.fixture(scope="module")
def journey():
    return Journey()


@pytest.fixture(scope="module")
def people(comes_in):
    return {name: comes_in(name) for name in ("pharmacist", "physician", "director", "regulatory")}


@pytest.fixture
def pharmacist(people):
    return people["pharmacist"]


@pytest.fixture
def physician(people):
    return people["physician"]


def test_1_the_pharmacist_opens_a_case_for_a_new_patient(pharmacist, journey):
    pharmacist.goes("/expedientes/nuevo")
    identity = {
        "given_name": "María del Carmen",
        "surnames": "Inventada de la Prueba",
        "birth_on": "1979-05-04",
        "nhc": "900100",
    }
    pharmacist.fills(**identity, sex="female", national_id="12345678Z")
    pharmacist.presses("Continuar")
    for choice in ("product", "lines", "physician"):  # a page that would ask nothing is not shown
        if pharmacist.page.locator(f"main input[name='{choice}']").count():
            pharmacist.page.locator(f"main input[name='{choice}']").first.check()
            pharmacist.presses("Continuar")
    pharmacist.reads("Inventada de la Prueba")
    pharmacist.presses("Abrir expediente")
    journey.code = re.search(r"HGA-\d{4}-\d{5}.", pharmacist.page.url)[0]
    pharmacist.reads("Borrador")
    pharmacist.takes(journey.code, "start_screening", then="Comprobación de requisitos")


def test_2_a_wrong_answer_keeps_what_was_typed_and_says_what_is_wrong(physician, journey):
    physician.goes(f"/expedientes/{journey.code}/pasos/accept_eligibility")
    physician.reads("RD 1015/2009 art. 2.1")
    physician.goes(f"/expedientes/{journey.code}/requisitos")
    physician.fills(
        disease_class="severely_debilitating", disease_class_reason="Ocho años de dolor lumbar; no puede trabajar."
    )
    physician.fills(
        **{"alternatives.0.alternative": "Fisioterapia y antiinflamatorios", "alternatives.0.considered_how": "tried"}
    )
    physician.fills(**{"alternatives.0.reason": "Sin mejoría tras doce meses."})
    physician.fills(
        satisfactory_alternative_exists="false", trial_status="trial_ongoing", trial_identifier="NCT00000000"
    )
    physician.fills(
        trial_exclusion_reasons="El ensayo cerró la inclusión.", purpose_is_care="true", same_institution="false"
    )
    physician.fills(atu_exists="false", authorised_abroad="false", authorised_in_spain="false")
    physician.sends()


def test_3_the_physician_answers_the_criteria_and_accepts(physician, journey):
    physician.goes(f"/expedientes/{journey.code}/requisitos/criterios")
    physician.fills(d03="cien")
    physician.fills(**{name: answer(value) for name, value in CRITERIA.items() if name != "d03"})
    physician.sends()
    assert physician.page.locator("main [name='d03']").input_value() == "cien"
    physician.fills(d03="70")
    physician.sends()
    physician.takes(journey.code, "accept_eligibility", then="En preparación")


def answer(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def test_4_the_physician_writes_the_report_and_signs(physician, journey):
    base = f"/expedientes/{journey.code}/solicitudes/0"
    parts = {
        "diagnosis_section": {
            "diagnosis": "Degeneración discal lumbar L4-L5",
            "diagnosis_code": "M51.36",
            "diagnosis_edition": "CIE-10-ES 2024",
        },
        "patient_section": {"weight_kg": "71,5", "height_cm": "172", "allergies": "No conocidas"},
        "history": {
            "previous_treatments.0.treatment": "Infiltraciones",
            "previous_treatments.0.response": "Alivio de semanas",
        },
        "justification": {
            "supporting_data": "Serie piloto no controlada, n = 10; IFN-β no procede; α ≥ 0,05.",
            "expected_benefit": "Menos dolor.",
            "monitoring_plan": "Visitas a los 3, 6 y 12 meses.",
        },
    }
    for part, fields in parts.items():
        physician.goes(f"{base}/informe/{part}")
        physician.fills(**fields)
        physician.sends()
    physician.goes(f"{base}/pauta")
    physician.fills(dose="25 millones de células", schedule="Dosis única", route="Intradiscal", duration_weeks="52")
    physician.presses("Guardar la pauta")
    physician.goes(f"{base}/informe")
    physician.fills(password=PASSWORD)
    physician.presses("Firmar el informe")
    physician.goes(f"{base}/informe")
    physician.reads("Informe firmado")


def test_5_packs_are_counted_and_the_sponsors_paper_comes(pharmacist, journey):
    pharmacist.goes(f"/expedientes/{journey.code}/solicitudes/0/envases")
    pharmacist.fills(**{"units_a_day.1": "1", "days.1": "4"}, needs_import="no")
    pharmacist.presses("Calcular y guardar")
    pharmacist.goes(f"/expedientes/{journey.code}/papeles")
    pharmacist.fills(kind="evidence", title="Orozco 2011, resumen", file=a_pdf(2))
    pharmacist.presses("Guardar el papel")
    pharmacist.reads("Orozco 2011, resumen")
    pharmacist.goes(f"/expedientes/{journey.code}/pasos/request_endorsement")
    pharmacist.reads("promotor")
    pharmacist.takes(journey.code, "ask_sponsor@sponsor", on="2025-05-05")
    pharmacist.takes(
        journey.code,
        "record_sponsor_agreement@sponsor",
        on="2025-05-10",
        signed_by="Dirección médica del promotor",
        file=a_pdf(),
    )
    pharmacist.goes(f"/expedientes/{journey.code}/solicitudes/0/revisar")
    pharmacist.reads("Degeneración discal lumbar L4-L5")
    pharmacist.takes(journey.code, "request_endorsement", then="Pendiente del visto bueno")


def test_6_the_director_endorses_and_the_pharmacist_submits(people, journey):
    director, pharmacist = people["director"], people["pharmacist"]
    director.goes(f"/expedientes/{journey.code}/pasos/endorse")
    director.reads("Fisioterapia")
    director.takes(journey.code, "endorse", then="Lista para presentar", password=PASSWORD)
    pharmacist.goes(f"/expedientes/{journey.code}/pasos/submit")
    pharmacist.reads("dossier")
    issue(pharmacist, journey, "dossier", "agency")
    pharmacist.goes(f"/expedientes/{journey.code}/solicitudes/0/transcripcion")
    pharmacist.reads("71,5")
    here = datetime.now(ZoneInfo("Europe/Madrid"))  # it is never filed before the management endorsed it
    filed = {"submitted_at": f"{here:%Y-%m-%dT%H:%M}", "reference": "MSE-2025-1"}
    pharmacist.takes(journey.code, "submit", **filed, then="Presentada en la AEMPS")


def issue(person, journey, kind, copy):
    """Issue a document on its page."""
    person.goes(f"/expedientes/{journey.code}/documentos")
    form = person.page.locator(f"form:has(input[name='kind'][value='{kind}']):has(input[name='copy'][value='{copy}'])")
    assert form.count(), person.page.locator("main").inner_text()
    with person.page.expect_navigation():
        form.locator("button").click()
    person.looks()


def test_7_a_correction_is_asked_for_and_answered_then_a_part_is_authorised(pharmacist, journey):
    notice = {"notified_on": "2025-05-14", "text": "Falta la edición del código.", "channel": "mse"}
    pharmacist.takes(journey.code, "record_correction_request", **notice, then="Requerida subsanación")
    pharmacist.takes(
        journey.code, "answer_correction", answered_at="2025-05-15T09:00", text="Es CIE-10-ES 2024.", then="Presentada"
    )
    decision = {"channel": "email", "decided_on": "2025-05-20", "seen_on": "2025-05-21", "packs_granted.1": "3"}
    pharmacist.takes(
        journey.code, "record_authorisation", **decision, conditions="Informe a los doce meses.", then="Autorizada"
    )
    pharmacist.goes(f"/expedientes/{journey.code}/decision")
    pharmacist.reads("referencia")


def test_8_medicine_comes_in_two_deliveries_and_no_dose_without_consent(people, journey):
    pharmacist, physician = people["pharmacist"], people["physician"]
    pharmacist.takes(journey.code, "order_supply@line-1", on="2025-05-22", packs="3")
    pharmacist.takes(
        journey.code, "receive_supply@line-1", on="2025-05-28", batch="L-001", expires_on="2027-12-31", packs="2"
    )
    pharmacist.takes(journey.code, "release_supply@line-1", batch="L-001", on="2025-05-28")
    pharmacist.takes(
        journey.code, "receive_supply@line-1", on="2025-06-02", batch="L-002", expires_on="2027-12-31", packs="1"
    )
    pharmacist.takes(journey.code, "release_supply@line-1", batch="L-002", on="2025-06-02")
    physician.goes(f"/expedientes/{journey.code}/pasos/start_treatment")
    physician.reads("RD 1015/2009 art. 8.2")
    physician.goes(f"/expedientes/{journey.code}/consentimientos")
    physician.takes(journey.code, "inform_patient@use", on="2025-06-01", sheet_version="1")
    physician.takes(
        journey.code,
        "record_consent@use",
        on="2025-06-03",
        signed_by="patient",
        copy_given=True,
        file=a_pdf(),
        password=PASSWORD,
    )


def test_9_doses_are_given_and_the_treatment_ends(people, journey):
    physician, pharmacist = people["physician"], people["pharmacist"]
    dose = {"act": "administration", "line": "1", "batch": "L-001", "units": "1", "identity_checked": True}
    physician.takes(journey.code, "start_treatment", given_on="2025-06-10", **dose, then="En tratamiento")
    dispensing = dose | {"act": "dispensing", "collected_by": "La propia paciente"}
    pharmacist.takes(journey.code, "record_dose", given_on="2025-06-24", **dispensing)
    physician.takes(journey.code, "end_treatment", ending="completed", on="2025-07-01", then="En seguimiento")


@pytest.mark.parametrize("visit", MONTHS)
def test_10_visits_are_entered(physician, journey, visit):
    day, vas, section = MONTHS[visit]
    physician.goes(f"/expedientes/{journey.code}/seguimiento/{visit}")
    physician.fills(done_on=day, vas_pain=str(vas), analgesics="none", adverse_events="false")
    physician.fills(**{f"odi_{number}": str(section) for number in range(1, 11)})
    physician.sends()


def test_11_the_trajectory_is_a_picture_and_a_table(physician, journey):
    physician.goes(f"/expedientes/{journey.code}/seguimiento")
    physician.reads("70")
    assert physician.page.locator("main svg").count() >= 1


def test_12_the_leftover_is_destroyed_and_the_case_closed(people, journey):
    pharmacist, regulatory = people["pharmacist"], people["regulatory"]
    regulatory.goes(f"/expedientes/{journey.code}/pasos/close")
    regulatory.reads("unidades")
    pharmacist.takes(
        journey.code, "destroy_supply@line-1", batch="L-002", units="1", on="2026-06-20", certificate="CERT-2026-7"
    )
    issue(regulatory, journey, "dossier", "hospital")
    issue(regulatory, journey, "closing_report", "hospital")
    issue(regulatory, journey, "treatment_record", "hospital")
    regulatory.takes(journey.code, "close", then="Expediente cerrado")


def test_13_the_regulatory_officer_downloads_dossier_and_closing_report(people, journey):
    regulatory = people["regulatory"]
    regulatory.goes(f"/expedientes/{journey.code}/documentos")
    links = regulatory.page.get_by_role("link", name=re.compile("Descargar la versión"))
    texts = []
    for number in range(links.count()):
        with regulatory.page.expect_download() as held:
            links.nth(number).click()
        pages = PdfDocument(held.value.path())
        texts.append(letters("".join(page.get_textpage().get_text_range() for page in pages)))
        assert held.value.suggested_filename.startswith(journey.code)
    assert any(letters("Orozco 2011") in text for text in texts)
    assert any(letters("CERT-2026-7") in text for text in texts)
    assert all(letters(journey.code) in text for text in texts)


def letters(text):
    """Letters and digits alone: a printed line may break anywhere, and a hyphen there is no hyphen."""
    return "".join(each for each in text if each.isalnum())


def test_14_the_history_tells_the_whole_story(people, journey):
    people["regulatory"].goes(f"/expedientes/{journey.code}/historial")
    people["regulatory"].reads("Visto bueno de Dirección dado")
