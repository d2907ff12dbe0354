"""`flask documents` and `flask check`: papers in, documents out, a file told from a forgery, rows against files."""

from __future__ import annotations

import pytest
from obstore.store import ObjectStore

from compassionate.services.documents import issued, pdf_of
from tests.world import a_pdf

DOCUMENT = {"id", "kind", "version", "sha256", "content_sha256", "pages", "stale"}


@pytest.fixture
def store(app) -> ObjectStore:
    return app.extensions["compassionate"].store


def test_a_paper_is_filed_and_a_file_that_is_none_is_refused(flask, world, tmp_path):
    case = world.open_case()
    world.session.commit()
    (tmp_path / "a.pdf").write_bytes(a_pdf(pages=2))
    (tmp_path / "b.pdf").write_bytes(b"MZ not a paper")
    command = ["documents", "upload", case.code]
    end = ["--kind", "evidence", "--as", "pharmacist.hga", "--json"]
    paper = flask(*command, str(tmp_path / "a.pdf"), *end).json
    assert (paper["kind"], paper["pages"], len(paper["sha256"])) == ("evidence", 2, 64)
    assert flask(*command, str(tmp_path / "b.pdf"), *end).code == 1
    assert flask(*command, str(tmp_path / "a.pdf"), "--kind", "gossip", "--as", "pharmacist.hga").code == 2
    assert flask("check", "--json").json["rows"] == 2  # the paper and its copy without metadata


@pytest.mark.one_database
def test_a_document_is_issued_once_listed_and_known_again(flask, world, tmp_path):
    case = world.case_in("preparing")
    world.product.consent_sheet_version = "2"
    world.session.commit()
    out = tmp_path / "hoja.pdf"
    issue = ["documents", "issue", case.code, "--kind", "consent_form", "--json"]
    first = flask(*issue, "--out", str(out), "--as", "physician.hga").json
    assert first.keys() >= DOCUMENT
    assert out.read_bytes().startswith(b"%PDF")
    # Nobody named: the command line itself prints, and what has not changed is the same document.
    assert flask(*issue).json["id"] == first["id"]
    listed = flask("documents", "list", case.code, "--json").json["documents"]
    assert [(row["id"], row["stale"]) for row in listed] == [(first["id"], False)]
    found = flask("documents", "verify", str(out), "--json")
    assert (found.code, found.json["ours"], found.json["case"], found.json["kind"]) == (
        0,
        True,
        case.code,
        "consent_form",
    )
    assert (found.json["embedded_case"], found.json["stale"]) == (False, False)
    assert [(each["kind"], each["valid"]) for each in found.json["signatures"]] == [("seal", True)]
    seal = flask("seal", "show", "--json").json
    assert (seal["in_use"]["owner"], seal["in_use"]["time_stamps"], seal["warning"]) == ("own", False, None)
    assert seal["known"][0]["sha256"] == seal["in_use"]["sha256"]
    assert "no prueba ante un tercero" in flask("seal", "show").out
    assert flask("seal", "show", "--pem").out.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.one_database
def test_a_file_that_lost_or_gained_a_byte_is_no_document_of_ours(flask, world, tmp_path):
    case = world.case_in("ready_to_submit")
    world.issue_unprinted(case)
    world.session.commit()
    data = pdf_of(world.session, case, issued(world.session, case)[0])
    for name, changed in (("whole", data), ("cut", data[:-1]), ("longer", data + b"\n"), ("empty", b"")):
        (tmp_path / name).write_bytes(changed)
        found = flask("documents", "verify", str(tmp_path / name), "--json")
        assert (found.code, found.json["unchanged"]) == ((0, True) if name == "whole" else (1, False))


@pytest.mark.one_database
def test_a_document_that_lacks_something_names_all_of_it(flask, world):
    case = world.open_case()
    world.session.commit()
    answer = flask("documents", "issue", case.code, "--kind", "dossier", "--copy", "agency", "--as", "pharmacist.hga")
    assert len(answer.reasons) > 3
    assert flask("documents", "issue", case.code, "--kind", "request_data", "--copy", "agency").code == 2


def test_check_finds_what_is_missing_damaged_or_of_nobody(flask, world, store):
    case = world.open_case()
    papers = [world.add_paper(case) for _ in range(3)]
    world.session.commit()
    assert flask("check", "--json").json == {
        "ok": True, "swept": [], "rows": 6, "files": 6, "missing": [], "damaged": [], "unclaimed": [], "history": [],
        "runs": dict.fromkeys(("outbox_send", "deadlines_run", "jobs_work", "papers_scan", "papers_scan_all")),
        "late": ["outbox_send", "deadlines_run", "jobs_work"],
        "without_holder": [], "seal": None,
    }  # fmt: skip
    store.delete(f"papers/{papers[0].id}")
    store.put(f"papers/{papers[1].id}", b"something else")
    store.put("papers/stranger", b"of nobody")
    answer = flask("check", "--json")
    assert answer.code == 1
    assert answer.json["missing"] == [f"papers/{papers[0].id}"]
    assert answer.json["damaged"] == [f"papers/{papers[1].id}"]
    assert answer.json["unclaimed"] == ["papers/stranger"]


def test_a_file_put_in_the_place_of_another_does_not_open(flask, world, store):
    case = world.open_case()
    first, second = world.add_paper(case), world.add_paper(case)
    world.session.commit()
    store.put(f"papers/{first.id}", bytes(store.get(f"papers/{second.id}").bytes()))
    assert flask("check", "--json").json["damaged"] == [f"papers/{first.id}"]


@pytest.mark.one_database
def test_a_report_is_issued_once_and_known_again(flask, world, tmp_path):
    world.case_in("submitted")
    world.session.commit()
    out, days = tmp_path / "informe.pdf", f"{world.today:%Y-%m}-01/{world.today:%Y-%m}-28"
    command = ["documents", "report", "--kind", "committee_report", "--centre", "HGA", "--subject", days, "--json"]
    first = flask(*command, "--out", str(out), "--as", "director.hga").json
    assert first.keys() >= DOCUMENT | {"centre", "subject"}
    assert flask(*command, "--as", "pharmacist.hga").json["id"] == first["id"]
    for wrong in (["--as", "physician.hga"], ["--as", "director.hga", "--subject", "2026"]):
        assert flask(*command, *wrong).code == 2
    found = flask("documents", "verify", str(out), "--json")
    told = (found.code, found.json["unchanged"], found.json["case"], found.json["centre"], found.json["subject"])
    assert told == (0, True, None, "HGA", days)
    assert "Informe para la Comisión" in flask("documents", "verify", str(out)).out
    assert flask("imports", "dossier", str(out), "--as", "director.hga").code == 1
    assert flask("check").code == 0
