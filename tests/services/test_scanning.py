"""Only the scanner's word that a paper is clean lets it out; without an answer it stays in quarantine (UPL-07)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from compassionate import config
from compassionate.config import UnknownSetting
from compassionate.errors import Invalid, Refused
from compassionate.models import Notice
from compassionate.services import documents, late_finds, paper_names, papers, releasing, schedule
from compassionate.services.notice_words import sentence
from compassionate.services.scanning import CLEAN, FOUND, UNSCANNED, WAITING, NoScanner, Scanner, Verdict
from tests.services.clamd import EICAR, Clamd, clamd
from tests.world import World, a_pdf

pytestmark = pytest.mark.one_database


@pytest.fixture
def daemon() -> Iterator[Clamd]:
    with clamd() as held:
        yield held


@pytest.fixture
def world(session, daemon) -> World:
    session.info["scanner"] = Scanner(daemon.address, seconds=0.5)
    return World(session)


def upload(world: World, case, kind="evidence", data=None, who="pharmacist"):
    file = papers.Upload("articulo.pdf", "application/pdf", a_pdf(2) if data is None else data)
    return papers.upload(world.session, world.people[who], case, kind, "Artículo", file, world.tick())


def infected() -> bytes:
    return a_pdf() + b"\n%" + EICAR + b"\n"


@pytest.mark.parametrize(
    ("manner", "data", "verdict"),
    [
        ("honest", b"a file", Verdict(CLEAN)),
        ("honest", b"a file with " + EICAR, Verdict(FOUND, "Eicar-Signature")),
        ("honest", b"", Verdict(CLEAN)),
        ("hangs", b"a file", Verdict(WAITING)),
        ("drops", b"a file" * 100_000, Verdict(WAITING)),
        ("babbles", b"a file", Verdict(WAITING)),
        ("limited", b"a file", Verdict(WAITING)),
    ],
)
def test_a_daemon_is_believed_only_where_it_says_clean(daemon: Clamd, manner: str, data: bytes, verdict: Verdict):
    daemon.manner = manner
    assert Scanner(daemon.address, seconds=0.5).look(data) == verdict
    assert daemon.seen in ([data], [])


def test_a_daemon_that_is_gone_says_nothing():
    with clamd() as held:
        address = held.address
    assert Scanner(address, seconds=0.5).look(b"a file") == Verdict(WAITING)
    assert Scanner("unix:///nowhere/clamd.ctl").look(b"a file") == Verdict(WAITING)


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ("import sys; sys.exit(b'EICAR' in sys.stdin.buffer.read())", Verdict(CLEAN)),
        ("print('stream: Eicar-Test FOUND'); raise SystemExit(1)", Verdict(FOUND, "Eicar-Test")),
        ("raise SystemExit(2)", Verdict(WAITING)),
        ("import time; time.sleep(9)", Verdict(WAITING)),
    ],
)
def test_a_command_is_believed_by_how_it_ends(tmp_path, program: str, verdict: Verdict):
    path = tmp_path / "scan.py"
    path.write_text(program)
    assert Scanner(f"command:{sys.executable} {path}", seconds=2).look(b"a file") == verdict
    assert Scanner(f"command:{tmp_path}/nothing").look(b"a file") == Verdict(WAITING)


@pytest.mark.parametrize(
    "address", ["clamd://", "clamd://host", "clamd://host:x", "http://host:1", "unix:", "command:", "no"]
)
def test_a_slip_of_the_pen_lets_nothing_out(address: str):
    with pytest.raises(NoScanner):
        Scanner(address)
    with pytest.raises(UnknownSetting, match="COMPASSIONATE_SCANNER_URL"):
        config._scanner({"COMPASSIONATE_SCANNER_URL": address})
    assert config._scanner({}) is None


def test_a_clean_paper_goes_out_and_an_infected_one_is_not_kept(world: World):
    case = world.open_case()
    assert upload(world, case).scan == CLEAN
    with pytest.raises(Invalid) as refused:
        upload(world, case, data=infected())
    (error,) = refused.value.errors
    assert (error.code, error.params["found"]) == ("paper.malware", "Eicar-Signature")


def test_a_paper_that_waits_goes_into_no_document_and_to_nobody_but_its_sender(world: World, daemon: Clamd):
    daemon.manner = "drops"
    case = world.case_in("ready_to_submit")
    paper = papers.listed(world.session, case)[0].row
    assert paper.scan == WAITING
    with pytest.raises(Refused) as refused:
        documents.plan(world.session, world.people["pharmacist"], case, "dossier", "agency", world.tick())
    assert "paper.waiting" in {reason.code for reason in refused.value.reasons}
    sent = [each.row for each in paper_names.papers_to_send(world.session, case, 0) if each.row]
    for who in (None, world.people["physician"]):
        with pytest.raises(Refused):
            releasing.require_released(world.session, sent, who)
    releasing.require_released(world.session, [paper], world.people["pharmacist"])


def test_asked_again_a_paper_is_released_or_held_for_good(world: World, daemon: Clamd):
    session, case = world.session, world.open_case()
    daemon.manner = "drops"
    clean, bad = upload(world, case), upload(world, case, data=infected())
    assert releasing.to_scan(session) == [clean.id, bad.id]
    daemon.manner = "honest"
    for paper_id in releasing.to_scan(session):
        releasing.note(
            session, paper_id, releasing.look_again(session, session.info["scanner"], paper_id), world.tick()
        )
    assert [(each.scan, each.scan_found) for each in (clean, bad)] == [(CLEAN, None), (FOUND, "Eicar-Signature")]
    assert releasing.to_scan(session) == []
    with pytest.raises(Refused) as refused:
        releasing.require_released(session, [clean, bad], world.people["pharmacist"])
    assert [reason.code for reason in refused.value.reasons] == ["paper.found"]


def test_papers_from_before_there_was_a_scanner_wait_once_there_is_one(world: World):
    scanner = world.session.info.pop("scanner")
    paper = upload(world, world.open_case())
    assert (paper.scan, releasing.is_released(world.session, paper)) == (UNSCANNED, True)
    world.session.info["scanner"] = scanner
    assert not releasing.is_released(world.session, paper)
    assert releasing.to_scan(world.session) == [paper.id]


def find_late(world: World, paper) -> bool:
    """What a scanner that learnt something since says of a paper that was clean."""
    held = releasing.note(world.session, paper.id, Verdict(FOUND, "New-Signature"), world.tick())
    late_finds.tell(world.session, paper.id, world.now)
    return held


def told(world: World) -> dict[str, str]:
    names = {account.id: name for name, account in world.accounts.items()}
    rows = world.session.scalars(select(Notice).where(Notice.key.like("scan_paper-%"))).all()
    return {names[row.account_id]: sentence(row, "es") for row in rows}


def test_a_late_find_is_told_once_to_the_pharmacist_and_to_whoever_sent_the_paper(world: World):
    case = world.open_case()
    paper = upload(world, case, who="physician")
    assert releasing.found(world.session) == 0
    assert find_late(world, paper)
    assert not find_late(world, paper)  # found again the next night
    assert told(world).keys() == {"pharmacist", "physician"}
    assert "ya estaba guardado" in told(world)["pharmacist"]
    assert releasing.found(world.session) == 1
    assert not releasing.is_released(world.session, paper)


def test_of_a_blocked_case_and_of_a_withdrawn_paper_nobody_is_told(world: World):
    case = world.open_case()
    paper, gone = upload(world, case), upload(world, case, "other")
    gone.withdrawn_at = world.now
    find_late(world, gone)
    case.blocked_at = world.now
    find_late(world, paper)
    assert told(world) == {}


def test_a_scan_that_does_not_run_is_late_only_where_there_is_a_scanner(world: World):
    world.open_case()
    world.session.flush()
    later = world.now + timedelta(days=4)
    late = {run.name for run in schedule.last_runs(world.session, later) if run.is_late}
    assert late >= set(schedule.OF_SCANNER)
    for name in schedule.OF_SCANNER:
        schedule.note(world.session, name, later)
    assert not {run.name for run in schedule.last_runs(world.session, later) if run.is_late} & set(schedule.OF_SCANNER)
    del world.session.info["scanner"]
    late = {run.name for run in schedule.last_runs(world.session, later + timedelta(days=9)) if run.is_late}
    assert not late & set(schedule.OF_SCANNER)
