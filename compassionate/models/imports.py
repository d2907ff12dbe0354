"""Cases that were begun in another installation and came here inside a dossier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base


class CaseImport(Base):
    """That a case was rebuilt from a file, and which one: its first `events` steps are told by it, not done here.

    `issued_at` and `verification` are those of the dossier, in the installation that issued it.
    """

    __tablename__ = "case_imports"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), primary_key=True)
    at: Mapped[datetime]
    file_sha256: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    verification: Mapped[str] = mapped_column(String(32))
    issued_at: Mapped[datetime]
    events: Mapped[int]
