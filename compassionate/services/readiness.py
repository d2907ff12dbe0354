"""Whether the parts that the installation stands on answer: what a watching machine asks, without a word about people.

AVA-03: a part that is down is seen, and only the parts that the legal path needs make the whole not ready.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from obstore.exceptions import BaseError
from obstore.store import LocalStore
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from compassionate.models import OutboxMessage
from compassionate.services import held_files, schedule, store
from compassionate.services.instance import MIGRATIONS
from compassionate.services.outbox import MAIL

OK, DOWN, BEHIND, LOW, LATE, UNKNOWN = "ok", "down", "behind", "low", "late", "unknown"
NEEDED = ("database", "migrations", "store")  # what no case can be worked on without
LATE_AFTER = timedelta(hours=1)
LEAST_FREE = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each part in a word."""

    parts: dict[str, str]

    @property
    def ready(self) -> bool:
        """Whether cases can be worked on."""
        return all(self.parts[name] == OK for name in NEEDED)

    @property
    def status(self) -> str:
        """`ready`, `degraded` (cases go on, something waits) or `unavailable`."""
        if not self.ready:
            return "unavailable"
        return "ready" if set(self.parts.values()) <= {OK} else "degraded"


@cache
def newest_revision() -> str:
    """The revision that this program was written for."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return str(ScriptDirectory.from_config(settings).get_current_head())


def readiness(session: Session, folder: Path, now: datetime) -> Readiness:
    """Ask each part; never raises, and where the database is gone says what can still be said."""
    parts = {
        "database": DOWN,
        "migrations": UNKNOWN,
        "store": UNKNOWN,
        "mail": UNKNOWN,
        **dict.fromkeys(schedule.LATE_AFTER, UNKNOWN),
        "space": _space(session, folder),
    }
    parts["store"] = OK if store.answers(session) else DOWN
    try:
        session.execute(text("SELECT count(*) FROM accounts"))
        parts["database"] = OK
        held = MigrationContext.configure(session.connection()).get_current_revision()
        parts["migrations"] = OK if held == newest_revision() else BEHIND
        parts["mail"] = _mail(session, now)
        parts |= {run.name: LATE if run.is_late else OK for run in schedule.last_runs(session, now)}
        if parts["store"] == OK and not _newest_files(session):
            parts["store"] = DOWN
    except SQLAlchemyError:
        session.rollback()
    return Readiness(parts)


def _mail(session: Session, now: datetime) -> str:
    waiting = select(OutboxMessage.id).where(
        *(OutboxMessage.kind == MAIL, OutboxMessage.sent_at.is_(None), OutboxMessage.at < now - LATE_AFTER),
        OutboxMessage.refused_at.is_(None),  # an address that is nobody's is no fault of the post
    )
    return OK if session.scalar(waiting.limit(1)) is None else LATE


def _newest_files(session: Session) -> bool:
    """Whether the newest files that rows name are there: a store that answers may be the wrong one (not mounted)."""
    try:
        for name in held_files.newest(session):
            store.store_of(session).head(name)
    except (BaseError, OSError):
        return False
    return True


def _space(session: Session, folder: Path) -> str:
    """Whether there is room beside the database and in a store that is a folder."""
    held = store.store_of(session)
    places = [folder, *([Path(str(held.prefix))] if isinstance(held, LocalStore) else [])]
    try:
        free = [(each.f_bavail * each.f_frsize) for each in map(os.statvfs, places)]
    except OSError:
        return UNKNOWN
    return OK if min(free) >= LEAST_FREE else LOW
