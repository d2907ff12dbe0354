"""A form that was sent twice is taken once: its key leads to what the first sending made."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import IdempotencyKey
from compassionate.services.actors import Actor

KEY = re.compile(r"^[A-Za-z0-9_-]{16,64}$")


def result_of(session: Session, actor: Actor, key: str) -> str:
    """What this person's form of that key made (the address it led to); empty where it was not taken yet."""
    if not KEY.match(key):
        return ""
    wanted = select(IdempotencyKey.result).where(
        IdempotencyKey.key == key, IdempotencyKey.account_id == actor.account_id
    )
    return session.scalar(wanted) or ""


def remember(session: Session, actor: Actor, key: str, result: str, now: datetime) -> None:
    """Remember what a form made, in the transaction that made it; a form without a usable key is not remembered."""
    if KEY.match(key):
        session.add(IdempotencyKey(key=key, account_id=actor.account_id, result=result[:200], at=now))
        session.flush()
