"""Signing a document with AutoFirma on its page: how, what is refused and why, what is said of who signed."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from compassionate.documents.catalogue import content_sha256
from compassionate.models import Case, IssuedDocument
from compassionate.services import documents
from compassionate.services.snapshots import snapshot
from tests import signing
from tests.documents.sealed import sealed
from tests.world import World


@pytest.fixture
def case(world: World) -> Case:
    held = world.open_case()
    world.session.commit()
    return held


@pytest.fixture
def row(world: World, case: Case) -> IssuedDocument:
    """A sealed document of the case."""
    digest = content_sha256(snapshot(world.session, case), "request_data", "hospital")
    prepared = documents.Prepared("request_data", "hospital", 0, 1, digest, sealed().pdf, 2, "1" * 16)
    prepared = replace(prepared, sealed=sealed())
    kept = documents.keep(world.session, world.people["pharmacist"], case, prepared, world.tick())
    world.session.commit()
    return kept


def address(case: Case, row: IssuedDocument, rest: str = "") -> str:
    return f"/expedientes/{case.code}/documentos/{row.id}/firmado{rest}"


def send(browser: Any, url: str, data: bytes) -> Any:
    browser.get(url)
    return browser.post(url, {"file": (io.BytesIO(data), "dossier_signed.pdf")})


def test_the_page_says_how_and_the_list_of_documents_leads_there(log_in, case, row):
    browser = log_in("pharmacist")
    assert f'href="{address(case, row)}"' in browser.get(f"/expedientes/{case.code}/documentos").text
    text = browser.get(address(case, row)).text
    assert "responda que sí" in text
    assert "PAdES B-B" in text
    assert "Todavía no hay ninguna." in text


def test_a_good_copy_is_kept_shown_in_words_and_given_back_as_it_came(log_in, case, row):
    browser, data = log_in("pharmacist"), signing.sign(sealed().pdf)
    assert send(browser, address(case, row), data).status_code == 303
    text = browser.get(address(case, row)).text
    for words in ("FARMACEUTICA INVENTADA ANA", "***0000**", "Cadena no comprobada", "Revocación no comprobada"):
        assert words in text
    assert "00000000T" not in text
    href = text.split(f'href="{address(case, row, "/")}')[1].split('"')[0]
    file = browser.get(address(case, row, f"/{href}"))
    assert file.data == data
    assert "-firmado-" in file.headers["Content-Disposition"]
    assert "1 copia firmada" in browser.get(f"/expedientes/{case.code}/documentos").text


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda pdf: pdf, "nadie lo ha firmado todavía"),
        (lambda pdf: signing.paint_over(signing.sign(pdf)), "alguien añadió o tapó contenido"),
        (lambda pdf: b"hello", "No es un PDF"),
        (lambda pdf: signing.flip(signing.sign(pdf), 150), "alguien cambió su contenido"),
    ],
)
def test_what_is_refused_says_why_beside_the_field_and_is_not_kept(log_in, case, row, spoil, sentence):
    browser = log_in("pharmacist")
    answer = send(browser, address(case, row), spoil(sealed().pdf))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Todavía no hay ninguna." in answer.text


def test_nothing_chosen_is_asked_for_again(log_in, case, row):
    browser = log_in("pharmacist")
    browser.get(address(case, row))
    answer = browser.post(address(case, row), {})
    assert answer.status_code == 422
    assert "Elija el archivo." in answer.text


def test_a_nurse_sees_the_copies_and_brings_none(log_in, case, row):
    nurse = log_in("nurse")
    text = nurse.get(address(case, row)).text
    assert "Guardan copias firmadas:" in text
    assert 'type="file"' not in text
    assert send(nurse, address(case, row), signing.sign(sealed().pdf)).status_code == 403


@pytest.mark.parametrize("rest", ["", "/0190"])
def test_there_is_no_other_document_nor_copy(log_in, case, row, rest):
    browser = log_in("pharmacist")
    assert browser.get(f"/expedientes/{case.code}/documentos/0190/firmado{rest}").status_code == 404
    assert browser.get(address(case, row, "/0190")).status_code == 404
