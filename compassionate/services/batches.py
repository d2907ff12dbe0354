"""Long lists worked through in batches, each in a transaction of its own, so that nobody waits for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

OpenSession = Callable[[], Session]
Work = Callable[[Session, list[str]], int]
BATCH = 200


def in_batches(
    read: OpenSession,
    write: OpenSession,
    ids_of: Select[str],
    key: Any,
    work: Work,
) -> int:
    """Work on every id that a query gives, in the order of `key`; returns the sum of what `work` says it did."""
    done, after = 0, ""
    while True:
        with read() as session:
            ids = list(session.scalars(ids_of.where(key > after).order_by(key).limit(BATCH)))
        if not ids:
            return done
        with write() as session:
            done += work(session, ids)
            session.commit()
        after = ids[-1]
