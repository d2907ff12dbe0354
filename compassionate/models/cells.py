"""The chain of identity and custody of a patient's own cells, from the donor's tests to the destination report.

RDL 9/2014 (arts. 7, 28.3, 33; annexes II-V) for the cells, Regulation (EC) 1394/2007 art. 15 for the medicine made of
them. Rows name containers, batches and instants; whatever names the patient, a test of the donor or a person outside
the house is sealed with the case's key.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Procurement(Identified, Base):
    """One attempt: cells taken once from the patient, and the one batch that is made of them.

    `number` counts the attempts of a case from 1. Its instants are filled in as the cells move on; `region` of the
    case says where the newest attempt stands, `ended_as` how an attempt ended. `details` seals early_reason and
    payer (before the authorisation), procedure, lots, incidents, allergies, who identified the donor, why it failed.
    """

    __tablename__ = "procurements"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("donation_number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("ended_at IS NULL OR procured_at IS NULL OR procured_at <= ended_at", name="in_order"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    donation_number: Mapped[str] = mapped_column(String(13))
    site: Mapped[str] = mapped_column(String(200), default="")
    establishment: Mapped[str] = mapped_column(String(200), default="")
    planned_on: Mapped[date]
    procured_at: Mapped[datetime | None]  # when the taking began, and when it ended
    ended_at: Mapped[datetime | None]
    volume: Mapped[str] = mapped_column(String(20), default="")
    received_at: Mapped[datetime | None]  # by the tissue establishment
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    batch: Mapped[str] = mapped_column(String(40), default="", index=True)
    cultured_at: Mapped[datetime | None]
    harvested_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    expires_at: Mapped[datetime | None]  # from this instant on, itself included, nothing is given (shelf_life)
    dispatched_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]  # to the hospital
    line_number: Mapped[int | None]  # the line of the case that the batch was received into
    applied_at: Mapped[datetime | None]
    ended_as: Mapped[str] = mapped_column(String(20), default="")
    destroyed_on: Mapped[date | None]
    reported_on: Mapped[date | None]
    details: Mapped[bytes | None]
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class CellContainer(Identified, Base):
    """A container of one attempt, as its label names it.

    Kinds: procurement (inner, at the taking), transport (outer box to the establishment), primary (what is implanted),
    shipping (the box to the hospital), pack (the outer pack of the medicine). `code` is what a scanner reads;
    `european_code` the Single European Code of 40 characters, empty where none is owed (RDL 9/2014 art. 34.2.d).
    """

    __tablename__ = "cell_containers"
    __table_args__ = (UniqueConstraint("code"), CheckConstraint("printed >= 0", name="printed_counted"))
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    procurement_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("procurements.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(40))
    european_code: Mapped[str] = mapped_column(String(40), default="")
    product_code: Mapped[str] = mapped_column(String(20), default="")
    batch: Mapped[str] = mapped_column(String(40), default="")
    split: Mapped[str] = mapped_column(String(3), default="")
    expires_at: Mapped[datetime | None]
    serial: Mapped[str] = mapped_column(String(20), default="")
    printed: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(16), default="ready")


class CustodyEvent(Identified, Base):
    """One thing that happened to the cells: who, when, from where to where. Only ever added to.

    `verdict`: agrees, mismatch, excursion, fit, unfit, lifted or empty where nothing was compared. `details` seals what
    was expected and what was read (they name the patient), and notes. Temperatures are decimal text, degrees Celsius.
    """

    __tablename__ = "custody_events"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    procurement_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("procurements.id"), index=True)
    container_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cell_containers.id"))
    number: Mapped[int]  # in the order of writing
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(200), default="")
    destination: Mapped[str] = mapped_column(String(200), default="")
    temperature_low: Mapped[str] = mapped_column(String(10), default="")
    temperature_high: Mapped[str] = mapped_column(String(10), default="")
    seal: Mapped[str] = mapped_column(String(60), default="")
    seal_intact: Mapped[bool | None]
    verdict: Mapped[str] = mapped_column(String(12), default="")
    details: Mapped[bytes | None]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class CellTest(Identified, Base):
    """One result of one test of the programme's release specification; a correction is one more row.

    `test` is its id in the programme, `verdict` pending, passed, failed or informative; `value` is what was typed. A
    late one was recorded after the release.
    """

    __tablename__ = "cell_tests"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    procurement_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("procurements.id"), index=True)
    number: Mapped[int]
    test: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(60), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    is_late: Mapped[bool] = mapped_column(default=False)
    on: Mapped[date] = mapped_column("on_date")
    at: Mapped[datetime]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    replaces_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cell_tests.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class DonorEvaluation(Identified, Base):
    """One round of the donor's evaluation (RDL 9/2014 annexes II 2.1 and III): the newest one holds.

    A positive result never bars the patient's own cells: it labels them. `details` seals each result, the
    justification and why a sample lies outside the days of annex III 2.5.
    """

    __tablename__ = "donor_evaluations"
    __table_args__ = (UniqueConstraint("case_id", "number"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    evaluated_on: Mapped[date]
    drawn_on: Mapped[date | None]
    details: Mapped[bytes | None]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))


class CellIncident(Identified, Base):
    """A quality defect or a biovigilance event of cells, recorded at once (RDL 9/2014 art. 35; RDLeg 1/2015 art. 53).

    Never by itself a suspected reaction: the triage of transmission decides that. `details` seals the words.
    """

    __tablename__ = "cell_incidents"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    procurement_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("procurements.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    details: Mapped[bytes | None]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("case_events.id"))
