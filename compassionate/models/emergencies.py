"""Cases opened in an emergency by somebody who has no role at their centre: why, until when, and who looked at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.accounts import Account
from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.cases import Case


class EmergencyAccess(Identified, Base):
    """The right to read one case for a short time (ENS op.acc.4.3); `reason` is sealed with the case's key."""

    __tablename__ = "emergency_accesses"
    __table_args__ = (CheckConstraint("ends_at > opened_at", name="ends_after_opened"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), index=True)
    reason: Mapped[bytes]
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    case: Mapped[Case] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    reviewed_by: Mapped[Account | None] = relationship(foreign_keys=[reviewed_by_id])
