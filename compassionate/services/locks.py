"""One at a time for work that spans several transactions: backups, rotations of keys."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from compassionate.errors import Reason, Refused

MAINTENANCE = 0x636F6D72  # of PostgreSQL's advisory locks, ours


@contextmanager
def maintenance(session: Session) -> Iterator[None]:
    """Hold the lock of backups and rotations, or raise Refused: files must not be sealed anew while they are copied."""
    bind = session.get_bind()
    if bind.dialect.name != "postgresql":
        with Path(f"{bind.engine.url.database}.maintenance").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _busy() from None
            yield
        return
    if not session.scalar(select(func.pg_try_advisory_lock(MAINTENANCE))):
        raise _busy()
    try:
        yield
    finally:
        session.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MAINTENANCE})


def _busy() -> Refused:
    return Refused((Reason("maintenance.busy"),))
