"""Rows against files, both ways, and what is stored against what happened.

DUR-04: every paper and document opens and has its SHA-256, and no file is without a row. DUR-01: states, versions,
audit, outbox and ledger are those that the histories lead to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Case, IssuedDocument, Paper
from compassionate.models.vault import WrongKey
from compassionate.services import audit, chain, documents, papers, store
from compassionate.services.replay import disagreements

UNCLAIMED_AFTER = timedelta(days=1)  # longer than any request
OURS = ("papers/", "documents/")  # other folders of the store are not for us to tidy


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
    for name, digest in _rows(session):
        found.rows += 1
        claimed.add(name)
        if digest is None:
            (found.damaged if name in files else found.missing).append(name)
    found.files, found.unclaimed = len(files), sorted(files - claimed)
    found.history = sorted(disagreements(session))
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
    claimed = {f"papers/{name}" for name in session.scalars(select(Paper.id))}
    claimed |= {f"documents/{name}" for name in session.scalars(select(IssuedDocument.id))}
    lost = sorted(name for name in old if name.startswith(OURS) and name not in claimed)
    if lost:
        audit.append(session, None, "sweep_files", now, files=len(lost))
    for name in lost:
        store.remove(session, name)
    return lost


def _rows(session: Session) -> Iterator[tuple[str, str | None]]:
    """Each file that a row claims, and its SHA-256 where it opens and is the one that was stored."""
    for paper in session.scalars(select(Paper).order_by(Paper.id)):
        yield f"papers/{paper.id}", _paper_digest(session, paper)
    for row in session.scalars(select(IssuedDocument).order_by(IssuedDocument.id)):
        yield f"documents/{row.id}", _document_digest(session, row)


def _paper_digest(session: Session, paper: Paper) -> str | None:
    try:
        digest = hashlib.sha256(papers.data_of(session, paper)).hexdigest()
    except (NotFound, WrongKey):
        return None
    return digest if digest == paper.sha256 else None


def _document_digest(session: Session, row: IssuedDocument) -> str | None:
    case = session.get_one(Case, row.case_id)
    try:
        digest = hashlib.sha256(documents.pdf_of(session, case, row)).hexdigest()
    except (NotFound, WrongKey):
        return None
    return digest if digest == row.sha256 else None
