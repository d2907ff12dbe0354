"""Rows against files, both ways: every paper and document opens and has its SHA-256, and no file is without a row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Case, IssuedDocument, Paper
from compassionate.models.vault import WrongKey
from compassionate.services import documents, papers, store


@dataclass(slots=True)
class Found:
    """What is not as it should be, by the names of files."""

    rows: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether rows and files agree."""
        return not (self.missing or self.damaged or self.unclaimed)


def check(session: Session) -> Found:
    """Compare every row with its file; files are listed first, so that one that arrives meanwhile is not accused."""
    files, found = set(store.names(session)), Found()
    claimed = set()
    for name, digest in _rows(session):
        found.rows += 1
        claimed.add(name)
        if digest is None:
            (found.damaged if name in files else found.missing).append(name)
    found.files, found.unclaimed = len(files), sorted(files - claimed)
    return found


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
