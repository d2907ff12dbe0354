"""What the machine's own clock runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from compassionate.models.base import Base


class ScheduledRun(Base):
    """When a command that the machine's clock runs last did its work: that it stopped is seen, whatever stopped it."""

    __tablename__ = "scheduled_runs"
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    at: Mapped[datetime]
