"""The case, its regions, its requests and its lines."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.accounts import Account
from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.centres import Centre
from compassionate.models.patients import Patient
from compassionate.models.products import Product, ProductLine


class Case(Identified, Base):
    """One patient, one product, one episode. `state` is written by services/advance.py alone.

    `turn` is whose turn it is (role ids, comma separated) since `since_at`: kept so that a list of
    thousands never asks case by case. `blocked_at`: kept for authorities alone since then (LO 3/2018 art. 32);
    no list, search or page knows of it. `version` moves with every write that a guard may read. `due_on` is the
    nearest end of its running clocks and `due_clock` which one: written by services/deadlines.py alone. `programme`
    and `programme_version` are what it was opened under; empty for cases from before programmes were data.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_list", "centre_id", "since_at", "id"),
        Index("ix_cases_list_state", "centre_id", "state", "since_at", "id"),
        Index("ix_cases_due", "centre_id", "due_on", "id"),
        Index("ix_cases_list_product", "product_id", "centre_id", "since_at", "id"),
        Index("ix_cases_list_physician", "physician_id", "centre_id", "since_at", "id"),
        # In whatever order a server of PostgreSQL sorts words, the beginning of a code is a place in this one.
        Index("ix_cases_code_begin", "code", postgresql_ops={"code": "varchar_pattern_ops"}),
        # Most cases of a hospital are over: what is still open is found without walking past them.
        Index(
            "ix_cases_open",
            *("centre_id", "since_at", "id"),
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
    )
    code: Mapped[str] = mapped_column(String(24), unique=True)
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("patients.id"), index=True)
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("products.id"))
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    pathway: Mapped[str] = mapped_column(String(40))
    pathway_version: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(40))
    turn: Mapped[str] = mapped_column(String(100), default="")
    since_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    physician_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    pharmacist_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    opened_by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)
    blocked_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    due_clock: Mapped[str] = mapped_column(String(12), default="", server_default="")
    programme: Mapped[str] = mapped_column(String(20), default="", server_default="")
    programme_version: Mapped[str] = mapped_column(String(20), default="", server_default="")
    centre: Mapped[Centre] = relationship()
    patient: Mapped[Patient] = relationship()
    product: Mapped[Product] = relationship()
    physician: Mapped[Account | None] = relationship(foreign_keys=[physician_id])
    pharmacist: Mapped[Account | None] = relationship(foreign_keys=[pharmacist_id])
    opened_by: Mapped[Account] = relationship(foreign_keys=[opened_by_id])
    regions: Mapped[list[Region]] = relationship(order_by="Region.kind, Region.instance")
    lines: Mapped[list[CaseLine]] = relationship(order_by="CaseLine.number")
    requests: Mapped[list[Request]] = relationship(order_by="Request.number")

    __mapper_args__ = {"version_id_col": version}


class Region(Identified, Base):
    """What runs beside the case: one row an instance (`use`, `line-1`, `continuation-1`)."""

    __tablename__ = "regions"
    __table_args__ = (UniqueConstraint("case_id", "kind", "instance"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(30))
    instance: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(40))
    since_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class CaseLine(Identified, Base):
    """One presentation of the product that this case asks for."""

    __tablename__ = "case_lines"
    __table_args__ = (UniqueConstraint("case_id", "number"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    number: Mapped[int]
    product_line_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("product_lines.id"))
    product_line: Mapped[ProductLine] = relationship(lazy="joined")


class Request(Identified, Base):
    """A request to the agency: number 0 is the first, 1 and up are continuations of it.

    `submitted_by_id` wrote the filing down; who typed it into the agency's application and who checked it stand
    beside. `typed_differently` seals what had to be typed otherwise than prepared: field, both values, why.
    `continues_number` is the request that a later one was copied from, whose reference it carries. `report_owed`:
    it was filed urgently with the core of its report alone, and the rest has not been completed and signed yet.
    """

    __tablename__ = "requests"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("(submitted_at IS NULL) = (submitted_by_id IS NULL)", name="submitted_paired"),
    )
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), default="individual")
    continues_number: Mapped[int | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    urgent_reason: Mapped[bytes | None]
    needs_import: Mapped[bool | None]
    origin_country: Mapped[str] = mapped_column(String(60), default="")
    duration_weeks: Mapped[int | None]
    start_wished_on: Mapped[date | None]
    reference: Mapped[str] = mapped_column(String(60), default="")
    registry_number: Mapped[str] = mapped_column(String(60), default="")
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    typed_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    checked_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    typed_differently: Mapped[bytes | None]
    report_owed: Mapped[bool] = mapped_column(default=False, server_default="0")
    packs: Mapped[list[RequestPacks]] = relationship(order_by="RequestPacks.line_number")


class TypedTick(Identified, Base):
    """That a person copied a field of the transcription sheet, at the value that `mark` (a keyed hash) is of."""

    __tablename__ = "typed_ticks"
    __table_args__ = (UniqueConstraint("case_id", "request_number", "account_id", "field"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    request_number: Mapped[int]
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    field: Mapped[str] = mapped_column(String(100))
    mark: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class TypingOrder(Identified, Base):
    """A version of the order in which requests are typed, as an administrator wrote it, from a day on; never changed.

    An empty text ends the orders of its place: the hospital's file or ours is followed again.
    """

    __tablename__ = "typing_orders"
    __table_args__ = (Index("ix_typing_orders_pathway", "pathway", "from_on"),)
    pathway: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    centre_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"))
    text: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class RequestPacks(Identified, Base):
    """Packs asked for on one line, with the calculation that gives them (RD 1015/2009 art. 8.1.c)."""

    __tablename__ = "request_packs"
    __table_args__ = (
        UniqueConstraint("request_id", "line_number"),
        CheckConstraint("packs > 0", name="packs_positive"),
    )
    request_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("requests.id"))
    line_number: Mapped[int]
    units_a_day: Mapped[str] = mapped_column(String(20), default="")
    days: Mapped[int | None]
    total_units: Mapped[int | None]
    packs: Mapped[int]
    note: Mapped[str] = mapped_column(String(400), default="")


class Posology(Identified, Base):
    """A dated version of how the medicine is given; the newest that has begun is the one in force.

    `request_number` is the request that states it; None for a change inside what was authorised already.
    """

    __tablename__ = "posologies"
    __table_args__ = (UniqueConstraint("case_id", "version"),)
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    version: Mapped[int]
    request_number: Mapped[int | None]
    from_on: Mapped[date | None]
    details: Mapped[bytes]
    by_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    at: Mapped[datetime]


class Contribution(Base):
    """Who opened, edited or signed any part of a case's request: they may not endorse it (RD 1015/2009 art. 8.1)."""

    __tablename__ = "contributions"
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), primary_key=True)
