"""A report of no case is issued as documents of cases are: frozen, sealed, kept, compared, verified, done once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.render import Rendered
from compassionate.documents.verification_marks import grouped
from compassionate.errors import NotFound
from compassionate.extensions import Foundation
from compassionate.models import AuditEntry, CaseFile, IssuedDocument, Membership, PrintJob, Vault
from compassionate.services import checking, print_jobs, printing, reports, series, verification, verifying
from compassionate.services import keys as vault_keys
from compassionate.services.committee.issued import page, period_of, subject_of
from compassionate.services.committee.periods import quarter_of
from compassionate.services.printing import PrintFailed, Sessions
from compassionate.services.store import open_store
from tests.documents.printed import pages_of
from tests.documents.profiles import all_faults
from tests.world import FORMS, World, a_pdf

pytestmark = pytest.mark.one_database
KIND = "committee_report"


def blank(*given: Any, on_progress: Callable[[int, int], None], **more: Any) -> Rendered:
    """A printer that prints a blank page: printing takes seconds that few tests need."""
    on_progress(1, 2)
    return Rendered(a_pdf(), 1)


def broken(*given: Any, **more: Any) -> Any:
    raise PrintFailed("broken", lasting=True)


@dataclass
class House:
    """A hospital with a request in this quarter, its director, and its workers."""

    world: World
    sessions: Sessions
    subject: str

    def wish(self, session: Session, who: str = "director") -> reports.Wish:
        return reports.wish(session, self.world.people[who], KIND, self.world.centre.code, self.subject)

    def ask(self, who: str = "director") -> str:
        """Ask for the report; the id of its job."""
        with self.sessions.write() as session:
            wanted = self.wish(session, who)
            asked, _ = reports.look(session, wanted, clock.now())
            job = print_jobs.ask(session, self.world.people[who], wanted.centre, asked, clock.now(), self.subject)
            job_id = job.id
            session.commit()
        return job_id

    def issue(self, printer: Any = blank) -> str:
        """Ask, and have it printed; how it ended."""
        return printing.work(self.sessions, self.ask(), printer)

    def rows(self) -> list[IssuedDocument]:
        with self.sessions.read() as session:
            return series.versions(session, self.wish(session).series)

    def pdf(self) -> bytes:
        """The newest issue."""
        with self.sessions.read() as session:
            return series.pdf_of(session, series.versions(session, self.wish(session).series)[0])

    def check(self) -> checking.Found:
        with self.sessions.read() as session:
            return checking.check(session)

    def another_request(self) -> None:
        """Something that the report counts happens."""
        self.world.session.rollback()  # what workers wrote meanwhile is seen
        self.world.case_in("submitted")
        self.world.session.commit()


@pytest.fixture
def house(fresh_engine: Engine, vault: Vault, tmp_path: Path) -> Iterator[House]:
    held = Foundation(fresh_engine, vault, FORMS, open_store(str(tmp_path / "documents")), address="https://uc.example")
    with held.session() as session:
        world = World(session)
        world.case_in("submitted")
        session.commit()
        subject = subject_of(quarter_of(world.today))
        yield House(world, Sessions(held.session, lambda: held.session(write=True)), subject)


@pytest.mark.both_databases
def test_a_report_is_issued_once_and_anew_where_it_says_something_else(house: House):
    assert house.ask() == house.ask("pharmacist")
    assert [house.issue(), house.issue()] == ["done", "done"]
    assert [row.version for row in house.rows()] == [1]
    house.another_request()
    assert house.issue() == "done"
    new, old = house.rows()
    assert (new.version, old.version) == (2, 1)
    assert new.content_sha256 != old.content_sha256
    with house.sessions.read() as session:
        assert [each.is_stale for each in reports.issued(session, house.wish(session), clock.now())] == [False, True]
        told = [json.loads(row) for row in session.scalars(select(AuditEntry.row))]
    issued = [row["detail"] for row in told if row["action"] == "issue_report"]
    assert [(each["version"], each["sha256"]) for each in issued] == [(1, old.sha256), (2, new.sha256)]
    assert sum(row["action"] == "ask_report" for row in told) == 3
    assert house.check().ok


def test_it_is_kept_sealed_with_its_frozen_words_under_the_key_of_the_centre(house: House):
    house.issue()
    (row,) = house.rows()
    assert (row.case_id, row.seal_level) == (None, "B-B")
    with house.sessions.read() as session:
        frozen = series.frozen_of(session, row)
        assert frozen is not None
        assert json.loads(frozen)["content_sha256"] == row.content_sha256
        (file,) = session.scalars(select(CaseFile.id).where(CaseFile.centre_id == row.centre_id))
        for name in (f"documents/{row.id}", f"files/{file}"):
            kept = session.info["store"].get(name).bytes()
            assert b"%PDF" not in bytes(kept)
            assert b"Solicitudes" not in bytes(kept)


def test_what_changed_is_told_by_table_and_row(house: House):
    house.issue()
    house.another_request()
    house.issue()
    with house.sessions.read() as session:
        new, old = series.versions(session, house.wish(session).series)
        found = reports.compare(session, house.wish(session), old, new, clock.now())
        same = reports.compare(session, house.wish(session), new, None, clock.now())
    assert found
    filed = next(each for each in found if each.label.startswith("Lo esencial: Solicitudes presentadas"))
    assert (filed.section, filed.old, filed.new, filed.kind) == ("Resumen", "1", "2", "changed")
    assert same == []


def test_another_centre_and_other_roles_have_neither_the_report_nor_its_issues_nor_its_prints(house: House):
    job_id = house.ask()
    printing.work(house.sessions, job_id, blank)
    (row,) = house.rows()
    house.world.session.rollback()
    other = World(house.world.session, code="HGB")
    house.world.session.commit()
    with house.sessions.read() as session:
        for who in (other.people["director"], house.world.people["physician"], house.world.people["auditor"]):
            with pytest.raises(NotFound):
                reports.report_of(session, who, row.id)
            with pytest.raises(NotFound):
                print_jobs.job_of(session, who, job_id)
            with pytest.raises(NotFound):
                reports.wish(session, who, KIND, house.world.centre.code, house.subject)
        assert reports.report_of(session, house.world.people["pharmacist"], row.id)[0].id == row.id


def test_it_says_the_same_whoever_asks_and_tells_nothing_of_few(house: House):
    with house.sessions.read() as session:
        digests = {
            reports.look(session, house.wish(session, who), clock.now())[0].content_sha256
            for who in ("director", "pharmacist", "regulatory")
        }
        few = reports.says(session, house.wish(session), clock.now())
        session.info["small_cell"] = 1
        all_told = reports.says(session, house.wish(session), clock.now())
    assert len(digests) == 1
    assert few.content_sha256 != all_told.content_sha256


def test_who_no_longer_may_have_it_when_it_is_printed_gets_none(house: House):
    job_id = house.ask()
    with house.sessions.write() as session:
        for row in session.scalars(select(Membership).where(Membership.role == "director")):
            row.until_on = row.from_on
        session.commit()
    assert printing.work(house.sessions, job_id, blank) == "refused"
    assert house.rows() == []


def test_a_print_that_fails_leaves_nothing(house: House):
    assert house.issue(broken) == "failed"
    assert house.rows() == []
    assert house.check().ok


@pytest.mark.both_databases
def test_a_lost_worker_is_followed_by_another_and_the_job_is_done_once(house: House):
    job_id = house.ask()
    taken = printing.take(house.sessions.write, job_id, clock.now())
    assert taken is not None
    assert printing.work(house.sessions, job_id, blank) == ""
    with house.sessions.write() as session:
        session.get_one(PrintJob, job_id).lease_until = clock.now() - timedelta(seconds=1)
        session.commit()
    assert printing.work(house.sessions, job_id, blank) == "done"
    assert len(house.rows()) == 1


def test_a_tampered_file_is_found(house: House):
    house.issue()
    (row,) = house.rows()
    with house.sessions.read() as session:
        store = session.info["store"]
        store.put(f"documents/{row.id}", bytes(store.get(f"documents/{row.id}").bytes())[:-1] + b"x")
    assert house.check().damaged == [f"documents/{row.id}"]


def test_new_keys_open_what_old_ones_sealed(house: House):
    house.issue()
    before = house.pdf()
    vault_keys.rotate_data_keys(house.sessions.write, clock.now())
    assert house.pdf() == before
    assert house.check().ok


def test_anybody_may_verify_it_by_its_code_and_the_hospital_by_the_file(house: House):
    house.issue()
    pdf = house.pdf()
    with house.sessions.read() as session:
        (row,) = series.versions(session, house.wish(session).series)
        held = verification.standing(session, grouped(row.verification))
        assert held is not None
        assert verification.compare(held, io.BytesIO(pdf)).code == "same"
        told = verifying.verify_file(session, pdf, clock.now())
        changed = verifying.verify_file(session, pdf[:-20] + b"x" * 20, clock.now())
    assert (told["ours"], told["whole"], told["unchanged"], told["stale"]) == (True, True, True, False)
    assert (told["kind"], told["case"], told["centre"], told["subject"]) == (KIND, None, "HGA", house.subject)
    assert not changed["unchanged"]


def test_it_holds_both_profiles_and_its_code_stands_on_every_page(house: House):
    assert house.issue(None) == "done"
    pdf, (row,) = house.pdf(), house.rows()
    assert all_faults(pdf) == []
    pages = pages_of(pdf)
    assert len(pages) == row.pages > 1
    assert all(grouped(row.verification) in each.replace("\n", "") for each in pages)
    assert all("https://uc.example/verificar" in each.replace("\n", "") for each in pages)
    with pikepdf.open(io.BytesIO(pdf)) as held:
        inside = json.loads(held.attachments["informe.json"].get_file().read_bytes())
    assert inside["content_sha256"] == row.content_sha256


@pytest.mark.parametrize("subject", ["", "2026", "2026-13-01/2026-13-02", "2026-02-02/2026-02-01", "x/y", "1/2/3"])
def test_a_subject_that_is_no_period_is_not_found(subject: str):
    with pytest.raises(NotFound):
        period_of(subject)


def test_the_page_of_a_report_is_that_of_its_days():
    assert page("HGA", "2026-04-01/2026-06-30") == "/informes/comision?centre=HGA&quarter=2026-2"
    assert page("HGA", "2026-04-02/2026-06-30") == "/informes/comision?centre=HGA&from=2026-04-02&until=2026-06-30"
    assert period_of("2026-04-02/2026-06-30").from_on == date(2026, 4, 2)
