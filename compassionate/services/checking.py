"""Rows against files, both ways, and what is stored against what happened.

DUR-04: every paper and document opens and has its SHA-256, and no file is without a row. DUR-01: states, versions,
audit, outbox and ledger are those that the histories lead to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models.vault import WrongKey
from compassionate.services import audit, chain, held_files, signatures, store
from compassionate.services.held_files import HeldFile
from compassionate.services.replay import disagreements

UNCLAIMED_AFTER = timedelta(days=1)  # longer than any request
OURS = tuple(f"{folder}/" for folder in held_files.FOLDERS.values())  # other folders are not for us to tidy


@dataclass(slots=True)
class Found:
    """What is not as it should be: files by their names, histories by their case and what is wrong."""

    rows: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether rows, files and histories agree."""
        return not (self.missing or self.damaged or self.unclaimed or self.history)


def check(session: Session) -> Found:
    """Compare rows, files and histories; files are listed first, so that one that arrives meanwhile is not accused."""
    files, found = set(store.names(session)), Found()
    claimed = set()
    for held in held_files.every(session):
        found.rows += 1
        claimed.add(held.name)
        if not _is_whole(session, held):
            (found.damaged if held.name in files else found.missing).append(held.name)
    found.files, found.unclaimed = len(files), sorted(files - claimed)
    found.history = sorted([*disagreements(session), *signatures.disagreements(session)])
    for name, each in audit.CHAINS.items():
        verdict = chain.verify(session, each)
        if not verdict.ok:
            found.history.append(f"{name}: row {verdict.first_bad}: {verdict.why}")
    return found


def sweep(session: Session, now: datetime) -> list[str]:
    """Delete the files that no row names and that nobody can be writing any more; returns their names.

    They are uploads whose saving never ended (a kill, a power cut): nobody was told that they were kept. A paper that
    is withdrawn keeps its row, and with it its file.
    """
    old = [name for name, at in store.files(session) if at < now - UNCLAIMED_AFTER]
    claimed = {held.name for held in held_files.every(session)}
    lost = sorted(name for name in old if name.startswith(OURS) and name not in claimed)
    if lost:
        audit.append(session, None, "sweep_files", now, files=len(lost))
    for name in lost:
        store.remove(session, name)
    return lost


def _is_whole(session: Session, held: HeldFile) -> bool:
    """Whether a file opens and is the one that was stored."""
    try:
        return hashlib.sha256(held_files.opened(session, held)).hexdigest() == held.sha256
    except (NotFound, WrongKey):
        return False
