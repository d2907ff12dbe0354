"""Which programmes there are, and what is published about each: the door to programmes' data."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Product


def known(session: Session) -> list[str]:
    """The ids of every programme that this installation knows."""
    return sorted(set(session.scalars(select(Product.programme).where(Product.programme != ""))))


def programme(session: Session, programme_id: str) -> Any:
    """The latest version of a programme."""
    return None
