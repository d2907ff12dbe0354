"""Signatures as documents print them: who, as what, meaning what, when; void where the content moved."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from compassionate.documents.catalogue import content_sha256
from compassionate.documents.render import document_html
from tests.documents import examples

VOID = "Firma anulada: el contenido cambió después de firmar"


def html(case, kind="dossier", copy="agency"):
    return document_html(case, kind, copy, examples.ISSUE, examples.forms())


def test_a_print_says_name_role_meaning_and_instant_with_its_zone():
    case = examples.typical()
    said = html(case)
    for signed in (case.signature("clinical_report"), case.signature("endorsement")):
        assert signed.name in said
        assert signed.content_sha256 in re.sub("\u200b", "", said)
    for words in (
        "responde del informe clínico",
        "da el visto bueno",
        "Europe/Madrid, UTC+01:00",
        "P. D. de la Gerencia",
    ):
        assert words in said
    assert VOID not in said


@pytest.mark.parametrize(
    ("kind", "copy"), [("dossier", "agency"), ("dossier", "hospital"), ("request_data", "hospital")]
)
def test_a_signature_whose_content_changed_is_not_printed_as_valid(kind, copy):
    case = examples.typical()
    later = replace(case, request=replace(case.request, duration_weeks=1))
    assert VOID in html(later, kind, copy)
    assert content_sha256(later, kind, copy) != content_sha256(case, kind, copy)
