"""What was asked to be printed: one open job a document, whoever asks, and who comes when (DUR-03).

The row is the truth; services/printing.py does the work.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Case, Centre, PrintJob, new_id
from compassionate.models.database import insert_missing
from compassionate.models.print_jobs import DONE, OPEN, WAITING
from compassionate.services import audit, reports
from compassionate.services.actors import Actor
from compassionate.services.case_files import Holder, owned_by
from compassionate.services.cases import get_case
from compassionate.services.plans import Prepared
from compassionate.services.series import Series, holder_of

SHOWN_FOR = timedelta(days=7)
IS_OPEN = PrintJob.status.in_(OPEN)


def ask(session: Session, actor: Actor, holder: Holder, asked: Prepared, now: datetime, subject: str = "") -> PrintJob:
    """The job that prints this document: the one that is open already, or a new one, which is on record."""
    series = Series(holder, asked.kind, asked.copy, asked.request_number, subject)
    open_one = select(PrintJob).where(PrintJob.open_for == series.key)
    found = session.scalar(open_one)
    if found is None and _insert(session, actor, series, asked, now):
        _note(session, actor, series, now)
    return found or session.scalars(open_one).one()


def _insert(session: Session, actor: Actor, series: Series, asked: Prepared, now: datetime) -> bool:
    return insert_missing(
        session, PrintJob, id=new_id(), **series.columns, content_sha256=asked.content_sha256,
        asked_by_id=actor.account_id, asked_at=now, status=WAITING, open_for=series.key, step=0, total=0, lease="",
        attempts=0, fault="", params={},
    )  # fmt: skip


def _note(session: Session, actor: Actor, series: Series, now: datetime) -> None:
    if isinstance(series.holder, Case):
        detail = {"kind": series.kind, "copy": series.copy, "request": series.number}
        audit.append(session, actor, "ask_document", now, series.holder, **detail)
        return
    told = {"kind": series.kind, "centre": series.holder.id, "subject": series.subject}
    audit.append(session, actor, "ask_report", now, **told)


def due(session: Session, now: datetime) -> list[str]:
    """The jobs that a worker may take, the oldest first: those that wait, and those whose worker went away."""
    wanted = select(PrintJob.id).where(is_due(now)).order_by(PrintJob.asked_at, PrintJob.id)
    return list(session.scalars(wanted))


def is_due(now: datetime) -> Any:
    """Whether nobody holds it: never taken, given back a while ago, or its worker went away."""
    return and_(IS_OPEN, or_(PrintJob.lease_until.is_(None), PrintJob.lease_until < now))


def job_of(session: Session, actor: Actor, job_id: str) -> PrintJob:
    """A job of a case that this person may see, or of a report that they may have; raises NotFound."""
    job = session.get(PrintJob, job_id)
    if job is None:
        raise NotFound
    holder = holder_of(session, job)
    if isinstance(holder, Centre):
        reports.wish(session, actor, job.kind, holder.code, job.subject)
    else:
        get_case(session, actor, holder.code)
    return job


def of_holder(session: Session, holder: Holder, now: datetime, asked: str = "", subject: str = "") -> list[PrintJob]:
    """The jobs that the page of a case's documents shows, or that of a report: the newest first.

    Of each document the newest one, while it is open, when it failed lately, or when it is the one just `asked` for.
    """
    mine = (getattr(PrintJob, name) == value for name, value in owned_by(holder).items())
    wanted = select(PrintJob).where(*mine, PrintJob.subject == subject, PrintJob.asked_at > now - SHOWN_FOR)
    newest: dict[str, PrintJob] = {}
    for job in session.scalars(wanted.order_by(PrintJob.asked_at.desc(), PrintJob.id.desc())):
        newest.setdefault(Series(holder, job.kind, job.copy, job.request_number, job.subject).key, job)
    return [job for job in newest.values() if job.status != DONE or job.id == asked]


def position(session: Session, job: PrintJob) -> int:
    """Its place among all that wait or are printed, from 1."""
    before = or_(PrintJob.asked_at < job.asked_at, and_(PrintJob.asked_at == job.asked_at, PrintJob.id < job.id))
    return 1 + (session.scalar(select(func.count()).select_from(PrintJob).where(IS_OPEN, before)) or 0)
