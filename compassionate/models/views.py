"""Lists that people come back to, by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import ID_LENGTH, Base, Identified


class SavedView(Identified, Base):
    """Filters and order of the list of cases, kept by one person under a name; one of them may be where they begin.

    `filters` holds codes of the product alone (states, centres, medicines…): never what was typed into a search.
    """

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "name"),)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]]
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
