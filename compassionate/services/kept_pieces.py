"""The pieces of the last print of a document, kept with the case: what still says the same is not printed again.

They hold what the document says of a patient, so they are a file of the case as any other: sealed with its key,
checked, backed up, destroyed with it. There is one file a document, replaced by each print.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.documents.assembly.pieces import bundled, unbundled
from compassionate.errors import NotFound, Unavailable
from compassionate.models import Case
from compassionate.services import case_files

KIND = "piece"
LARGEST = 24 << 20


def find(session: Session, case: Case, kind: str, copy: str, number: int) -> Mapping[str, bytes]:
    """The pieces of the last print of this document; none where there are none, or where they cannot be read."""
    row = case_files.find(session, case, KIND, _of(kind, copy, number))
    if row is None:
        return {}
    try:
        return unbundled(case_files.data_of(session, case, row))
    except (NotFound, Unavailable, ValueError):  # a print needs none: whoever checks files will say so
        return {}


def keep(
    session: Session, case: Case, kind: str, copy: str, number: int, pieces: Mapping[str, bytes], now: datetime
) -> None:
    """Put the pieces of this print in the place of those of the last one; raises Unavailable."""
    data = bundled(dict(sorted(pieces.items())))
    if not pieces or len(data) > LARGEST:
        return
    last = case_files.find(session, case, KIND, _of(kind, copy, number))
    if last is not None:
        case_files.forget(session, last)
    case_files.put(session, case, KIND, _of(kind, copy, number), data, now)


def _of(kind: str, copy: str, number: int) -> str:
    return f"{kind}-{copy}-{number}"
