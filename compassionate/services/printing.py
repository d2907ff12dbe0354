"""Doing one print job: planned in a session that reads, printed outside of any, kept and ended in one commit.

Killed before that commit there is no document and the next worker begins anew; killed after it there is one, and
nothing is left to do. What goes wrong is written into the row as a code (PDF-06).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.documents.progress import Progress
from compassionate.errors import Conflict, NotFound, Refused, Unavailable
from compassionate.models import Account, Centre, PrintJob
from compassionate.models.print_jobs import DONE, FAILED, PRINTING, REFUSED, WAITING
from compassionate.services import documents, plans, reports, schedule
from compassionate.services.actors import Actor, actor_of
from compassionate.services.case_files import Holder
from compassionate.services.cases import get_case
from compassionate.services.criteria import forms_of
from compassionate.services.plans import Plan, Prepared
from compassionate.services.print_jobs import is_due
from compassionate.services.series import holder_of

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=90)
RENEWED_EACH = timedelta(seconds=15)
TOLD_EACH = timedelta(seconds=1)  # progress is one commit, so it is not written for every part
AGAIN_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 3

Printer = Callable[..., Any]  # documents/prints.py's render, or what does the same elsewhere


class PrintFailed(Exception):
    """A print that did not come to its end; `code` is one of `print_fault`. `lasting`: it would not another time."""

    def __init__(self, code: str, lasting: bool = False, **params: Any) -> None:
        super().__init__(code)
        self.code, self.lasting, self.params = code, lasting, params


class Stopped(Exception):
    """The worker was told to end: what it was printing is given back as if it had never begun."""


class LeaseLost(Exception):
    """Another worker took the job: this one was away for longer than its lease."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """How a worker opens sessions: to read, and to write."""

    read: Callable[[], Session]
    write: Callable[[], Session]


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in one worker's hands."""

    id: str
    lease: str
    attempt: int


def _never() -> bool:
    return False


def take(write: Callable[[], Session], job_id: str, now: datetime) -> Taken | None:
    """Take a job, or nothing where it is another's or over: of two who try at once one has it.

    One that brought MOST_ATTEMPTS workers down is not tried again.
    """
    lease = secrets.token_hex(16)
    with write() as session:
        mine = update(PrintJob).where(PrintJob.id == job_id, is_due(now))
        found = session.execute(
            mine.values(
                {
                    PrintJob.status: PRINTING, PrintJob.lease: lease, PrintJob.lease_until: now + LEASE,
                    PrintJob.attempts: PrintJob.attempts + 1, PrintJob.step: 0, PrintJob.total: 0,
                }
            ).returning(PrintJob.attempts)
        ).one_or_none()  # fmt: skip
        if found is None:
            return None
        taken = Taken(job_id, lease, found[0])
        if taken.attempt > MOST_ATTEMPTS:
            _end(session, taken, FAILED, now, fault="worker_lost")
        session.commit()
    return taken if taken.attempt <= MOST_ATTEMPTS else None


def _write(session: Session, taken: Taken, values: dict[Any, Any]) -> None:
    """Change a job that one still holds; raises LeaseLost."""
    held = update(PrintJob).where(PrintJob.id == taken.id, PrintJob.lease == taken.lease, PrintJob.status == PRINTING)
    if session.scalar(held.values(values).returning(PrintJob.id)) is None:
        raise LeaseLost


def _end(session: Session, taken: Taken, status: str, now: datetime, **more: Any) -> None:
    ended = {PrintJob.status: status, PrintJob.open_for: None, PrintJob.lease_until: None, PrintJob.ended_at: now}
    _write(session, taken, ended | {getattr(PrintJob, name): value for name, value in more.items()})


def work(sessions: Sessions, job_id: str, printer: Printer | None = None, stopping: Callable[[], bool] = _never) -> str:
    """Do one job, whatever comes of it; the status that it then has, empty where it was another worker's.

    Raises Stopped where the worker is to end. What goes wrong is written into the row as a code: its words may be a
    patient's, so that only the name of an unforeseen error is logged.
    """
    try:
        taken = take(sessions.write, job_id, clock.now())
        return _outcome(sessions, taken, printer, stopping) if taken is not None else ""
    except LeaseLost:
        log.warning("print job %s went on elsewhere", job_id)
    except SQLAlchemyError as error:  # its lease ends, and then somebody takes it
        log.warning("print job %s: the database does not answer: %s", job_id, type(error).__name__)
    return ""


def _outcome(sessions: Sessions, taken: Taken, printer: Printer | None, stopping: Callable[[], bool]) -> str:
    try:
        return _twice(sessions, taken, printer, stopping)
    except Refused as refusal:
        first = refusal.reasons[0]
        fault = "too_many_pages" if first.code == "document.too_many_pages" else "missing"
        return _over(sessions, taken, REFUSED, fault, dict(first.params) if fault == "too_many_pages" else {})
    except NotFound:
        return _over(sessions, taken, REFUSED, "not_allowed")
    except Unavailable:
        return _failed(sessions, taken, PrintFailed("store"))
    except PrintFailed as error:
        return _failed(sessions, taken, error)
    except Stopped:
        _give_back(sessions, taken, counts=False)
        raise
    except (LeaseLost, SQLAlchemyError):
        raise
    except Exception as error:  # noqa: BLE001 - no document may stop the worker that prints all others
        log.error("print job %s: %s", taken.id, type(error).__name__)
        return _failed(sessions, taken, PrintFailed("broken"))


def _twice(sessions: Sessions, taken: Taken, printer: Printer | None, stopping: Callable[[], bool]) -> str:
    """Print; and once more where the case moved meanwhile: who asked wants what it says now."""
    try:
        return _print(sessions, taken, printer, stopping)
    except Conflict:
        pass
    try:
        return _print(sessions, taken, printer, stopping)
    except Conflict as error:
        raise PrintFailed("moved", lasting=True) from error


def _print(sessions: Sessions, taken: Taken, printer: Printer | None, stopping: Callable[[], bool]) -> str:
    watch = _Watch(sessions, taken, stopping)
    with sessions.read() as session:
        planned = _plan(session, taken, watch)
        forms = forms_of(session)
    prepared = plans.press(planned, forms, printer, watch)
    with sessions.write() as session:
        _write(session, taken, {PrintJob.lease_until: clock.now() + LEASE})  # nobody else puts a file meanwhile
        document_id = _keep(session, taken, planned, prepared)
        _end(session, taken, DONE, clock.now(), document_id=document_id, fault="")
        session.commit()
    return DONE


def _plan(session: Session, taken: Taken, watch: Progress) -> Plan:
    job, actor, holder = _of(session, taken)
    if isinstance(holder, Centre):
        return reports.plan(
            session, reports.wish(session, actor, job.kind, holder.code, job.subject), clock.now(), watch
        )
    return documents.plan(session, actor, holder, job.kind, job.copy, clock.now(), job.request_number, watch)


def _keep(session: Session, taken: Taken, planned: Plan, prepared: Prepared) -> str:
    job, actor, holder = _of(session, taken)
    if isinstance(holder, Centre):
        wanted = reports.wish(session, actor, job.kind, holder.code, job.subject)
        return reports.keep(session, actor, wanted, planned, prepared, clock.now())
    return documents.keep(session, actor, holder, prepared, clock.now()).id


def _of(session: Session, taken: Taken) -> tuple[PrintJob, Actor, Holder]:
    """The job, and who asked for it with the roles held now; raises NotFound where they see the case no more."""
    job = session.get_one(PrintJob, taken.id)
    account, holder = session.get_one(Account, job.asked_by_id), holder_of(session, job)
    zone = holder.zone if isinstance(holder, Centre) else holder.centre.zone
    actor = actor_of(account, clock.civil_date(clock.now(), zone))
    return job, actor, holder if isinstance(holder, Centre) else get_case(session, actor, holder.code)


class _Watch:
    """Told how far a print came: renews the lease, writes it down now and then, and says when to stop."""

    def __init__(self, sessions: Sessions, taken: Taken, stopping: Callable[[], bool]) -> None:
        self._sessions, self._taken, self._stopping = sessions, taken, stopping
        self._written, self._told = clock.now(), (0, 0)

    def __call__(self, done: int, total: int) -> None:
        if self._stopping():
            raise Stopped
        now = clock.now()
        since = now - self._written
        if since < (TOLD_EACH if (done, total) != self._told else RENEWED_EACH):
            return
        with self._sessions.write() as session:
            step = {PrintJob.step: min(done, total), PrintJob.total: total, PrintJob.lease_until: now + LEASE}
            _write(session, self._taken, step)
            schedule.note(session, schedule.JOBS, now)
            session.commit()
        self._written, self._told = now, (done, total)


def _over(sessions: Sessions, taken: Taken, status: str, fault: str, params: dict[str, Any] | None = None) -> str:
    with sessions.write() as session:
        _end(session, taken, status, clock.now(), fault=fault, params=params or {})
        session.commit()
    return status


def _failed(sessions: Sessions, taken: Taken, error: PrintFailed) -> str:
    """Try again a little later, MOST_ATTEMPTS times in all; what would not go another time either is over at once."""
    if error.lasting or taken.attempt >= MOST_ATTEMPTS:
        return _over(sessions, taken, FAILED, error.code, error.params)
    _give_back(sessions, taken, counts=True, fault=error.code)
    return WAITING


def _give_back(sessions: Sessions, taken: Taken, counts: bool, fault: str = "") -> None:
    attempts = taken.attempt if counts else taken.attempt - 1
    until = clock.now() + AGAIN_AFTER * taken.attempt if counts else None
    with sessions.write() as session:
        back = {PrintJob.status: WAITING, PrintJob.lease: "", PrintJob.lease_until: until, PrintJob.fault: fault}
        _write(session, taken, back | {PrintJob.attempts: attempts, PrintJob.step: 0, PrintJob.total: 0})
        session.commit()
