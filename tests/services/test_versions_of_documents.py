"""Each issue is frozen with what it was made from, and what two of them say differently agrees with being stale."""

from __future__ import annotations

import json

import pytest

from compassionate.documents.catalogue import content_sha256
from compassionate.documents.content import AGENCY
from compassionate.models import CaseFile
from compassionate.services import documents, series, versions
from compassionate.services.snapshots import snapshot
from tests.world import REPORT, World, a_pdf

pytestmark = pytest.mark.one_database  # rows and files alike on both


@pytest.fixture
def world(session):
    return World(session)


def issued(world, case, copy=AGENCY, kind="dossier"):
    """The next version of a document, kept as any other but with a blank page."""
    session, now = world.session, world.tick()
    held = snapshot(session, case, 0)
    last = documents.latest(session, case, kind, copy, 0)
    version = last.version + 1 if last else 1
    prepared = documents.Prepared(kind, copy, 0, version, content_sha256(held, kind, copy), a_pdf(), 1, f"v-{now}")
    return documents.keep(session, world.people["pharmacist"], case, prepared, now)


@pytest.mark.parametrize("copy", ["agency", "hospital"])
def test_every_issue_keeps_what_it_was_made_from(world, copy):
    case = world.case_in("ready_to_submit")
    row = issued(world, case, copy)
    held = versions.kept(world.session, row)
    assert content_sha256(held, row.kind, row.copy) == row.content_sha256
    world.add_paper(case)
    assert versions.kept(world.session, row) == held
    assert (row.template_version, len(row.sha256)) == ("2026-11-23", 64)


def test_a_document_is_stale_exactly_where_something_is_listed(world):
    case = world.case_in("ready_to_submit")
    row = issued(world, case)
    assert versions.compare(world.session, case, row, None, "es").differences == ()
    assert not documents.is_stale(world.session, case, row)
    paper = world.add_paper(case)
    assert documents.is_stale(world.session, case, row)
    parts = versions.compare(world.session, case, row, None, "es").sections
    assert [each.label for each in parts["Visto bueno de la Dirección"]] == ["Firma anulada"]
    (found,) = parts["Papeles"]
    assert (found.section, found.kind, found.label) == ("Papeles", "added", "Papel «Papel evidence»")
    assert paper.sha256[:16] in found.new
    second = issued(world, case)
    assert second.version == 2
    assert len(versions.compare(world.session, case, row, second, "es").differences) == 2
    assert versions.compare(world.session, case, second, None, "es").differences == ()


def test_consent_and_treatment_are_no_difference_of_the_agencys_copy_and_are_of_the_hospitals(world):
    case = world.case_in("ready_to_submit")
    agency, hospital = issued(world, case), issued(world, case, "hospital")
    world.consent(case)
    assert versions.compare(world.session, case, agency, None, "es").differences == ()
    assert "Consentimientos" in versions.compare(world.session, case, hospital, None, "es").sections


def test_a_rectified_answer_is_told_by_its_question(world):
    case = world.case_in("submitted")
    row = documents.latest(world.session, case, "dossier", AGENCY, 0)
    given = {"field": "report.diagnosis", "value": "Otra degeneración", "reason": "Error"}
    world.rectify(case, "physician", given)
    found = {each.label: each for each in versions.compare(world.session, case, row, None, "es").differences}
    diagnosis = next(each for label, each in found.items() if "Diagnóstico" in label)
    assert (diagnosis.old, diagnosis.new) == (REPORT["diagnosis"], "Otra degeneración")


def test_a_document_of_before_a_field_was_added_is_compared(world, monkeypatch):
    case = world.case_in("ready_to_submit")
    row = issued(world, case)
    frozen = json.loads(series.frozen_of(world.session, row))
    for part in (frozen, frozen["product"], frozen["request"]):
        added = {"others", "doses", "supply", "willing_by", "follows"} & part.keys()
        assert added
        for name in added:
            del part[name]
    monkeypatch.setattr(series, "frozen_of", lambda session, row: json.dumps(frozen).encode())
    world.add_paper(case)
    compared = versions.compare(world.session, case, row, None, "es")
    assert compared.without == ()
    assert "Papeles" in compared.sections


def test_a_document_of_before_snapshots_were_kept_says_so(world):
    case = world.case_in("ready_to_submit")
    row = issued(world, case)
    world.session.query(CaseFile).where(CaseFile.of_id == row.id).delete()
    assert versions.kept(world.session, row) is None
    assert versions.compare(world.session, case, row, None, "es").without == (1,)
