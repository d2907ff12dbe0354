"""What people asked to have printed: the row is the truth, a bell only says that there is one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.papers import SUBJECT_LENGTH

WAITING, PRINTING, DONE, REFUSED, FAILED = "waiting", "printing", "done", "refused", "failed"
OPEN = (WAITING, PRINTING)


class PrintJob(Identified, Base):
    """One document that somebody asked for, of a case or (a report) of a centre and a subject (PDF-06, DUR-03).

    `open_for` names the document while the job is open and is empty afterwards, so that two people who ask for the
    same have one job. `lease` is of whoever prints it now: it holds until `lease_until`, and nobody else may write.
    `fault` is a code of `print_fault`, with `params` for its sentence: numbers, never what a document says.
    """

    __tablename__ = "print_jobs"
    __table_args__ = (
        UniqueConstraint("open_for"),
        Index("ix_print_jobs_queue", "status", "asked_at", "id"),
    )
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    centre_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH), default="", server_default="")
    kind: Mapped[str] = mapped_column(String(30))
    copy: Mapped[str] = mapped_column(String(10))
    request_number: Mapped[int] = mapped_column(default=0)
    content_sha256: Mapped[str] = mapped_column(String(64))
    asked_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    asked_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default=WAITING)
    open_for: Mapped[str | None] = mapped_column(String(100))
    step: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str] = mapped_column(String(32), default="")
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    document_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("issued_documents.id"))
    fault: Mapped[str] = mapped_column(String(40), default="")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
