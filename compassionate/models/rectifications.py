"""What was rectified of a request after the agency had it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Rectification(Identified, Base):
    """One field of a filed request with its old and new value and the reason (sealed), dated, never removed.

    `field` is a rule of workflow/rectifiable.toml, with the question or the part of the identity after a point.
    `line_number` 0: of no one line. `told_on` None: the agency has not been told yet, which is owed. Where
    `endorse_again`, management endorses what the request says now (`endorsed_at`).
    """

    __tablename__ = "rectifications"
    __table_args__ = (
        UniqueConstraint("case_id", "request_number", "number"),
        CheckConstraint("(told_on IS NULL) = (told_channel = '')", name="told_how"),
        CheckConstraint("(endorsed_at IS NULL) = (endorsed_by_id IS NULL)", name="endorsed_paired"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    request_number: Mapped[int]
    number: Mapped[int]
    field: Mapped[str] = mapped_column(String(80))
    line_number: Mapped[int] = mapped_column(default=0)
    details: Mapped[bytes]
    role: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
    told_on: Mapped[date | None]
    told_channel: Mapped[str] = mapped_column(String(20), default="")
    told_reference: Mapped[str] = mapped_column(String(60), default="")
    endorse_again: Mapped[bool] = mapped_column(default=False)
    endorsed_at: Mapped[datetime | None]
    endorsed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
