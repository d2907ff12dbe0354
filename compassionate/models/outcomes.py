"""What became of treated patients beside their visits, and what others published, as a hospital entered it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Operation(Identified, Base):
    """That a patient was operated on for the same complaint after the treatment: a failure of it in every figure.

    A correction is one more row, and the newest one holds; without a day it says that there was none after all.
    """

    __tablename__ = "operations"
    __table_args__ = (UniqueConstraint("case_id", "number"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    number: Mapped[int]
    operated_on: Mapped[date | None]
    procedure: Mapped[str] = mapped_column(String(30), default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class EnteredOutcome(Identified, Base):
    """One measure of one arm of a published series, from a paper that a hospital holds: never edited, only replaced.

    `statistic`: what the figures are (mean, median, difference, percent, or a finding in words); `dispersion` is of
    the last figure as printed. `side`: whether it speaks for the treatment, against it, or neither. It counts once
    another person has held it against the paper (`ConfirmedOutcome`).
    """

    __tablename__ = "entered_outcomes"
    __table_args__ = (
        CheckConstraint("n IS NULL OR n > 0", name="n_positive"),
        Index("ix_entered_outcomes_programme", "programme"),
    )
    programme: Mapped[str] = mapped_column(String(40))
    series: Mapped[str] = mapped_column(String(120))
    arm: Mapped[str] = mapped_column(String(160))
    design: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    side: Mapped[str] = mapped_column(String(12))
    n: Mapped[int | None]
    instrument: Mapped[str] = mapped_column(String(40), default="")
    months: Mapped[float | None]
    statistic: Mapped[str] = mapped_column(String(12))
    baseline: Mapped[float | None]
    follow_up: Mapped[float | None]
    change: Mapped[float | None]
    dispersion: Mapped[float | None]
    dispersion_kind: Mapped[str] = mapped_column(String(3), default="")
    finding: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[str] = mapped_column(String(300))
    page: Mapped[str] = mapped_column(String(60))
    replaces_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("entered_outcomes.id"))
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    entered_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    entered_at: Mapped[datetime]


class ConfirmedOutcome(Base):
    """That another person held an entered row against the paper."""

    __tablename__ = "confirmed_outcomes"
    outcome_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("entered_outcomes.id"), primary_key=True)
    confirmed_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime]
