"""People: an account, and the roles it holds at each centre, with dates and delegation."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from compassionate.models.base import ID_LENGTH, Base, Identified
from compassionate.models.centres import Centre


class Account(Identified, Base):
    """A person who logs in. `session_key` dies with every password or role change (Flask-Security's fs_uniquifier).

    `locked_at`: too many attempts failed, an administrator unlocks. `second_factor_at`: since when there is one.
    `imported_at`: a name that came with a case of another installation, and nobody who was ever invited here.
    """

    __tablename__ = "accounts"
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(255))
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    collegiate_number: Mapped[str] = mapped_column(String(20), default="")
    specialty: Mapped[str] = mapped_column(String(100), default="")
    service: Mapped[str] = mapped_column(String(100), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(5), default="es")
    created_at: Mapped[datetime]
    password_set_at: Mapped[datetime | None]
    # Shown to the person after each log-in (ENS op.acc.6 r5.2): the one before this one, and the last that failed.
    logged_in_at: Mapped[datetime | None]
    previous_log_in_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]
    imported_at: Mapped[datetime | None]
    memberships: Mapped[list[Membership]] = relationship(
        back_populates="account", lazy="selectin", order_by="Membership.id", foreign_keys="Membership.account_id"
    )


class Membership(Identified, Base):
    """A role of an account at a centre from a day until another.

    A delegation of the director names who delegates, the act, its wording (`P. D.`, `por suplencia`).
    """

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_after_from"),)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"), index=True)
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    delegated_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    delegation_act: Mapped[str] = mapped_column(String(200), default="")
    delegation_wording: Mapped[str] = mapped_column(String(20), default="")
    account: Mapped[Account] = relationship(back_populates="memberships", foreign_keys=[account_id])
    centre: Mapped[Centre] = relationship(lazy="joined")
