"""Anybody may ask whether a document was issued here, and learns nothing about anybody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from compassionate.models import IssuedDocument
from tests.world import World


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
def test_an_unknown_code_gets_the_same_page_without_values(issued: IssuedDocument, app: Any, code: str):
    known = app.test_client().get(f"/verificar/{issued.verification}")
    unknown = app.test_client().get(f"/verificar/{code}")
    if code == "%00":
        assert unknown.status_code == 400
        return
    assert unknown.status_code == known.status_code
    labels = [re.findall(r"<dt[^>]*>([^<]*)</dt>", page.text) for page in (known, unknown)]
    assert labels[0] == labels[1]
    assert issued.sha256 not in unknown.text
