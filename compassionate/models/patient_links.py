"""Links with which a patient answers the questions of one visit from their own telephone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class PatientLink(Identified, Base):
    """One link for one visit of one case, and what the patient answered with it, sealed; good for one answer.

    `digest` is the SHA-256 of its random id (None: the answers came with an imported case). `verdict` is what a
    clinician decided on the answers: `accepted` or `discarded`, empty while they wait. What the patient said stays as
    they said it, whatever the visit says later.
    """

    __tablename__ = "patient_links"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    visit_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("visits.id"), index=True)
    digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="es")
    made_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    answers: Mapped[bytes | None]
    verdict: Mapped[str] = mapped_column(String(10), default="")
    verdict_at: Mapped[datetime | None]
    verdict_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
