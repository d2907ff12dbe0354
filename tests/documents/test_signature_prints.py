"""Signatures as documents print them: who, as what, meaning what, when; void where the content moved."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from compassionate.documents.catalogue import KINDS, content_sha256
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


HOSPITALS = (("dossier", "hospital"), ("treatment_record", "hospital"), ("closing_report", "hospital"))
WITNESS = "Vio el papel firmado: Dr. Tomás Vega Lillo, Médico responsable"


@pytest.mark.parametrize(("kind", "copy"), HOSPITALS)
def test_a_witness_is_printed_for_the_hospital_and_void_where_the_consent_is_another_one(kind, copy):
    case = examples.typical()
    said = html(case, kind, copy)
    assert WITNESS in said
    assert "Firma del testigo anulada" not in said
    first, *others = case.consents
    later = replace(case, consents=(replace(first, representative="Otra persona"), *others))
    assert "Firma del testigo anulada" in html(later, kind, copy)
    assert content_sha256(later, kind, copy) != content_sha256(case, kind, copy)


def test_no_copy_for_the_agency_names_a_witness():
    for kind in KINDS.values():
        if "agency" in kind.copies:
            assert "Vio el papel firmado" not in html(examples.typical(), kind.id, "agency")
