"""History for people, audit for proof, outbox for what happens afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.history_bars import raise_bars

AUDIT_CHAIN, READ_CHAIN = "audit", "reads"


class CaseEvent(Identified, Base):
    """One step of a case, for people: who moved what from where to where. One a version: never two rows of one step."""

    __tablename__ = "case_events"
    __table_args__ = (UniqueConstraint("case_id", "case_version"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    case_version: Mapped[int]
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(60))
    region: Mapped[str] = mapped_column(String(30))
    instance: Mapped[str] = mapped_column(String(30), default="")
    before: Mapped[str] = mapped_column(String(40), default="")
    after: Mapped[str] = mapped_column(String(40), default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    by_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    inputs: Mapped[bytes | None]


class AuditChain(Base):
    """The head of a hash chain: how many rows, the last hash and instant. Locked by whoever appends."""

    __tablename__ = "audit_chains"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime | None]


class Chained:
    """One row of proof, never changed: `row` is canonical JSON (RFC 8785), `hash` = sha256(previous ‖ row)."""

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[str] = mapped_column(String(64))
    row: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), index=True)


class AuditEntry(Chained, Base):
    """What was done, and what was refused."""

    __tablename__ = "audit_entries"
    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash_length"),)


class ReadEntry(Chained, Base):
    """Who was shown patient data: a chain of its own, so that looking never waits for the proof of doing."""

    __tablename__ = "read_entries"
    __table_args__ = (CheckConstraint("length(hash) = 64", name="hash_length"),)


class OutboxMessage(Identified, Base):
    """Something to do after the commit (a notice, a mail): written with what causes it, sent once.

    `refused_at` is when the mail server last said that it will never take this mail.
    """

    __tablename__ = "outbox"
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    refused_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """A form that was already taken: its key leads to what it made, so that a second click makes nothing."""

    __tablename__ = "idempotency_keys"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    result: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


raise_bars(AuditChain.__table__, AuditEntry.__table__, ReadEntry.__table__)
