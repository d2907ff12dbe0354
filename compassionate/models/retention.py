"""How long a case is kept, who blocked it, who may look at it then, and what is left of it afterwards."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Retention(Base):
    """What was done about keeping a case: a legal hold, its blocking, the proposal to destroy it.

    `blocked_at` stands on the case itself, where every list sees it. `ground` is the code of the rule whose term
    ended last; `hold_reason` is sealed with the case's key. `died_on` is a death learnt of after closing.
    """

    __tablename__ = "retentions"
    __table_args__ = (
        CheckConstraint("(held_at IS NULL) = (held_by_id IS NULL)", name="held_paired"),
        CheckConstraint("(proposed_at IS NULL) = (proposed_by_id IS NULL)", name="proposed_paired"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), primary_key=True)
    died_on: Mapped[date | None]
    held_at: Mapped[datetime | None]
    held_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    hold_reason: Mapped[bytes | None]
    blocked_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    retained_until: Mapped[date | None]
    ground: Mapped[str] = mapped_column(String(60), default="")
    proposed_at: Mapped[datetime | None]
    proposed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))

    @property
    def id(self) -> str:
        """What sealed columns are bound to."""
        return self.case_id


class BlockedOpening(Identified, Base):
    """A blocked case opened to one person for an authority that asked (LO 3/2018 art. 32.2), for a day."""

    __tablename__ = "blocked_openings"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    authority: Mapped[str] = mapped_column(String(30))
    reason: Mapped[bytes]
    at: Mapped[datetime]
    until_at: Mapped[datetime]


class Tombstone(Base):
    """What is left of a destroyed case: that there was one, when, why and by whom it was destroyed; nobody's data.

    `files_left` are sealed files still to be deleted, without a key since the commit; `scoured_at` is when they were
    gone and the database's own files held no byte of the keys any more.
    """

    __tablename__ = "tombstones"
    __table_args__ = (CheckConstraint("proposed_by_id <> purged_by_id", name="two_people"),)
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date]
    retained_until: Mapped[date]
    ground: Mapped[str] = mapped_column(String(60))
    blocked_at: Mapped[datetime]
    proposed_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    proposed_at: Mapped[datetime]
    purged_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    purged_at: Mapped[datetime]
    with_patient: Mapped[bool]
    files: Mapped[int]
    files_left: Mapped[list[str]] = mapped_column(default=list)
    scoured_at: Mapped[datetime | None]
