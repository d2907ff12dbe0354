"""Questions about a case, asked of a role or of a person of its team, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.accounts import Account
from compassionate.models.base import ID_LENGTH, Base, Identified


class Question(Identified, Base):
    """A question to a role at the case's centre (`to_role`) or to one person (`to_id`), sealed with the case's key.

    `awaits_answer` is whether it waits for whom it was asked of; an answer ends that, a further question of the asker
    begins it again. `about` names the part of the case that it is about, a cure of paths.py; empty for none.
    """

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_case", "case_id", "asked_at", "id"),
        Index("ix_questions_role", "to_role", "awaits_answer"),
        Index("ix_questions_person", "to_id", "awaits_answer"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    to_role: Mapped[str] = mapped_column(String(40), default="")
    to_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    about: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[bytes]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    role: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    awaits_answer: Mapped[bool] = mapped_column(default=True)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    by: Mapped[Account] = relationship(foreign_keys=[by_id], lazy="joined")
    to: Mapped[Account | None] = relationship(foreign_keys=[to_id], lazy="joined")
    answers: Mapped[list[QuestionAnswer]] = relationship(
        order_by="QuestionAnswer.at, QuestionAnswer.id", lazy="selectin"
    )


class QuestionAnswer(Identified, Base):
    """One thing said on a question, by whoever it was asked of, by the asker or by somebody else who works the case."""

    __tablename__ = "question_answers"
    question_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("questions.id"), index=True)
    text: Mapped[bytes]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    role: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    by: Mapped[Account] = relationship(foreign_keys=[by_id], lazy="joined")
