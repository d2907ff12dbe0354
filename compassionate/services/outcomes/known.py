"""Which programmes there are, and what is published about each: the door to programmes' data."""

from __future__ import annotations

from sqlalchemy.orm import Session

from compassionate.programmes.model import Programme
from compassionate.services import programmes


def known(session: Session) -> list[str]:
    """The ids of every programme that this installation knows."""
    return sorted({each.programme.id for each in programmes.listed(session)})


def programme(session: Session, programme_id: str) -> Programme | None:
    """The latest version of a programme."""
    return programmes.latest(session, programme_id)
