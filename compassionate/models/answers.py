"""Answers to questionnaires, and what somebody was typing when the log-in ran out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class AnswerSet(Identified, Base):
    """The answers of a case to one questionnaire, sealed with the case's key; kept under the version answered.

    `subject` tells several sets of one form apart: a request number, a visit.
    """

    __tablename__ = "answer_sets"
    __table_args__ = (UniqueConstraint("case_id", "form", "subject"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    form: Mapped[str] = mapped_column(String(60))
    form_version: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(30), default="")
    answers: Mapped[bytes]
    version: Mapped[int] = mapped_column()
    saved_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    saved_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}


class Draft(Identified, Base):
    """What a person had typed into a page that could not be saved; shown again at that page, sealed."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("account_id", "path"),)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    path: Mapped[str] = mapped_column(String(200))
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    fields: Mapped[bytes]
    at: Mapped[datetime]


class Signature(Identified, Base):
    """A person's signature under exact content: `content_sha256` is what was signed, `meaning` a code.

    `subject` tells apart what a case has several of (a round of consent, an offer). `sealed` holds the facts of this
    row and the content itself under the key of the case: a row written, copied or changed by hand does not agree with
    it (21 CFR 11.70; SIG-03). `proof_id` is the showing of identity that it used up.
    `is_imported`: given in another installation, and here as its dossier tells of it.
    """

    __tablename__ = "signatures"
    __table_args__ = (Index("ix_signatures_proof_id", "proof_id", unique=True),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    request_number: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str] = mapped_column(String(60), default="", server_default="")
    meaning: Mapped[str] = mapped_column(String(30))
    content_sha256: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    collegiate_number: Mapped[str] = mapped_column(String(20), default="")
    delegation: Mapped[str] = mapped_column(String(260), default="")
    at: Mapped[datetime]
    proved_by: Mapped[str] = mapped_column(String(60), default="", server_default="")
    proof_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    sealed: Mapped[bytes | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(String(30), default="", server_default="")
    is_imported: Mapped[bool] = mapped_column(default=False, server_default="0")
