"""Who stands in for a colleague who is away."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.accounts import Account
from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.centres import Centre


class Cover(Identified, Base):
    """From a day until another, both whole, a colleague of the same role at the same centre is shown what is open.

    It gives no right: whoever stands in acts in their own name, with their own role. `ended_at`: taken back earlier.
    """

    __tablename__ = "covers"
    __table_args__ = (
        Index("ix_covers_by", "by_id", "until_on"),
        CheckConstraint("until_on >= from_on", name="until_after_from"),
        CheckConstraint("account_id != by_id", name="somebody_else"),
    )
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), index=True)
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    from_on: Mapped[date]
    until_on: Mapped[date]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship(foreign_keys=[account_id], lazy="joined")
    by: Mapped[Account] = relationship(foreign_keys=[by_id], lazy="joined")
    centre: Mapped[Centre] = relationship(lazy="joined")
