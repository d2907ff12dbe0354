"""A print is asked for once, done once, and never half done; what goes wrong is told (PDF-06, DUR-03)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.render import Rendered
from compassionate.errors import Conflict, Refused, Unavailable
from compassionate.extensions import Foundation
from compassionate.models import AuditEntry, Case, IssuedDocument, PrintJob, Vault
from compassionate.services import checking, documents, plans, print_jobs, printing, schedule, store
from compassionate.services.printing import PrintFailed, Sessions, Stopped
from compassionate.services.store import open_store
from tests.world import FORMS, World, a_pdf

pytestmark = pytest.mark.one_database


def blank(*given: Any, on_progress: Callable[[int, int], None], **more: Any) -> Rendered:
    """A printer that prints a blank page: printing takes seconds that few tests need."""
    on_progress(1, 2)
    return Rendered(a_pdf(), 1)


def fails(error: Exception) -> Callable[..., Any]:
    def printer(*given: Any, **more: Any) -> Any:
        raise error

    return printer


@dataclass
class House:
    """A hospital whose pharmacist may have request data printed, and its workers."""

    world: World
    case: Case
    sessions: Sessions

    def ask(self, who: str = "pharmacist", case: Case | None = None) -> str:
        """Ask for a document; the id of its job."""
        with self.sessions.write() as session:
            case, actor = session.get_one(Case, (case or self.case).id), self.world.people[who]
            asked, _ = documents.look(session, actor, case, "request_data", "hospital")
            job_id = print_jobs.ask(session, actor, case, asked, clock.now()).id
            session.commit()
        return job_id

    def work(self, job_id: str, printer: Any = blank, **more: Any) -> str:
        return printing.work(self.sessions, job_id, printer, **more)

    def job(self, job_id: str) -> PrintJob:
        with self.sessions.read() as session:
            return session.get_one(PrintJob, job_id)

    def issued(self) -> int:
        with self.sessions.read() as session:
            return session.scalar(select(func.count()).select_from(IssuedDocument)) or 0

    def change(self, job_id: str, **values: Any) -> None:
        with self.sessions.write() as session:
            job = session.get_one(PrintJob, job_id)
            for name, value in values.items():
                setattr(job, name, value)
            session.commit()

    def check(self) -> checking.Found:
        with self.sessions.read() as session:
            return checking.check(session)

    def weeks(self, number: int) -> None:
        """Change what the document says."""
        with self.sessions.write() as session:
            session.get_one(Case, self.case.id).requests[0].duration_weeks = number
            session.commit()


@pytest.fixture
def house(fresh_engine: Engine, vault: Vault, tmp_path: Path) -> Iterator[House]:
    held = Foundation(fresh_engine, vault, FORMS, open_store(str(tmp_path / "documents")))
    with held.session() as session:
        world = World(session)
        case = world.case_in("preparing")
        world.fill_request(case)
        session.commit()
        yield House(world, case, Sessions(held.session, lambda: held.session(write=True)))


@pytest.mark.both_databases
def test_two_who_ask_for_the_same_have_one_job_and_one_document(house: House):
    first, second = house.ask("pharmacist"), house.ask("physician")
    assert first == second
    assert house.work(first) == "done"
    assert house.work(first) == ""
    assert house.issued() == 1
    job = house.job(first)
    assert (job.status, job.open_for, job.lease_until) == ("done", None, None)
    assert job.document_id
    with house.sessions.read() as session:
        rows = [row for row in session.scalars(select(AuditEntry.row)) if '"ask_document"' in row]
    assert len(rows) == 1


@pytest.mark.both_databases
def test_two_workers_at_once_make_one_document(house: House):
    job_id, start, ended = house.ask(), threading.Barrier(2), []

    def one() -> None:
        start.wait()
        ended.append(house.work(job_id))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["", "done"]
    assert house.issued() == 1
    assert house.check().ok


@pytest.mark.both_databases
def test_whoever_was_away_for_longer_than_its_lease_keeps_nothing(house: House):
    job_id, other = house.ask(), []

    def slow(*given: Any, **more: Any) -> Rendered:
        house.change(job_id, lease_until=clock.now() - timedelta(seconds=1))
        other.append(house.work(job_id))
        return Rendered(a_pdf(), 1)

    assert house.work(job_id, slow) == ""
    assert other == ["done"]
    assert house.issued() == 1
    assert house.check().unclaimed == []


def test_whoever_lost_the_lease_keeps_nothing_while_another_prints(house: House):
    job_id = house.ask()

    def slow(*given: Any, **more: Any) -> Rendered:
        house.change(job_id, lease_until=clock.now() - timedelta(seconds=1))
        assert printing.take(house.sessions.write, job_id, clock.now()) is not None
        return Rendered(a_pdf(), 1)

    assert house.work(job_id, slow) == ""
    assert house.issued() == 0
    assert house.job(job_id).status == "printing"


def test_a_job_is_nobodys_until_its_lease_ends(house: House):
    job_id = house.ask()
    assert printing.take(house.sessions.write, job_id, clock.now()) is not None
    assert house.work(job_id) == ""
    with house.sessions.read() as session:
        assert print_jobs.due(session, clock.now()) == []
        assert print_jobs.due(session, clock.now() + printing.LEASE * 2) == [job_id]


def test_one_that_brought_every_worker_down_is_not_tried_for_ever(house: House):
    job_id = house.ask()
    for _ in range(printing.MOST_ATTEMPTS):
        assert printing.take(house.sessions.write, job_id, clock.now()) is not None
        house.change(job_id, lease_until=clock.now() - timedelta(seconds=1))
    assert house.work(job_id) == ""
    assert (house.job(job_id).status, house.job(job_id).fault) == ("failed", "worker_lost")
    assert house.ask() != job_id


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (PrintFailed("worker_lost"), "worker_lost"),
        (Unavailable("store"), "store"),
        (ValueError("Inventada Prueba"), "broken"),
    ],
)
def test_what_may_go_another_time_is_tried_again_a_few_times(house: House, error: Exception, fault: str):
    job_id = house.ask()
    ended = []
    for _ in range(printing.MOST_ATTEMPTS):
        ended.append(house.work(job_id, fails(error)))
        assert house.work(job_id) == "", "a little later, not at once"
        if ended[-1] == "waiting":
            house.change(job_id, lease_until=None)
    assert ended == ["waiting", "waiting", "failed"]
    assert (house.job(job_id).fault, house.job(job_id).open_for) == (fault, None)
    assert house.work(house.ask()) == "done"


def test_what_would_not_go_another_time_is_over_at_once(house: House):
    job_id = house.ask()
    assert house.work(job_id, fails(PrintFailed("too_long", lasting=True, minutes=15))) == "failed"
    assert (house.job(job_id).fault, house.job(job_id).params) == ("too_long", {"minutes": 15})


def test_no_word_of_a_document_is_logged(house: House, caplog: pytest.LogCaptureFixture):
    house.work(house.ask(), fails(ValueError("Inventada Prueba")))
    assert "ValueError" in caplog.text
    assert "Inventada" not in caplog.text


def test_a_document_of_too_many_pages_is_refused_with_the_numbers(house: House):
    job_id = house.ask()

    def endless(*given: Any, **more: Any) -> Rendered:
        return Rendered(a_pdf(), plans.MOST_PAGES + 1)

    assert house.work(job_id, endless) == "refused"
    job = house.job(job_id)
    assert (job.fault, job.params) == ("too_many_pages", {"pages": 1501, "most": 1500})
    assert house.issued() == 0
    assert house.check().ok


def test_annexes_of_too_many_pages_are_refused_before_anything_is_opened(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plans, "MOST_PAGES", 0)
    case = house.world.case_in("ready_to_submit", nhc="2")
    house.world.session.commit()
    with house.sessions.read() as session:
        held = session.get_one(Case, case.id)
        with pytest.raises(Refused) as refused:
            documents.look(session, house.world.people["pharmacist"], held, "dossier", "hospital")
    assert [reason.code for reason in refused.value.reasons] == ["document.too_many_pages"]


def test_a_case_that_changed_meanwhile_is_printed_again_as_it_is_then(house: House):
    job_id, printed = house.ask(), []

    def disturbed(*given: Any, **more: Any) -> Rendered:
        printed.append(given[0].request.duration_weeks)
        if len(printed) == 1:
            house.weeks(41)
        return Rendered(a_pdf(), 1)

    assert house.work(job_id, disturbed) == "done"
    assert printed[-1] == 41
    assert len(printed) == 2
    with house.sessions.read() as session:
        row = session.scalars(select(IssuedDocument)).one()
        assert not documents.is_stale(session, session.get_one(Case, house.case.id), row)


def test_a_case_that_never_stands_still_is_told_of(house: House):
    job_id, weeks = house.ask(), iter(range(41, 60))

    def disturbed(*given: Any, **more: Any) -> Rendered:
        house.weeks(next(weeks))
        return Rendered(a_pdf(), 1)

    assert house.work(job_id, disturbed) == "failed"
    assert house.job(job_id).fault == "moved"
    assert house.issued() == 0


def test_what_lacks_something_when_its_turn_comes_is_refused(house: House):
    job_id = house.ask()
    house.weeks(0)
    assert house.work(job_id) == "refused"
    assert house.job(job_id).fault == "missing"


def test_whoever_lost_the_role_meanwhile_has_nothing_printed(house: House):
    job_id = house.ask()
    house.world.session.rollback()  # to begin after what the page committed
    house.world.accounts["pharmacist"].active = False
    house.world.session.commit()
    assert house.work(job_id) == "refused"
    assert house.issued() == 0


def test_a_worker_that_is_told_to_end_gives_back_what_it_holds(house: House):
    job_id = house.ask()
    with pytest.raises(Stopped):
        house.work(job_id, blank, stopping=lambda: True)
    job = house.job(job_id)
    assert (job.status, job.attempts, job.lease_until) == ("waiting", 0, None)
    assert house.work(job_id) == "done"


def test_how_far_it_is_stands_in_the_row_and_the_worker_was_heard_of(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "TOLD_EACH", timedelta())
    job_id, seen = house.ask(), []

    def told(*given: Any, on_progress: Callable[[int, int], None], **more: Any) -> Rendered:
        for done in (0, 2, 5):
            on_progress(done, 5)
            seen.append((house.job(job_id).step, house.job(job_id).total))
        return Rendered(a_pdf(), 1)

    before = clock.now()
    assert house.work(job_id, told) == "done"
    assert seen == [(0, 5), (2, 5), (5, 5)]
    with house.sessions.read() as session:
        assert schedule.is_worked(session, before)


def test_progress_is_written_now_and_then(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "TOLD_EACH", timedelta(hours=1))
    job_id = house.ask()

    def told(*given: Any, on_progress: Callable[[int, int], None], **more: Any) -> Rendered:
        on_progress(1, 2)
        assert house.job(job_id).total == 0
        return Rendered(a_pdf(), 1)

    assert house.work(job_id, told) == "done"


def test_the_place_in_the_queue_is_that_of_whoever_asked_first(house: House):
    other = house.world.case_in("preparing", nhc="2")
    house.world.fill_request(other)
    house.world.session.commit()
    first, second = house.ask(), house.ask(case=other)
    with house.sessions.read() as session:
        places = [print_jobs.position(session, session.get_one(PrintJob, each)) for each in (first, second)]
        assert print_jobs.due(session, clock.now()) == [first, second]
    assert places == [1, 2]
    house.work(first)
    with house.sessions.read() as session:
        assert print_jobs.position(session, session.get_one(PrintJob, second)) == 1


def test_a_document_issued_meanwhile_is_the_one_that_was_asked_for(house: House):
    job_id = house.ask()
    with house.sessions.write() as session:
        actor, case = house.world.people["pharmacist"], session.get_one(Case, house.case.id)
        planned = documents.plan(session, actor, case, "request_data", "hospital", clock.now())
        prepared = documents.press(planned, FORMS, blank)
        kept = documents.keep(session, actor, case, prepared, clock.now()).id
        session.commit()
    assert house.work(job_id) == "done"
    assert house.job(job_id).document_id == kept
    assert house.issued() == 1


@pytest.mark.both_databases
def test_nothing_is_left_where_the_commit_never_came(house: House, monkeypatch: pytest.MonkeyPatch):
    """The file is put, then the process is gone: a file that no row names, and a job that is done once later."""
    job_id = house.ask()

    def gone(session: Session, *given: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(documents, "record", gone)
        with pytest.raises(KeyboardInterrupt):
            house.work(job_id)
    assert house.issued() == 0
    assert sorted(name.partition("/")[0] for name in house.check().unclaimed) == ["documents", "files"]
    house.change(job_id, lease_until=clock.now() - timedelta(seconds=1))
    assert house.work(job_id) == "done"
    with house.sessions.write() as session:
        later = clock.now() + checking.UNCLAIMED_AFTER * 2
        assert len(checking.sweep(session, later)) == 2
        session.commit()
    assert house.issued() == 1
    assert house.check().ok
    with house.sessions.read() as session:
        row = session.scalars(select(IssuedDocument)).one()
        assert documents.pdf_of(session, session.get_one(Case, house.case.id), row).startswith(b"%PDF-")
        assert len(store.names(session)) == house.check().rows


def test_the_service_itself_says_who_lost(house: House):
    actor = house.world.people["pharmacist"]
    with house.sessions.read() as session:
        case = session.get_one(Case, house.case.id)
        planned = documents.plan(session, actor, case, "request_data", "hospital", clock.now())
    house.weeks(44)
    prepared = documents.press(planned, FORMS, blank)
    with house.sessions.write() as session:
        case = session.get_one(Case, house.case.id)
        with pytest.raises(Conflict):
            documents.keep(session, actor, case, prepared, clock.now())
