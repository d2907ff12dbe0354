"""Hospital centres and what each of them settles for itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class Centre(Identified, Base):
    """A centre: `territory` is ISO 3166-2 (ES-MD), `zone` an IANA name, `kind` public or private.

    `committee` says when its committee is asked: never, free, charged or always. `settings` holds what
    the law leaves to the hospital (attempts before lost to follow-up, delivery lead, sheet labels).
    """

    __tablename__ = "centres"
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    territory: Mapped[str] = mapped_column(String(8))
    municipality: Mapped[str] = mapped_column(String(100), default="")
    zone: Mapped[str] = mapped_column(String(40), default="Europe/Madrid")
    kind: Mapped[str] = mapped_column(String(10), default="public")
    is_hospital: Mapped[bool] = mapped_column(default=True)
    official_code: Mapped[str] = mapped_column(String(20), default="")
    pharmacy_service: Mapped[str] = mapped_column(String(200), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    insurance_until: Mapped[date | None]
    committee: Mapped[str] = mapped_column(String(10), default="never")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("data_keys.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)


class CaseCounter(Base):
    """The last number given to a case of a centre in a year: gapless, moved inside the opening transaction."""

    __tablename__ = "case_counters"
    centre_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("centres.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
