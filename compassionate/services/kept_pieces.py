"""The pieces of the last print of a document, kept with the case: what still says the same is not printed again.

They hold what the document says of a patient, so they are a file of the case as any other: sealed with its key,
checked, backed up, destroyed with it. A print takes away what an earlier one replaced, but not at once: a backup
that runs meanwhile has listed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from compassionate.documents.assembly.pieces import bundled, unbundled
from compassionate.errors import NotFound, Unavailable
from compassionate.models import Case
from compassionate.services import case_files

KIND = "piece"
LARGEST = 24 << 20
A_BACKUP_LASTS = timedelta(hours=6)


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
    """Keep the pieces of this print instead of those of earlier ones; raises Unavailable."""
    data = bundled(dict(sorted(pieces.items())))
    if not pieces or len(data) > LARGEST:
        return
    held = case_files.every(session, case, KIND, _of(kind, copy, number))
    case_files.put(session, case, KIND, _of(kind, copy, number), data, now)
    for later, earlier in pairwise(held):
        if later.made_at < now - A_BACKUP_LASTS:
            case_files.forget(session, earlier)


def _of(kind: str, copy: str, number: int) -> str:
    return f"{kind}-{copy}-{number}"
