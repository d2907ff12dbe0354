"""kill -9 of the worker that prints (DUR-01, DUR-03, PDF-06): no half document is there, and the job is done once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.models import Account, Case, IssuedDocument, PrintJob
from compassionate.services import checking, documents, print_jobs, reports
from compassionate.services.actors import actor_of
from compassionate.services.committee.issued import subject_of
from compassionate.services.committee.periods import quarter_of
from tests.attacks.commands import Commands, Moment
from tests.attacks.history import assert_whole
from tests.attacks.serving import PATIENCE, ROOT, Installation, Server, Visitor
from tests.world import today

KIND = "request_data"
WORK = ("jobs", "work", "--once")


@dataclass
class Shop:
    """An installation with documents to be asked for, and workers to be killed."""

    installation: Installation
    commands: Commands
    codes: list[str]
    username: str
    session: Session
    temporary: Path

    def ask(self, code: str) -> str:
        """Ask for a document as its page does; the id of its job."""
        self.session.rollback()
        case = self.session.scalars(select(Case).where(Case.code == code)).one()
        account = self.session.scalars(select(Account).where(Account.username == self.username)).one()
        actor = actor_of(account, today())
        asked, _ = documents.look(self.session, actor, case, KIND, "hospital")
        job_id = print_jobs.ask(self.session, actor, case, asked, clock.now()).id
        self.session.commit()
        return job_id

    def ask_report(self) -> str:
        """Ask for the committee's report of this quarter; the id of its job."""
        self.session.rollback()
        case = self.session.scalars(select(Case)).first()
        account = self.session.scalars(select(Account).where(Account.username == self.username)).one()
        assert case is not None
        actor, subject = actor_of(account, today()), subject_of(quarter_of(today()))
        wanted = reports.wish(self.session, actor, "committee_report", case.centre.code, subject)
        asked, _ = reports.look(self.session, wanted, clock.now())
        job_id = print_jobs.ask(self.session, actor, wanted.centre, asked, clock.now(), subject).id
        self.session.commit()
        return job_id

    def job(self, job_id: str) -> PrintJob:
        self.session.rollback()
        return self.session.get_one(PrintJob, job_id, populate_existing=True)

    def issued(self) -> int:
        self.session.rollback()
        return self.session.scalar(select(func.count()).select_from(IssuedDocument)) or 0

    def files(self) -> set[Path]:
        """The documents that are put; one with # in its name is being written, and the store shows it to nobody."""
        found = (Path(self.installation.settings.document_store) / "documents").glob("*")
        return {each for each in found if "#" not in each.name}

    def kill(self, moment: Moment) -> float:
        """Kill a worker then; its press ends with it. How long it ran."""
        ended = self.commands.run(*WORK, kill_at=moment)
        wait_until(lambda: not self.presses())
        self.assert_nothing_half()
        return ended.seconds

    def presses(self) -> list[str]:
        """The processes that print for workers of this installation: known by their folder of temporary files."""
        return [each.parent.name for each in Path("/proc").glob("[0-9]*/environ") if self._is_press(each)]

    def _is_press(self, environment: Path) -> bool:
        try:
            is_press = b"press_room" in (environment.parent / "cmdline").read_bytes()
            return is_press and str(self.temporary).encode() in environment.read_bytes()
        except OSError:
            return False

    def assert_nothing_half(self) -> None:
        """Whatever a row names is whole; what was put and never named is all that may be left beside it."""
        self.session.rollback()
        found = assert_whole(self.session)
        unclaimed = [name for name in found.unclaimed if name.startswith("documents/")]
        assert len(self.files()) - len(unclaimed) == self.issued()
        left = [each.read_bytes() for each in self.temporary.rglob("*") if each.is_file()]
        assert not any(b"%PDF" in each for each in left)

    def time_passes(self) -> None:
        """The leases of workers that are gone come to their end."""
        self.session.rollback()
        past = clock.now() - timedelta(seconds=1)
        self.session.execute(update(PrintJob).where(PrintJob.open_for.is_not(None)).values(lease_until=past))
        self.session.commit()

    def finish(self, job_id: str) -> None:
        """Another worker comes: the job is done, once, and there is one document of it."""
        self.time_passes()
        assert self.commands.run(*WORK).code == 0
        self.assert_done_once(job_id)

    def assert_done_once(self, job_id: str) -> None:
        job = self.job(job_id)
        assert (job.status, job.fault) == ("done", "")
        rows = self.session.scalars(select(IssuedDocument).where(IssuedDocument.case_id == job.case_id))
        assert [row.id for row in rows] == [job.document_id]
        self.assert_nothing_half()

    def assert_clean_after_sweep(self) -> None:
        self.session.rollback()
        checking.sweep(self.session, clock.now() + checking.UNCLAIMED_AFTER * 2)
        self.session.commit()
        assert checking.check(self.session).ok


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@pytest.fixture
def shop(installation: Installation, tmp_path: Path, dialect: str, pytestconfig: pytest.Config) -> Iterator[Shop]:
    is_long = pytestconfig.getoption("--long")
    if dialect != "sqlite" and not is_long:
        pytest.skip("with --long")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    installation.environment["TMPDIR"] = str(temporary)
    with installation.world() as world:
        cases = [world.case_in("preparing", nhc=str(number)) for number in range(6 if is_long else 1)]
        for case in cases:
            world.fill_request(case)
        codes, username = [case.code for case in cases], world.accounts["pharmacist"].username
    commands = Commands(installation)
    with installation.session() as session:
        yield Shop(installation, commands, codes, username, session, temporary)
    commands.end()


def test_a_worker_killed_with_its_document_half_kept_leaves_nothing_and_the_next_one_does_it_once(shop: Shop):
    job_id, files = shop.ask(shop.codes[0]), shop.files()
    shop.kill(lambda _: bool(shop.files() - files))
    shop.finish(job_id)
    shop.assert_clean_after_sweep()


@pytest.mark.long
def test_a_worker_killed_with_a_report_half_kept_leaves_nothing_and_the_next_one_does_it_once(shop: Shop):
    job_id, files = shop.ask_report(), shop.files()
    shop.kill(lambda _: bool(shop.files() - files))
    assert shop.issued() == 0
    shop.finish(job_id)
    shop.assert_clean_after_sweep()


@pytest.mark.long
def test_a_worker_killed_anywhere_leaves_nothing_half_and_each_job_is_done_once(shop: Shop):
    """After it took the job, while it prints, when the file is put, after the commit; and by chance."""
    first, second, third, *rest = shop.codes
    job_id = shop.ask(first)
    length = shop.kill(lambda _: shop.job(job_id).status == "printing")
    shop.kill(lambda _: bool(shop.presses()))
    assert shop.issued() == 0
    shop.finish(job_id)
    shop.finish(job_id)
    job_id, files = shop.ask(second), shop.files()
    shop.kill(lambda _: bool(shop.files() - files))
    shop.finish(job_id)
    job_id = shop.ask(third)
    length = shop.kill(lambda _: shop.job(job_id).status == "done")
    shop.assert_done_once(job_id)
    chance = random.Random(6)
    for code in rest:
        job_id = shop.ask(code)
        for _ in range(2):
            shop.time_passes()
            at = chance.uniform(0, 1.1) * length
            shop.kill(lambda seconds, at=at: seconds > at)
        shop.finish(job_id)
    shop.assert_clean_after_sweep()


@pytest.mark.long
def test_two_workers_at_once_make_one_document_of_each_job(shop: Shop):
    jobs = [shop.ask(code) for code in shop.codes[:3]]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "flask", *WORK], cwd=ROOT, env=shop.installation.env(), stdout=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    assert [worker.wait() for worker in workers] == [0, 0]
    for job_id in jobs:
        shop.assert_done_once(job_id)
    shop.assert_clean_after_sweep()


@pytest.mark.long
def test_what_was_asked_of_a_server_that_was_killed_is_printed_all_the_same(shop: Shop):
    code = shop.codes[0]
    server = Server(shop.installation).wait()
    visitor = Visitor(server.address).log_in(shop.username)
    visitor.get(f"/expedientes/{code}/documentos")
    asked = visitor.post(f"/expedientes/{code}/documentos", {"kind": KIND, "copy": "hospital", "number": "0"})
    assert asked.status == 303
    assert "En espera" in visitor.get(asked.headers["Location"]).text
    server.kill()
    assert shop.commands.run(*WORK).code == 0
    shop.session.rollback()
    shop.assert_done_once(shop.session.scalars(select(PrintJob.id)).one())
