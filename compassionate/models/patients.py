"""Patients: identifiers sealed in one column, found again only through keyed fingerprints."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Patient(Identified, Base):
    """A person treated at a centre; `identifiers` is the sealed JSON of services/patients.py."""

    __tablename__ = "patients"
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    identifiers: Mapped[bytes]
    is_identified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class PatientFingerprint(Identified, Base):
    """A keyed fingerprint of one identifier of a patient, for exact search and for the same-person warning."""

    __tablename__ = "patient_fingerprints"
    __table_args__ = (UniqueConstraint("patient_id", "field"),)
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("patients.id", ondelete="CASCADE"))
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    field: Mapped[str] = mapped_column(String(24))
    digest: Mapped[str] = mapped_column(String(64), index=True)
