"""What was asked to be printed: one open job a document, whoever asks, and who comes when (DUR-03).

The row is the truth; services/printing.py does the work.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Case, PrintJob, new_id
from compassionate.models.database import insert_missing
from compassionate.models.print_jobs import DONE, OPEN, WAITING
from compassionate.services import audit, documents
from compassionate.services.actors import Actor
from compassionate.services.cases import get_case

SHOWN_FOR = timedelta(days=7)
IS_OPEN = PrintJob.status.in_(OPEN)


def key_of(case_id: str, kind: str, copy: str, number: int) -> str:
    """What names a document among all that are being asked for."""
    return f"{case_id}/{kind}/{copy}/{number}"


def ask(session: Session, actor: Actor, case: Case, asked: documents.Prepared, now: datetime) -> PrintJob:
    """The job that prints this document: the one that is open already, or a new one, which is on record."""
    key = key_of(case.id, asked.kind, asked.copy, asked.request_number)
    found = session.scalar(select(PrintJob).where(PrintJob.open_for == key))
    if found is None and _insert(session, actor, case, asked, key, now):
        detail = {"kind": asked.kind, "copy": asked.copy, "request": asked.request_number}
        audit.append(session, actor, "ask_document", now, case, **detail)
    return found or session.scalars(select(PrintJob).where(PrintJob.open_for == key)).one()


def _insert(session: Session, actor: Actor, case: Case, asked: documents.Prepared, key: str, now: datetime) -> bool:
    return insert_missing(
        session, PrintJob, id=new_id(), case_id=case.id, kind=asked.kind, copy=asked.copy,
        request_number=asked.request_number, content_sha256=asked.content_sha256, asked_by_id=actor.account_id,
        asked_at=now, status=WAITING, open_for=key, step=0, total=0, lease="", attempts=0, fault="", params={},
    )  # fmt: skip


def due(session: Session, now: datetime) -> list[str]:
    """The jobs that a worker may take, the oldest first: those that wait, and those whose worker went away."""
    wanted = select(PrintJob.id).where(is_due(now)).order_by(PrintJob.asked_at, PrintJob.id)
    return list(session.scalars(wanted))


def is_due(now: datetime) -> Any:
    """Whether nobody holds it: never taken, given back a while ago, or its worker went away."""
    return and_(IS_OPEN, or_(PrintJob.lease_until.is_(None), PrintJob.lease_until < now))


def job_of(session: Session, actor: Actor, job_id: str) -> tuple[PrintJob, Case]:
    """A job of a case that this person may see; raises NotFound."""
    job = session.get(PrintJob, job_id)
    case = session.get(Case, job.case_id) if job is not None else None
    if job is None or case is None:
        raise NotFound
    return job, get_case(session, actor, case.code)


def of_case(session: Session, case: Case, now: datetime, asked: str = "") -> list[PrintJob]:
    """The jobs that the page of a case's documents shows, the newest first.

    Of each document the newest one, while it is open, when it failed lately, or when it is the one just `asked` for.
    """
    wanted = select(PrintJob).where(PrintJob.case_id == case.id, PrintJob.asked_at > now - SHOWN_FOR)
    newest: dict[str, PrintJob] = {}
    for job in session.scalars(wanted.order_by(PrintJob.asked_at.desc(), PrintJob.id.desc())):
        newest.setdefault(key_of(job.case_id, job.kind, job.copy, job.request_number), job)
    return [job for job in newest.values() if job.status != DONE or job.id == asked]


def position(session: Session, job: PrintJob) -> int:
    """Its place among all that wait or are printed, from 1."""
    before = or_(PrintJob.asked_at < job.asked_at, and_(PrintJob.asked_at == job.asked_at, PrintJob.id < job.id))
    return 1 + (session.scalar(select(func.count()).select_from(PrintJob).where(IS_OPEN, before)) or 0)
