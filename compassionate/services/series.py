"""The versions of one document, whoever it is of: a case, or (a report) a centre and what its subject names there.

Which rows are versions of one another, what names a document that is being asked for, and the bytes and the frozen
content of each version. They are written in plans.py; what a document says is made in documents.py and reports.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from compassionate.documents.contexts.source import HOSPITAL
from compassionate.errors import NotFound
from compassionate.models import Case, Centre, IssuedDocument, PrintJob
from compassionate.services import case_files, held_files
from compassionate.services.case_files import Holder, owned_by

SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Series:
    """Which document: of whom, of what kind, which copy of which request, or of what subject."""

    holder: Holder
    kind: str
    copy: str = HOSPITAL
    number: int = 0
    subject: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """What every row of it says, issued or asked for."""
        told = {"kind": self.kind, "copy": self.copy, "request_number": self.number, "subject": self.subject}
        return owned_by(self.holder) | told

    @property
    def key(self) -> str:
        """What names it among all documents that are being asked for, in a hundred letters."""
        told = f"{self.kind}/{self.copy}/{self.number}"
        if self.subject:
            told = hashlib.sha256(f"{told}/{self.subject}".encode()).hexdigest()[:60]
        return f"{self.holder.id}/{told}"

    def of(self, model: type[IssuedDocument | PrintJob]) -> ColumnElement[bool]:
        """A condition: the rows of this document."""
        return and_(*(getattr(model, name) == value for name, value in self.columns.items()))


def holder_of(session: Session, row: IssuedDocument | PrintJob) -> Holder:
    """The case or the centre that a document is of."""
    if row.case_id is not None:
        return session.get_one(Case, row.case_id)
    return session.get_one(Centre, row.centre_id)


def series_of(session: Session, row: IssuedDocument | PrintJob) -> Series:
    """The document that a row is a version of, or asks for."""
    return Series(holder_of(session, row), row.kind, row.copy, row.request_number, row.subject)


def versions(session: Session, series: Series) -> list[IssuedDocument]:
    """Every version of a document, newest first."""
    return list(
        session.scalars(select(IssuedDocument).where(series.of(IssuedDocument)).order_by(IssuedDocument.version.desc()))
    )


def latest(session: Session, series: Series) -> IssuedDocument | None:
    """The newest version of a document."""
    wanted = select(IssuedDocument).where(series.of(IssuedDocument))
    return session.scalar(wanted.order_by(IssuedDocument.version.desc()).limit(1))


def version_of(held: list[IssuedDocument], version: int) -> IssuedDocument:
    """The one of that number; raises NotFound."""
    found = next((row for row in held if row.version == version), None)
    if found is None:
        raise NotFound
    return found


def pdf_of(session: Session, row: IssuedDocument) -> bytes:
    """The bytes of an issued document, exactly as they were; raises NotFound, WrongKey, Unavailable."""
    return held_files.read(session, row, holder_of(session, row).key_id)


def frozen_of(session: Session, row: IssuedDocument) -> bytes | None:
    """What a document was issued from, as it was kept; None for one of before that was."""
    holder = holder_of(session, row)
    file = case_files.find(session, holder, SNAPSHOT, row.id)
    return None if file is None else case_files.data_of(session, holder, file)
