"""The documents of a case on their page: what is missing, issuing, which are current, downloading."""

from __future__ import annotations

import re

import pytest

from compassionate.documents.catalogue import content_sha256
from compassionate.services import documents
from compassionate.services.snapshots import snapshot
from compassionate.web import documents as page
from tests.world import World, a_pdf


@pytest.fixture
def case(world: World):
    held = world.case_in("preparing")
    world.fill_request(held)
    world.session.commit()
    return held


def address(case, rest=""):
    return f"/expedientes/{case.code}/documentos{rest}"


def keep(world, case, version=1):
    """A document of the case as it stands, its page blank: printing takes seconds that few tests need."""
    world.session.rollback()
    digest = content_sha256(snapshot(world.session, case), "request_data", "hospital")
    prepared = documents.Prepared("request_data", "hospital", 0, version, digest, a_pdf(), 1, f"{version:016d}")
    row = documents.keep(world.session, world.people["pharmacist"], case, prepared, world.tick())
    world.session.commit()
    return row


def button(text, kind):
    """What the first button of a kind of document sends."""
    form = text.split(f'id="{kind}"')[1].split("</form>")[0]
    return dict(re.findall(r'name="(kind|copy|number)" value="([^"]*)"', form))


def test_what_is_missing_is_named_with_the_page_that_cures_it(log_in, case):
    text = log_in("pharmacist").get(address(case)).text
    assert "Falta el visto bueno" in text
    assert f'href="/expedientes/{case.code}/promotor"' in text
    assert "Nunca lleva el consentimiento" in text


def test_a_document_is_issued_and_downloaded(log_in, world, case):
    browser = log_in("pharmacist")
    sent = button(browser.get(address(case)).text, "request_data-0")
    assert sent == {"kind": "request_data", "copy": "hospital", "number": "0"}
    asked = browser.post(address(case), sent)
    assert asked.status_code == 303
    text = browser.get(asked.headers["Location"]).text
    assert "Documento emitido: Datos de la solicitud" in text
    assert "Versión 1, " in text
    world.session.rollback()  # to see what the page committed
    row = documents.issued(world.session, case)[0]
    file = browser.get(address(case, f"/{row.id}"))
    assert file.data.startswith(b"%PDF-")
    assert file.headers["Content-Disposition"] == f"attachment; filename={case.code}-request_data-hospital-v1.pdf"
    browser.get(address(case))
    assert browser.post(address(case), sent).status_code == 303
    assert "Ya estaba emitido con este contenido: versión 1." in browser.get(address(case)).text


def test_a_document_that_the_case_left_behind_is_offered_anew(log_in, world, case):
    first = keep(world, case)
    browser = log_in("pharmacist")
    assert "Al día" in browser.get(address(case)).text
    world.session.rollback()
    case.requests[0].duration_weeks = 40
    world.session.commit()
    text = browser.get(address(case)).text
    assert "Ya no está al día" in text
    assert "Emitir versión nueva" in text
    keep(world, case, version=2)
    text = browser.get(address(case)).text
    assert "Versiones anteriores (1)" in text
    assert address(case, f"/{first.id}") in text


def test_what_cannot_be_issued_says_everything_that_is_missing(log_in, world):
    case = world.open_case()
    world.session.commit()
    browser = log_in("pharmacist")
    browser.get(address(case))
    answer = browser.post(address(case), {"kind": "dossier", "copy": "agency", "number": "0"})
    assert answer.status_code == 403
    assert "Falta la pauta" in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"kind": "poem", "copy": "hospital", "number": "0"},
        {"kind": "dossier", "copy": "agency", "number": "9"},
        {"kind": "dossier", "copy": "agency", "number": "x"},
        {"kind": "request_data", "copy": "agency", "number": "0"},
        {},
    ],
)
def test_there_is_no_other_document(log_in, case, sent):
    browser = log_in("pharmacist")
    browser.get(address(case))
    assert browser.post(address(case), sent).status_code == 404


def test_a_nurse_downloads_and_issues_none(log_in, world, case):
    row = keep(world, case)
    nurse = log_in("nurse")
    text = nurse.get(address(case)).text
    assert "Emiten documentos: Médico responsable" in text
    assert "Emitir</button>" not in text
    assert nurse.get(address(case, f"/{row.id}")).status_code == 200
    nurse.get(address(case))
    sent = {"kind": "request_data", "copy": "hospital", "number": "0"}
    assert nurse.post(address(case), sent).status_code == 403


def test_a_server_that_cannot_print_says_what_to_install(log_in, case, monkeypatch):
    def refuse(name):
        raise OSError("cannot load library 'libpangoft2-1.0-0'")

    page.printing_fault.cache_clear()
    monkeypatch.setattr(page, "import_module", refuse)
    text = log_in("pharmacist").get(address(case)).text
    page.printing_fault.cache_clear()
    assert "apt-get install" in text
    assert "libpangoft2-1.0-0" in text
    assert "Emitir</button>" not in text


def test_a_continuation_has_a_dossier_of_its_own(log_in, world):
    case = world.case_in("in_treatment")
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    world.session.commit()
    assert "Dossier de la solicitud · Continuación 1" in log_in("pharmacist").get(address(case)).text
