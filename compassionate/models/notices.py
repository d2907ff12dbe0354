"""What people are told of: notices, how each person wants to be told, and the address of their calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified

KEY_LENGTH = 120


class Notice(Identified, Base):
    """One thing that one person is told of one case; `key` says which, so that nobody is told it twice.

    `params` are codes and dates, never an identifier (RET-03). `mail` is how it goes by mail: `now`, `daily` or not at
    all (empty); `mailed_at` when it was handed to the outbox.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index("ix_notices_list", "account_id", "read_at", "id"),
        Index("ix_notices_mail", "mail", "mailed_at"),
    )
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(KEY_LENGTH))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail: Mapped[str] = mapped_column(String(8), default="")
    mailed_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """How a person wants to be told of one kind by mail, where that is not the usual way."""

    __tablename__ = "notice_choices"
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    mail: Mapped[str] = mapped_column(String(8))


class CalendarFeed(Base):
    """The secret address at which a person's calendar is read without a log-in, as a hash: 256 random bits."""

    __tablename__ = "calendar_feeds"
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
