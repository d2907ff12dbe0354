"""The versions of a document: what each was issued from, kept with it, and what two of them say differently (PDF-03).

Each issue is frozen: its bytes, its hashes, its template version, and the snapshot of the case that it was made from,
sealed with the case's key. A document of before snapshots were kept says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from compassionate.documents.difference_words import Difference, Teller
from compassionate.documents.differences import content, differences
from compassionate.documents.phrases import Phrases
from compassionate.exports.typed import NotRead, read
from compassionate.models import Case, IssuedDocument
from compassionate.services import series
from compassionate.services.criteria import forms_of
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot


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


def kept(session: Session, row: IssuedDocument) -> CaseSnapshot | None:
    """What a document was issued from; None for one of before it was kept, or in a shape that is read no more.

    What was kept before a field was added lacks it, and is read with the field's default.
    """
    frozen = series.frozen_of(session, row)
    if frozen is None:
        return None
    try:
        return read(CaseSnapshot, json.loads(frozen), older=True)
    except (NotRead, ValueError):
        return None


def compare(
    session: Session, case: Case, older: IssuedDocument, newer: IssuedDocument | None, language: str
) -> Compared:
    """What the newer one says that the older one did not, and the other way round; None is the case as it stands."""
    before = kept(session, older)
    after = kept(session, newer) if newer else snapshot(session, case, older.request_number)
    lacking = [row for row, held in ((older, before), (newer, after)) if row is not None and held is None]
    if before is None or after is None:
        return Compared(older, newer, (), tuple(row.version for row in lacking))
    was = content(before, older.kind, older.copy, older.template_version)
    says = content(after, older.kind, older.copy, newer.template_version if newer else "")
    teller = Teller(Phrases(language, case.centre.zone), forms_of(session))
    return Compared(older, newer, tuple(teller.tell(each) for each in differences(was, says)))
