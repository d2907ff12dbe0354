"""Batches that were recalled: by whom and why, at which centres, which cases had them, and every call made for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.accounts import Account
from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.cases import Case
from compassionate.models.centres import Centre
from compassionate.models.products import Product

STANDING, CLOSED, LIFTED = "standing", "closed", "lifted"


class Recall(Identified, Base):
    """A batch taken out of use at the centres of one pharmacy; `batch` is as it was typed.

    `details` seals, with the key of `centre`, the reason and what was said when it was lifted or closed.
    """

    __tablename__ = "recalls"
    __table_args__ = (
        Index("ix_recalls_batch", "product_id", "status"),
        CheckConstraint("(status = 'lifted') = (lifted_at IS NOT NULL)", name="lifted_dated"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_dated"),
        CheckConstraint("lifted_by_id IS NULL OR lifted_by_id <> by_id", name="lifted_by_another"),
    )
    code: Mapped[str] = mapped_column(String(24), unique=True)
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("products.id"))
    batch: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default=STANDING)
    ordered_by: Mapped[str] = mapped_column(String(10))
    alert_number: Mapped[str] = mapped_column(String(60), default="")
    alert_class: Mapped[str] = mapped_column(String(4), default="")
    ordered_at: Mapped[datetime]
    at: Mapped[datetime]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    paper_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("papers.id"))
    details: Mapped[bytes]
    is_demo: Mapped[bool] = mapped_column(default=False)
    centre: Mapped[Centre] = relationship()
    product: Mapped[Product] = relationship()
    by: Mapped[Account] = relationship(foreign_keys=[by_id])
    lifted_by: Mapped[Account | None] = relationship(foreign_keys=[lifted_by_id])
    closed_by: Mapped[Account | None] = relationship(foreign_keys=[closed_by_id])


class RecallCentre(Base):
    """A centre at which a recall holds."""

    __tablename__ = "recall_centres"
    recall_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("recalls.id"), primary_key=True)
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), primary_key=True, index=True)


class RecallCase(Identified, Base):
    """A case that had the recalled batch: its units as they were at the act, and where calling its patient stands.

    `outcome` is that of the last call (empty: nobody was called yet), `next_at` when to try again. `settled`: nothing
    is left to call about.
    """

    __tablename__ = "recall_cases"
    __table_args__ = (
        UniqueConstraint("recall_id", "case_id"),
        Index("ix_recall_cases_owed", "settled", "next_at"),
    )
    recall_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("recalls.id"))
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    received: Mapped[int] = mapped_column(default=0)
    given: Mapped[int] = mapped_column(default=0)
    at_home: Mapped[int] = mapped_column(default=0)
    in_pharmacy: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(16), default="")
    settled: Mapped[bool] = mapped_column(default=False)
    next_at: Mapped[datetime | None]
    recall: Mapped[Recall] = relationship()
    case: Mapped[Case] = relationship()


class RecallCall(Identified, Base):
    """One call about a recall, never changed: when, by whom, how it ended, and what it told of the units at home.

    Units: `used` (taken before the call), `back` (brought back to the pharmacy), `lost` (nobody can say where).
    """

    __tablename__ = "recall_calls"
    __table_args__ = (
        UniqueConstraint("recall_case_id", "number"),
        CheckConstraint("used >= 0 AND back >= 0 AND lost >= 0", name="units_not_negative"),
    )
    recall_case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("recall_cases.id"))
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    outcome: Mapped[str] = mapped_column(String(16))
    used: Mapped[int] = mapped_column(default=0)
    back: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    details: Mapped[bytes | None]
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
    by: Mapped[Account] = relationship()
