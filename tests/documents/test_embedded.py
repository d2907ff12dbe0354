"""What a dossier carries inside: the case in the hospital's copy, in the agency's neither it nor any consent status."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest

from compassionate.documents.attachments import Attachment, Finish
from compassionate.documents.catalogue import AGENCY, HOSPITAL, content_sha256
from compassionate.documents.contained import contained
from compassionate.documents.embedded import carried
from compassionate.documents.finishing import finish
from compassionate.exports import case_json, fhir
from tests.documents import examples
from tests.documents.printed import COPIES, printed
from tests.world import a_pdf

pytestmark = pytest.mark.one_database


@cache
def inside(copy: str) -> dict[str, bytes]:
    """The files in the printed typical dossier."""
    return contained(printed("typical", "dossier", copy).pdf)


def test_the_hospitals_dossier_carries_the_very_same_case():
    held = case_json.parse(inside(HOSPITAL)[case_json.NAME])
    case = examples.typical()
    assert held.snapshot == replace(case, labels=())  # a sheet of labels says nothing that the case does not
    assert held.content_sha256 == content_sha256(case, "dossier", HOSPITAL)
    assert (held.issue.version, held.issue.at, held.issue.verification) == (
        examples.ISSUE.version,
        examples.ISSUE.at,
        examples.ISSUE.verification,
    )
    assert inside(HOSPITAL)[fhir.NAME] == fhir.write(case, examples.forms(), examples.ISSUE.at)


def test_each_annex_is_carried_as_a_copy_that_is_named_with_its_hash():
    held = case_json.parse(inside(HOSPITAL)[case_json.NAME])
    assert [each.paper for each in held.annexes] == [annex.paper.id for annex in examples.annexes()]
    for each in held.annexes:
        assert sha256(inside(HOSPITAL)[each.name]).hexdigest() == each.sha256
        assert len(inside(HOSPITAL)[each.name]) == each.size


def test_copies_of_annexes_are_named_by_place_kind_and_case_and_by_nobodys_title():
    held = case_json.parse(inside(HOSPITAL)[case_json.NAME])
    assert [each.name for each in held.annexes] == [
        "01_documentacion_apoyo_HGA-2026-00001X.pdf",
        "02_documentacion_apoyo_HGA-2026-00001X.pdf",
        "03_conformidad_promotor_HGA-2026-00001X.png",
    ]


def test_the_agencys_dossier_carries_its_annexes_alone():
    case = examples.typical()
    given = carried(case, "dossier", AGENCY, examples.annexes(), examples.ISSUE, examples.forms())
    assert [each.relationship for each in given] == ["Supplement"] * len(examples.annexes())
    made = finish(a_pdf(), Finish("t", "es", examples.ISSUE.at, given))
    files = contained(made)
    assert set(files) == {each.name for each in given}
    said = [case.consents[0].interpreter, "consent", case_json.FORMAT, "resourceType", "Ana Popescu"]
    for data in (made, *files.values()):
        assert not [word for word in said if word.encode() in data]


@pytest.mark.parametrize(("kind", "copy"), [each for each in COPIES if each[0] != "dossier"])
def test_no_other_document_carries_anything(kind: str, copy: str):
    assert carried(examples.typical(), kind, copy, (), examples.ISSUE, examples.forms()) == ()


def test_what_the_agency_gets_is_the_same_whatever_consents_there_are():
    case = examples.typical()
    other = replace(case, consents=())
    given = [
        carried(each, "dossier", AGENCY, examples.annexes(), examples.ISSUE, examples.forms()) for each in (case, other)
    ]
    assert given[0] == given[1]


def test_a_case_inside_is_read_by_anybody():
    told = json.loads(inside(HOSPITAL)[case_json.NAME])
    assert (told["format"], told["version"]) == ("compassionate.case", 1)
    with pikepdf.open(BytesIO(printed("typical", "dossier").pdf)) as pdf:
        kinds = {str(each.UF): str(each.AFRelationship) for each in pdf.Root.AF}
    assert kinds[case_json.NAME] == kinds[fhir.NAME] == "/Source"


def test_a_file_comes_out_whatever_its_packing_ends_with():
    at, ended = examples.ISSUE.at, 0
    for number in range(400):
        given = Attachment("a.bin", "x", "Data", "application/octet-stream", sha256(b"%d" % number).digest() * 3, at)
        made = finish(a_pdf(), Finish("t", "es", at, (given,)))
        with pikepdf.open(BytesIO(made)) as pdf:
            ended += isinstance(pdf.attachments["a.bin"].get_file().obj.get("/Filter"), pikepdf.Array)
        if ended:
            assert contained(made) == {"a.bin": given.data}
            break
    assert ended
