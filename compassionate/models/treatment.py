"""Decisions of the agency, consent, supply, doses, visits."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.base import ID_LENGTH, Base, Identified


class Decision(Identified, Base):
    """What the agency decided on a request, as it arrived (RD 1015/2009 art. 8.4, 10.a).

    `outcome` is `authorised` or `denied`. A channel `telephone` without a later written one permits no
    dose; a missing reference is owed. `texts` seals conditions and grounds in words.
    """

    __tablename__ = "decisions"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    request_number: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(20))
    written_on: Mapped[date | None]
    decided_on: Mapped[date]
    seen_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(60), default="")
    valid_until: Mapped[date | None]
    follow_up_forms: Mapped[bool] = mapped_column(default=False)
    forms_sent_on: Mapped[date | None]
    grounds: Mapped[list[str]] = mapped_column(default=list)
    appeal_named: Mapped[str] = mapped_column(String(20), default="")
    without_hearing: Mapped[bool] = mapped_column(default=False)
    texts: Mapped[bytes | None]
    paper_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("papers.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
    packs: Mapped[list[DecisionPacks]] = relationship(order_by="DecisionPacks.line_number", lazy="selectin")


class DecisionPacks(Identified, Base):
    """Packs granted on one line; fewer than asked for is normal."""

    __tablename__ = "decision_packs"
    __table_args__ = (
        UniqueConstraint("decision_id", "line_number"),
        CheckConstraint("packs >= 0", name="packs_not_negative"),
    )
    decision_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("decisions.id"))
    line_number: Mapped[int]
    packs: Mapped[int]


class Consent(Identified, Base):
    """One round of information and consent for one kind (use, donation, implantation); people's names are sealed."""

    __tablename__ = "consents"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    sheet_version: Mapped[str] = mapped_column(String(40), default="")
    informed_on: Mapped[date | None]
    informed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    signed_on: Mapped[date | None]
    signed_by: Mapped[str] = mapped_column(String(20), default="")
    copy_given: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]
    ended_by_word: Mapped[bool] = mapped_column(default=False)
    details: Mapped[bytes | None]
    paper_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("papers.id"))


class SupplyEntry(Identified, Base):
    """One movement of the ledger of a line, in units (and packs where packs moved): never edited, only added to.

    Kinds: ordered, promised, received, released, rejected, dispensed, administered, returned, destroyed; recalled and
    recall_lifted, whose `reference` is the recall.
    """

    __tablename__ = "supply_entries"
    __table_args__ = (
        CheckConstraint("units >= 0", name="units_not_negative"),
        Index("ix_supply_entries_batch", "batch"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    line_number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    on: Mapped[date] = mapped_column("on_date")
    packs: Mapped[int | None]
    units: Mapped[int]
    batch: Mapped[str] = mapped_column(String(40), default="")
    expires_on: Mapped[date | None]
    expected_on: Mapped[date | None]
    reference: Mapped[str] = mapped_column(String(100), default="")
    paper_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("papers.id"))
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class SupplyCharge(Identified, Base):
    """What a delivery cost, as it was written down: a correction is one more row, and the newest one holds.

    `price_cents` is of one pack, without VAT, in hundredths of `currency`; None: charged, and nobody knows yet
    how much.
    """

    __tablename__ = "supply_charges"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        CheckConstraint("price_cents >= 0", name="price_not_negative"),
        CheckConstraint("terms = 'charged' OR price_cents IS NULL", name="free_has_no_price"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    entry_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("supply_entries.id"))
    number: Mapped[int]
    terms: Mapped[str] = mapped_column(String(8))
    price_cents: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    delivery_note: Mapped[str] = mapped_column(String(100), default="")
    invoice: Mapped[str] = mapped_column(String(60), default="")
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class Dose(Identified, Base):
    """A dispensing or an administration: line, batch, expiry, units, who; each passed the treatment gate."""

    __tablename__ = "doses"
    __table_args__ = (CheckConstraint("units > 0", name="units_positive"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    act: Mapped[str] = mapped_column(String(16))
    line_number: Mapped[int]
    batch: Mapped[str] = mapped_column(String(40))
    expires_on: Mapped[date]
    units: Mapped[int]
    from_dispensed: Mapped[bool] = mapped_column(default=False)
    given_on: Mapped[date]
    next_on: Mapped[date | None]
    details: Mapped[bytes | None]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class Visit(Identified, Base):
    """A follow-up visit: `name` baseline, m3, m6…, u1 (unscheduled); its answers are an AnswerSet of that subject.

    `day` is counted from the first administration (None: by `months`); `before_days` and `after_days` are its own
    window (None: the centre's setting). `off_days` says how many days before (negative) or after it a visit took place.
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("case_id", "name"),
        CheckConstraint("(status = 'done') = (done_on IS NOT NULL)", name="done_dated"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    name: Mapped[str] = mapped_column(String(20))
    months: Mapped[int]
    day: Mapped[int | None]
    before_days: Mapped[int | None]
    after_days: Mapped[int | None]
    off_days: Mapped[int | None]
    unscheduled: Mapped[bool] = mapped_column(default=False, server_default="0")
    planned_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(12), default="planned")
    done_on: Mapped[date | None]
    reason: Mapped[bytes | None]


class ContactAttempt(Identified, Base):
    """One attempt to reach a patient who did not come: day, channel and outcome (sealed)."""

    __tablename__ = "contact_attempts"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    on: Mapped[date] = mapped_column("on_date")
    channel: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[bytes]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))


class ReactionTriage(Identified, Base):
    """What is owed about a suspected reaction, or a death after treatment, until settled (RD 1015/2009 art. 11.1.c)."""

    __tablename__ = "reaction_triages"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    ground: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    details: Mapped[bytes | None]
