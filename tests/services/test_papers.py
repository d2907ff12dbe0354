"""Papers: judged by their content, kept unchanged, withdrawn with a reason, never given to another case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import CaseEvent
from compassionate.services import papers
from compassionate.services.binding import REPORT, content_of
from compassionate.services.recording import inputs_of
from compassionate.services.snapshots import snapshot
from tests.world import World, a_pdf


@pytest.fixture
def world(session):
    return World(session)


def upload(world, case, kind="evidence", title="Artículo", name="articulo.pdf", data=None, who="pharmacist", number=0):
    file = papers.Upload(name, "application/pdf", a_pdf(3) if data is None else data)
    return papers.upload(world.session, world.people[who], case, kind, title, file, world.tick(), number)


def errors_of(refusal):
    return {error.field: error.code for error in refusal.value.errors}


def test_a_paper_comes_back_byte_for_byte(world):
    case, data = world.open_case(), a_pdf(3)
    paper = upload(world, case, data=data)
    assert papers.data_of(world.session, paper) == data
    assert (paper.pages, paper.size) == (3, len(data))


def test_what_is_stored_says_nothing_without_the_key(world):
    paper = upload(world, world.open_case(), title="Informe de la persona inventada")
    stored = bytes(world.session.info["store"].get(f"papers/{paper.id}").bytes())
    assert b"%PDF" not in stored
    assert b"inventada" not in paper.details


def test_everything_wrong_is_said_at_once(world):
    with pytest.raises(Invalid) as refusal:
        upload(world, world.open_case(), kind="", title="a" * 201, data=b"hola")
    assert errors_of(refusal) == {"kind": "value.missing", "title": "value.too_long", "file": "paper.kind_text"}


def test_a_file_of_another_kind_than_its_name_says_is_refused(world):
    with pytest.raises(Invalid) as refusal:
        upload(world, world.open_case(), name="foto.png")
    assert errors_of(refusal) == {"file": "paper.name_mismatch"}


def test_a_paper_without_a_title_is_called_by_its_file(world):
    case = world.open_case()
    paper = upload(world, case, title="  ", name="C:\\papeles/carta.pdf")
    assert papers.titles_of(world.session, paper)[0] == "C:_papeles_carta.pdf"


def test_a_paper_goes_with_a_request_that_the_case_has(world):
    with pytest.raises(NotFound):
        upload(world, world.open_case(), number=1)


def test_an_auditor_uploads_nothing(world):
    with pytest.raises(Refused) as refusal:
        upload(world, world.open_case(), who="auditor")
    assert [reason.code for reason in refusal.value.reasons] == ["role.missing"]


def test_a_paper_of_another_case_is_not_found(world):
    paper = upload(world, world.open_case())
    with pytest.raises(NotFound):
        papers.paper_of(world.session, world.open_case(nhc="100002"), paper.id)


def test_only_papers_of_the_dossier_go_to_the_agency_and_a_consent_never_does(world):
    case = world.open_case()
    for kind in ("evidence", "signed_consent", "agency_notice"):
        upload(world, case, kind)
    assert [each.in_dossier for each in papers.listed(world.session, case)] == [True, False, False]


def test_a_withdrawn_paper_leaves_the_request_and_keeps_its_file(world):
    case = world.open_case()
    first, second = upload(world, case), upload(world, case)
    papers.withdraw(world.session, world.people["pharmacist"], case, first, "Era de otro paciente", world.tick())
    held = papers.listed(world.session, case)
    assert [(each.row.id, each.in_dossier, each.withdrawn_reason) for each in held] == [
        (second.id, True, ""),
        (first.id, False, "Era de otro paciente"),
    ]
    assert papers.data_of(world.session, first) == a_pdf(3)
    assert [paper.id for paper in snapshot(world.session, case).papers] == [second.id]


def test_a_withdrawal_says_why_and_happens_once(world):
    case = world.open_case()
    paper, pharmacist = upload(world, case), world.people["pharmacist"]
    for reason, code in ((" ", "value.missing"), ("Duplicado", None), ("Otra vez", "paper.already_withdrawn")):
        if code is None:
            papers.withdraw(world.session, pharmacist, case, paper, reason, world.tick())
            continue
        with pytest.raises(Invalid) as refusal:
            papers.withdraw(world.session, pharmacist, case, paper, reason, world.tick())
        assert errors_of(refusal) == {"reason": code}


def test_uploading_and_withdrawing_are_history(world):
    case = world.open_case()
    paper = upload(world, case)
    papers.withdraw(world.session, world.people["physician"], case, paper, "Repetido", world.tick())
    events = world.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.case_version)
    ).all()
    assert [event.name for event in events][-2:] == ["upload_paper", "withdraw_paper"]
    assert inputs_of(world.session, case, events[-2])["sha256"] == paper.sha256


def test_a_new_paper_leaves_the_signed_report_as_it_was(world):
    case = world.case_in("preparing")
    world.fill_request(case)
    before = content_of(snapshot(world.session, case), REPORT)
    upload(world, case)
    assert content_of(snapshot(world.session, case), REPORT) == before


def test_a_step_takes_no_paper_of_another_case(world):
    other = upload(world, world.open_case(nhc="100002"), "signed_consent")
    case = world.case_in("authorised")
    world.act(case, "physician", "inform_patient@use", on=str(world.today), sheet_version="1")
    with pytest.raises(Invalid) as refusal:
        world.act(
            case,
            "physician",
            "record_consent@use",
            on=str(world.today),
            signed_by="patient",
            copy_given="1",
            paper=other.id,
        )
    assert errors_of(refusal) == {"paper": "paper.not_here"}
