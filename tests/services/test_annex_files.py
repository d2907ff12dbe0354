"""What a dossier carries of each annex is made once: the copy at upload, the pictures at the first print (UPL-04)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from compassionate.documents import isolation, page_store
from compassionate.errors import Invalid
from compassionate.models import CaseFile
from compassionate.services import annex_files, case_files, checking, documents, paper_names, papers, quotas
from tests.documents.hostile import pdf
from tests.documents.test_upload_copies import PERSON, signed, told
from tests.world import World, a_pdf

pytestmark = pytest.mark.one_database


@pytest.fixture
def world(session) -> World:
    return World(session)


def upload(world: World, case, data: bytes, name="articulo.pdf", media="application/pdf", kind="evidence"):
    file = papers.Upload(name, media, data)
    return papers.upload(world.session, world.people["pharmacist"], case, kind, "Artículo", file, world.tick())


def kept(world: World, case, kind: str) -> list[str]:
    rows = world.session.scalars(select(CaseFile).where(CaseFile.case_id == case.id, CaseFile.kind == kind))
    return [row.of_id for row in rows]


def planned(world: World, case, copy="agency"):
    return documents.plan(world.session, world.people["pharmacist"], case, "dossier", copy, world.tick())


def issued(world: World, case, copy="agency"):
    """A dossier planned and kept as any other, but with a blank page in place of the print."""
    asked = replace(planned(world, case, copy).asked, pdf=a_pdf(), pages=1)
    return documents.keep(world.session, world.people["pharmacist"], case, asked, world.tick())


def test_a_paper_has_its_copy_from_the_first_and_the_original_is_not_touched(world: World):
    case, data = world.open_case(), pdf(told)
    paper = upload(world, case, data)
    row = case_files.find(world.session, case, papers.COPY, paper.id)
    copy = case_files.data_of(world.session, case, row)
    assert paper.copy_sha256 == row.sha256 == hashlib.sha256(copy).hexdigest()
    assert papers.data_of(world.session, paper) == data
    assert hashlib.sha256(data).hexdigest() == paper.sha256
    assert PERSON.encode() not in copy
    assert not paper.is_signed


def test_what_goes_into_no_dossier_has_no_copy(world: World):
    case = world.open_case()
    assert upload(world, case, a_pdf(), kind="signed_consent").copy_sha256 is None
    assert kept(world, case, papers.COPY) == []


def test_a_signed_pdf_goes_to_the_agency_as_it_was_signed(world: World):
    case, data = world.open_case(), pdf(signed)
    paper = upload(world, case, data)
    assert paper.is_signed
    (sent,) = [each for each in paper_names.papers_to_send(world.session, case, 0) if each.row == paper]
    assert (sent.data(), sent.sha256) == (data, paper.sha256)
    copy = case_files.data_of(world.session, case, case_files.find(world.session, case, papers.COPY, paper.id))
    with pikepdf.open(BytesIO(copy)) as held:
        assert "/SigFlags" not in held.Root.AcroForm


def test_a_photograph_goes_to_the_agency_as_the_copy_that_is_in_the_dossier(world: World):
    case, file = world.open_case(), BytesIO()
    Image.new("RGB", (40, 20), "red").save(file, "JPEG", comment=PERSON.encode())
    paper = upload(world, case, file.getvalue(), "foto.jpg", "image/jpeg")
    (sent,) = [each for each in paper_names.papers_to_send(world.session, case, 0) if each.row == paper]
    assert hashlib.sha256(sent.data()).hexdigest() == sent.sha256 == paper.copy_sha256
    assert PERSON.encode() not in sent.data()


def test_pages_are_drawn_for_the_first_print_alone(world: World, monkeypatch: pytest.MonkeyPatch):
    case = world.case_in("ready_to_submit")
    annexes = planned(world, case).annexes
    assert [len(annex.pictures) for annex in annexes] == [annex.paper.pages for annex in annexes]
    assert kept(world, case, annex_files.PICTURES) == []  # nothing was issued yet
    issued(world, case)
    assert kept(world, case, annex_files.PICTURES) == [annex.paper.id for annex in annexes]
    monkeypatch.setattr(isolation, "drawn", lambda *given, **more: pytest.fail("drawn again"))
    assert planned(world, case, "hospital").annexes == annexes
    assert checking.check(world.session).missing == []


def test_the_copy_of_an_older_paper_is_made_when_it_is_printed_and_kept(world: World):
    case = world.case_in("ready_to_submit")
    for row in world.session.scalars(select(CaseFile)).all():
        case_files.forget(world.session, row)
    for each in papers.listed(world.session, case):
        each.row.copy_sha256 = None
    world.session.flush()
    first = issued(world, case)
    assert all(each.row.copy_sha256 for each in papers.listed(world.session, case) if each.in_dossier)
    assert kept(world, case, papers.COPY) == kept(world, case, annex_files.PICTURES) != []
    assert issued(world, case) == first
    assert not documents.is_stale(world.session, case, first)


def test_a_print_that_was_lost_keeps_nothing_that_it_made(world: World):
    case = world.case_in("ready_to_submit")
    planned(world, case)
    assert kept(world, case, annex_files.PICTURES) == []
    made = planned(world, case).asked.made
    for _ in range(2):
        annex_files.keep(world.session, case, made, world.tick())
    found = kept(world, case, annex_files.PICTURES)
    assert len(found) == len(set(found)) == len(made)
    file = case_files.find(world.session, case, annex_files.PICTURES, found[0])
    assert page_store.unpacked(case_files.data_of(world.session, case, file))[0].jpeg


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [
        ("MOST_OF_CASE", 1500, "case_full"),
        ("MOST_PAPERS_OF_CASE", 1, "case_too_many"),
        ("MOST_OF_PERSON", 1500, "person_full"),
    ],
)
def test_a_case_and_a_person_have_room_for_so_much(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, code: str
):
    monkeypatch.setattr(quotas, limit, value)
    case = world.open_case()
    upload(world, case, a_pdf())
    data = a_pdf(30)
    with pytest.raises(Invalid) as refused:
        upload(world, case, data)
    assert [error.code for error in refused.value.errors] == [f"paper.{code}"]
