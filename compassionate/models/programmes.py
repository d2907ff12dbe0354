"""Programmes that a hospital published itself, and what it set of those that it uses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class PublishedProgramme(Identified, Base):
    """A version of a programme as an administrator published it; never changed, `sha256` seals its content."""

    __tablename__ = "programmes"
    __table_args__ = (UniqueConstraint("code", "version"),)
    code: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class ProgrammeSetting(Identified, Base):
    """What the hospital set of a programme (temperature, shelf life), whole each time; the newest is in force."""

    __tablename__ = "programme_settings"
    __table_args__ = (Index("ix_programme_settings_code", "code", "at"),)
    code: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, Any]] = mapped_column("set_values")
    source: Mapped[str] = mapped_column(String(400))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]
