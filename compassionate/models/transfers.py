"""A patient who goes on being treated in another hospital."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified

OFFERED, ACCEPTED, REFUSED, WITHDRAWN, OUTSIDE = "offered", "accepted", "refused", "withdrawn", "outside"


class Transfer(Identified, Base):
    """A case handed to another hospital: of this installation (`to_centre_id`), which accepts or not, or outside of it.

    `details` seals, with the sender's case key, the reason, the destination, what was said to the patient and who sees
    to the medicine that is left; the receiving hospital reads none of it. `new_case_id`: the case opened there.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        Index(
            "ix_transfers_standing",
            "case_id",
            unique=True,
            sqlite_where=text("status IN ('offered', 'accepted', 'outside')"),
            postgresql_where=text("status IN ('offered', 'accepted', 'outside')"),
        ),
        Index("ix_transfers_to", "to_centre_id", "status"),
        CheckConstraint("(status = 'outside') = (to_centre_id IS NULL)", name="outside_has_no_centre"),
        CheckConstraint("(status = 'accepted') = (new_case_id IS NOT NULL)", name="accepted_has_a_case"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    to_centre_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    status: Mapped[str] = mapped_column(String(10))
    informed_on: Mapped[date]
    sent_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    sent_at: Mapped[datetime]
    answered_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]
    new_case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    details: Mapped[bytes]
