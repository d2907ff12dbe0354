"""The versions of a document: what each was issued from, kept with it, and what two of them say differently (PDF-03).

Each issue is frozen: its bytes, its hashes, its template version, and the snapshot of the case that it was made from,
sealed with the case's key. A document of before snapshots were kept says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.difference_words import Difference, Teller
from compassionate.documents.differences import content, differences
from compassionate.documents.phrases import Phrases
from compassionate.errors import NotFound
from compassionate.exports.typed import NotRead, read
from compassionate.models import Case, IssuedDocument
from compassionate.services import case_files
from compassionate.services.criteria import forms_of
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot, canonical

SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions beside each other: the older, the newer (None: the case as it stands), and what differs.

    `without`: the versions of which no snapshot can be read; then nothing is known of what differs.
    """

    older: IssuedDocument
    newer: IssuedDocument | None
    differences: tuple[Difference, ...]
    without: tuple[int, ...] = ()

    @property
    def sections(self) -> dict[str, list[Difference]]:
        """What differs, by the part of the document that says it."""
        found: dict[str, list[Difference]] = {}
        for each in self.differences:
            found.setdefault(each.section, []).append(each)
        return found


def keep(session: Session, case: Case, row: IssuedDocument, held: CaseSnapshot, now: datetime) -> None:
    """Freeze what a document was issued from, beside its bytes."""
    case_files.put(session, case, SNAPSHOT, row.id, canonical(held), now)


def kept(session: Session, case: Case, row: IssuedDocument) -> CaseSnapshot | None:
    """What a document was issued from; None for one of before it was kept, or in a shape that is read no more."""
    file = case_files.find(session, case, SNAPSHOT, row.id)
    if file is None:
        return None
    try:
        return read(CaseSnapshot, json.loads(case_files.data_of(session, case, file)))
    except (NotRead, ValueError):
        return None


def siblings(session: Session, case: Case, row: IssuedDocument) -> list[IssuedDocument]:
    """Every version of the same document, newest first."""
    return versions(session, case, row.kind, row.copy, row.request_number)


def versions(session: Session, case: Case, kind: str, copy: str, number: int = 0) -> list[IssuedDocument]:
    """Every version of one kind, copy and request, newest first."""
    wanted = select(IssuedDocument).where(
        IssuedDocument.case_id == case.id,
        IssuedDocument.kind == kind,
        IssuedDocument.copy == copy,
        IssuedDocument.request_number == number,
    )
    return list(session.scalars(wanted.order_by(IssuedDocument.version.desc())))


def version_of(held: list[IssuedDocument], version: int) -> IssuedDocument:
    """The one of that number; raises NotFound."""
    found = next((row for row in held if row.version == version), None)
    if found is None:
        raise NotFound
    return found


def compare(
    session: Session, case: Case, older: IssuedDocument, newer: IssuedDocument | None, language: str
) -> Compared:
    """What the newer one says that the older one did not, and the other way round; None is the case as it stands."""
    before = kept(session, case, older)
    after = kept(session, case, newer) if newer else snapshot(session, case, older.request_number)
    lacking = [row for row, held in ((older, before), (newer, after)) if row is not None and held is None]
    if before is None or after is None:
        return Compared(older, newer, (), tuple(row.version for row in lacking))
    was = content(before, older.kind, older.copy, older.template_version)
    says = content(after, older.kind, older.copy, newer.template_version if newer else "")
    teller = Teller(Phrases(language, case.centre.zone), forms_of(session))
    return Compared(older, newer, tuple(teller.tell(each) for each in differences(was, says)))
