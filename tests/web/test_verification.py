"""Anybody may ask whether a document was issued here, and learns nothing about anybody."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from compassionate.models import Case, IssuedDocument, new_id
from compassionate.services.documents import pdf_of
from tests.world import World, a_pdf


@pytest.fixture
def issued(world: World) -> IssuedDocument:
    """A dossier of a case that was submitted."""
    world.case_in("submitted")
    world.session.commit()
    found = world.session.scalar(select(IssuedDocument))
    assert found is not None
    return found


def test_a_document_is_told_by_its_code_with_what_proves_it(issued: IssuedDocument, app: Any):
    page = app.test_client().get(f"/verificar/{issued.verification}")
    assert page.status_code == 200
    for words in ("Dossier de la solicitud", issued.sha256, "documento emitido aquí"):
        assert words in page.text


def test_nothing_about_the_case_or_its_people_is_told(issued: IssuedDocument, world: World, app: Any):
    page = app.test_client().get(f"/verificar/{issued.verification}").text
    for words in ("HGA-2026", "Inventada", "100001", "Pharmacist", "Células", "Hospital"):
        assert words not in page


@pytest.mark.parametrize("code", ["0000000000000000", "nothing", "x" * 300, "%00", "'; drop table papers"])
def test_an_unknown_code_tells_nothing(issued: IssuedDocument, app: Any, code: str):
    unknown = app.test_client().get(f"/verificar/{code}")
    assert unknown.status_code == (400 if code == "%00" else 200)
    assert issued.sha256 not in unknown.text
    assert "<dt" not in unknown.text


@pytest.mark.parametrize("typed", [str.upper, lambda code: f" {code[:4]}-{code[4:8]} {code[8:]} "])
def test_a_code_is_found_however_it_is_typed(issued: IssuedDocument, app: Any, typed: Callable[[str], str]):
    answer = app.test_client().get("/verificar", query_string={"codigo": typed(issued.verification)})
    assert answer.location == f"/verificar/{issued.verification}"


def test_what_is_no_code_is_said_beside_the_field(app: Any):
    answer = app.test_client().get("/verificar", query_string={"codigo": "<b>x"})
    assert answer.status_code == 422
    assert "Un código tiene 16 signos" in answer.text
    assert "<b>x" not in answer.text


def compared(app: Any, row: IssuedDocument, data: bytes) -> str:
    """What the page says of a file, sent where no script runs."""
    client = app.test_client()
    form = client.get(f"/verificar/{row.verification}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    sent = {"csrf_token": token[1], "file": (BytesIO(data), "a.pdf")}
    return str(client.post(f"/verificar/{row.verification}", data=sent).text)


def said(answer: str) -> str:
    """The verdict of a page."""
    found = re.search(r'id="veredicto">.*?c-notice__title">([^<]+)<', answer, re.DOTALL)
    return found[1] if found else ""


def test_a_file_is_compared_in_words(issued: IssuedDocument, world: World, app: Any):
    case = world.session.get_one(Case, issued.case_id)
    data = pdf_of(world.session, case, issued)
    assert said(compared(app, issued, data)) == "Es el documento emitido"
    assert said(compared(app, issued, data + b"\nsigned")) == "Es el documento emitido, con algo añadido"
    assert said(compared(app, issued, data[:-1])) == "No es el documento emitido, o está cortado"
    assert said(compared(app, issued, data[:-1] + b"x")) == "No es el documento emitido"
    assert said(compared(app, issued, b"x" + data)) == "No es el documento emitido"
    assert said(compared(app, issued, b"")) == "El archivo está vacío"


def test_another_version_is_told_from_a_stranger(issued: IssuedDocument, world: World, app: Any):
    case = world.session.get_one(Case, issued.case_id)
    later = a_pdf() + b"% two"
    row = IssuedDocument(
        id=new_id(), case_id=case.id, kind=issued.kind, copy=issued.copy, request_number=issued.request_number,
        version=2, template_version=issued.template_version, sha256=hashlib.sha256(later).hexdigest(),
        content_sha256="0" * 64, pages=1, size=len(later), verification="2" * 16,
        issued_by_id=issued.issued_by_id, issued_at=issued.issued_at + timedelta(days=1),
    )  # fmt: skip
    world.session.add(row)
    world.session.commit()
    assert said(compared(app, issued, later)) == "Es otra versión de este documento"
    assert "del que después se emitió otra versión" in app.test_client().get(f"/verificar/{issued.verification}").text
    assert "Es la última versión emitida" in app.test_client().get("/verificar/2222222222222222").text


def test_a_form_without_a_file_says_so(issued: IssuedDocument, app: Any):
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/verificar/{issued.verification}").text)
    assert token is not None
    answer = client.post(f"/verificar/{issued.verification}", data={"csrf_token": token[1]})
    assert answer.status_code == 422
    assert "Elija un archivo" in answer.text


def test_a_source_compares_so_many_files_a_minute(issued: IssuedDocument, app: Any):
    answers = [compared(app, issued, b"x") for _ in range(14)]
    assert "Demasiados intentos seguidos" not in answers[11]
    assert "Demasiados intentos seguidos" in answers[13]
