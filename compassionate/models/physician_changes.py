"""Who was asked to take a case over from its responsible physician, and what they answered in writing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified

PENDING, ACCEPTED, REFUSED, WITHDRAWN = "pending", "accepted", "refused", "withdrawn"


class PhysicianChange(Identified, Base):
    """One hand-over of a case to another physician: offered, then accepted in writing, refused or taken back.

    `details` seals the reason, the answer and the words that were signed; `paper_id` is the signed paper where it was
    accepted on one. `told_on` None: the agency was not told of it.
    """

    __tablename__ = "physician_changes"
    __table_args__ = (
        Index(
            "ix_physician_changes_pending",
            "case_id",
            unique=True,
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_physician_changes_to", "to_id", "status"),
        Index("ix_physician_changes_from", "from_id", "status"),
        CheckConstraint("(status = 'pending') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(told_on IS NULL) = (told_channel = '')", name="told_how"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    from_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    to_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    offered_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    offered_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    accepted_on: Mapped[date | None]
    paper_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("papers.id"))
    details: Mapped[bytes]
    told_on: Mapped[date | None]
    told_channel: Mapped[str] = mapped_column(String(20), default="")
    told_reference: Mapped[str] = mapped_column(String(60), default="")
