"""Labels of containers as they left the printer: how many, why again, and what became of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class LabelPrint(Identified, Base):
    """One order of labels of one container, frozen as it was printed.

    `number` counts the orders of a case. `details` seals, with the case's key, every line of the label: the outer ones
    name people. Used and destroyed labels add up to those printed, once somebody has counted them.
    """

    __tablename__ = "cell_label_prints"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("copies > 0", name="copies_positive"),
        CheckConstraint(
            "(used IS NULL AND destroyed IS NULL) OR (used >= 0 AND destroyed >= 0 AND used + destroyed = copies)",
            name="reconciled",
        ),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    container_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cell_containers.id"), index=True)
    number: Mapped[int]
    copies: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300), default="")
    used: Mapped[int | None]
    destroyed: Mapped[int | None]
    details: Mapped[bytes]
    printed_at: Mapped[datetime]
    printed_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    counted_at: Mapped[datetime | None]
    counted_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
