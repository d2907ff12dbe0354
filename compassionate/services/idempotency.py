"""A form that was sent twice is taken once: its key leads to what the first sending made.

CON-04: a key is remembered for KEPT at least; a person's own older ones go when a new one comes.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from compassionate.models import IdempotencyKey
from compassionate.services.actors import Actor

KEPT = timedelta(days=7)
KEY = re.compile(r"^[A-Za-z0-9_-]{16,64}$")


def _stored(actor: Actor, key: str) -> str:
    """The key as it is kept: bound to its person, so that nobody's key means anything in another's form."""
    return hashlib.sha256(f"{actor.account_id}.{key}".encode()).hexdigest() if KEY.match(key) else ""


def result_of(session: Session, actor: Actor, key: str) -> str:
    """What this person's form of that key made (the address it led to); empty where it was not taken yet."""
    stored = _stored(actor, key)
    row = session.get(IdempotencyKey, stored) if stored else None
    return row.result if row is not None else ""


def remember(session: Session, actor: Actor, key: str, result: str, now: datetime) -> None:
    """Remember what a form made, in the transaction that made it; a form without a usable key is not remembered."""
    stored = _stored(actor, key)
    if stored:
        mine = IdempotencyKey.account_id == actor.account_id  # nobody else's: two people never wait for each other
        session.execute(delete(IdempotencyKey).where(mine, IdempotencyKey.at < now - KEPT))
        session.add(IdempotencyKey(key=stored, account_id=actor.account_id, result=result[:200], at=now))
        session.flush()
