"""Medicines, their presentations and their sponsors."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.base import ID_LENGTH, Base, Identified


class Sponsor(Identified, Base):
    """A sponsor (laboratory or academic promoter) and how to reach it."""

    __tablename__ = "sponsors"
    name: Mapped[str] = mapped_column(String(200), unique=True)
    contact: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")


class Product(Identified, Base):
    """A medicine under investigation, as the hospital records it.

    `willing_on` and `willing_by` are the sponsor's willingness to supply (RD 1015/2009 art. 7.1), its paper an
    upload of kind `sponsor_willingness` of this product;
    `agreement_per_patient` whether it asked to agree to each patient (12.c); `programme` names the clinical
    criteria and visit schedule (`disc-msc`, `knee-msc` or empty); `consent_kinds` the written consents asked for.
    """

    __tablename__ = "products"
    __table_args__ = (CheckConstraint("(willing_on IS NULL) = (willing_by = '')", name="willing_paired"),)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    active_substance: Mapped[str] = mapped_column(String(200))
    sponsor_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("sponsors.id"))
    programme: Mapped[str] = mapped_column(String(20), default="")
    trial_register: Mapped[str] = mapped_column(String(40), default="")
    trial_number: Mapped[str] = mapped_column(String(60), default="")
    application_status: Mapped[str] = mapped_column(String(30), default="")
    needs_import: Mapped[bool] = mapped_column(default=False)
    origin_country: Mapped[str] = mapped_column(String(60), default="")
    agreement_per_patient: Mapped[bool] = mapped_column(default=True)
    willing_on: Mapped[date | None]
    willing_by: Mapped[str] = mapped_column(String(200), default="")
    willing_reference: Mapped[str] = mapped_column(String(200), default="")
    taken_at_home: Mapped[bool] = mapped_column(default=False)
    consent_kinds: Mapped[list[str]] = mapped_column(default=list)
    consent_sheet_version: Mapped[str] = mapped_column(String(40), default="")
    visit_months: Mapped[list[int]] = mapped_column(default=lambda: [0, 3, 6, 12])
    hazardous: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    sponsor: Mapped[Sponsor] = relationship(lazy="joined")
    lines: Mapped[list[ProductLine]] = relationship(lazy="selectin", order_by="ProductLine.position")


class ProductLine(Identified, Base):
    """One presentation: strength, form, units a pack, free or charged (price in euro cents a pack)."""

    __tablename__ = "product_lines"
    __table_args__ = (
        UniqueConstraint("product_id", "position"),
        CheckConstraint("units_per_pack > 0", name="units_positive"),
    )
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("products.id"))
    position: Mapped[int]
    strength: Mapped[str] = mapped_column(String(100))
    form: Mapped[str] = mapped_column(String(100))
    route: Mapped[str] = mapped_column(String(60))
    presentation: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[str] = mapped_column(String(40))
    units_per_pack: Mapped[int] = mapped_column(default=1)
    is_free: Mapped[bool] = mapped_column(default=True)
    price_cents: Mapped[int | None]
    national_code: Mapped[str] = mapped_column(String(20), default="")
