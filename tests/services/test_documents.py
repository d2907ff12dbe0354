"""Documents: what is missing is named, the same content is issued once, two people never issue one version."""

from __future__ import annotations

import io
from threading import Barrier, Thread

import pikepdf
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from compassionate.documents.catalogue import content_sha256
from compassionate.errors import Conflict, NotFound, Refused
from compassionate.models import Case, IssuedDocument
from compassionate.models.database import WRITE
from compassionate.services import documents, issuing
from compassionate.services.snapshots import snapshot
from tests.world import World, a_pdf


@pytest.fixture
def world(session):
    return World(session)


def issue(world, case, kind="request_data", copy="hospital", number=0):
    return documents.issue(world.session, world.people["pharmacist"], case, kind, copy, world.tick(), number)


def unprinted(session, case, kind="request_data", version=1, verification="1" * 16):
    """A document as `prepare` would give it, its pages blank: printing takes seconds that few tests need."""
    digest = content_sha256(snapshot(session, case), kind, "hospital")
    return documents.Prepared(kind, "hospital", 0, version, digest, a_pdf(), 1, verification)


def keep(world, case, prepared):
    return documents.keep(world.session, world.people["pharmacist"], case, prepared, world.tick())


def test_a_document_that_lacks_something_is_not_issued_and_says_all_of_it(world):
    with pytest.raises(Refused) as refusal:
        issue(world, world.case_in("preparing"))
    codes = {reason.code for reason in refusal.value.reasons}
    assert {"document.report_missing", "document.posology_missing"} <= codes


@pytest.mark.parametrize(("kind", "copy"), [("poem", "hospital"), ("request_data", "agency")])
def test_there_is_no_other_kind_nor_copy(world, kind, copy):
    with pytest.raises(NotFound):
        issue(world, world.open_case(), kind, copy)


def test_there_is_no_document_of_a_request_that_was_never_opened(world):
    with pytest.raises(NotFound):
        issue(world, world.open_case(), number=3)


def test_issuing_again_what_has_not_changed_gives_the_same_document(world):
    case = world.case_in("awaiting_endorsement")
    first = issue(world, case)
    assert issue(world, case).id == first.id
    with pikepdf.open(io.BytesIO(documents.pdf_of(world.session, case, first))) as pdf:
        assert len(pdf.pages) == first.pages


def test_the_instant_on_the_paper_is_the_one_that_is_kept(world):
    case = world.case_in("awaiting_endorsement")
    at = world.tick()
    prepared = documents.prepare(world.session, world.people["pharmacist"], case, "request_data", "hospital", at)
    assert keep(world, case, prepared).issued_at == at


def test_a_document_names_the_address_at_which_people_reach_this_installation(world):
    case = world.case_in("awaiting_endorsement")
    world.session.info["address"] = "https://compasivo.hospital.example"
    plan = documents.plan(world.session, world.people["pharmacist"], case, "request_data", "hospital", world.tick())
    assert plan.base == "https://compasivo.hospital.example"


def test_a_document_that_the_case_has_left_behind_is_stale_and_the_next_one_is_a_new_version(world):
    case = world.case_in("preparing")
    world.fill_request(case)
    first = keep(world, case, unprinted(world.session, case))
    case.requests[0].origin_country, case.requests[0].needs_import = "Francia", True
    world.session.flush()
    assert documents.is_stale(world.session, case, first)
    second = keep(world, case, unprinted(world.session, case, version=2, verification="2" * 16))
    state = next(each for each in issuing.states(world.session, case) if each.kind == "request_data")
    assert [row.id for row in state.issued] == [second.id, first.id]
    assert (state.latest("hospital"), state.current) == (second, frozenset({"hospital"}))


def test_a_case_that_moved_while_its_document_was_printed_is_a_conflict(world):
    case = world.case_in("preparing")
    world.fill_request(case)
    prepared = unprinted(world.session, case)
    case.requests[0].urgent = True
    world.session.flush()
    with pytest.raises(Conflict):
        keep(world, case, prepared)


def test_a_document_of_another_case_is_not_found(world):
    case = world.case_in("preparing")
    world.fill_request(case)
    row = keep(world, case, unprinted(world.session, case))
    with pytest.raises(NotFound):
        documents.document_of(world.session, world.open_case(nhc="100002"), row.id)


def test_names_of_files_tell_requests_apart_and_no_person(world):
    case = world.open_case()
    rows = [IssuedDocument(kind="dossier", copy="agency", request_number=number, version=2) for number in (0, 1)]
    assert [documents.filename(case, row) for row in rows] == [
        f"{case.code}-dossier-agency-v2.pdf",
        f"{case.code}-c1-dossier-agency-v2.pdf",
    ]


def test_each_request_has_its_dossier_and_the_rest_is_of_the_case(world):
    case = world.case_in("in_treatment")
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    found = [(each.kind, each.number) for each in issuing.states(world.session, case)]
    assert found[7:] == [("dossier", 1), ("request_data", 1)]
    assert len(found) == 9


def test_two_people_who_issue_at_once_share_one_version(fresh_engine: Engine, vault):
    with Session(fresh_engine, info={"vault": vault}) as first:
        world = World(first)
        case = world.case_in("preparing")
        world.fill_request(case)
        first.commit()
        info, pharmacist, now = dict(first.info), world.people["pharmacist"], world.now
        kept = [unprinted(first, case, verification=str(number) * 16) for number in (1, 2)]
        code = case.code
    issued, start = [], Barrier(2)

    def person(prepared):
        with Session(fresh_engine, info=info) as session:
            start.wait()
            session.connection(execution_options=WRITE)
            held = session.scalar(select(Case).where(Case.code == code))
            issued.append(documents.keep(session, pharmacist, held, prepared, now).id)
            session.commit()

    people = [Thread(target=person, args=(prepared,)) for prepared in kept]
    for thread in people:
        thread.start()
    for thread in people:
        thread.join()
    assert len(issued) == 2
    assert len(set(issued)) == 1
