"""The words of documents on their page, and the row of each version: what it is for, what it lacks, what it says."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from compassionate.documents.catalogue import KINDS, content_sha256
from compassionate.documents.completeness import missing
from compassionate.errors import Reason
from compassionate.models import Case, IssuedDocument
from compassionate.services.criteria import forms_of
from compassionate.services.documents import issued
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot


@dataclass(frozen=True, slots=True)
class KindState:
    """One kind of document of one request: what it lacks, what was issued (newest first), which copies are current."""

    kind: str
    number: int
    missing: tuple[Reason, ...]
    issued: tuple[IssuedDocument, ...]
    current: frozenset[str]

    def latest(self, copy: str) -> IssuedDocument | None:
        """The newest version of a copy, or None."""
        return next((row for row in self.issued if row.copy == copy), None)

    @property
    def latest_ids(self) -> frozenset[str]:
        """The ids of the newest version of each copy."""
        return frozenset(row.id for copy in KINDS[self.kind].copies for row in [self.latest(copy)] if row is not None)


OF_EACH_REQUEST = ("dossier", "request_data")


def states(session: Session, case: Case) -> list[KindState]:
    """Every kind of document that a case can give, those of a request once for each of its requests."""
    rows = issued(session, case)
    found: list[KindState] = []
    for request in case.requests:
        held = snapshot(session, case, request.number)
        kinds = [name for name in KINDS if _is_given(held, name)]
        found += [_state(session, held, name, [row for row in rows if row.kind == name]) for name in kinds]
    return found


def _is_given(held: CaseSnapshot, kind: str) -> bool:
    """Labels are printed where the cells are looked after, and listed here once there are some."""
    if kind == "labels" and not held.labels:
        return False
    return held.request.number == 0 or kind in OF_EACH_REQUEST


def _state(session: Session, held: CaseSnapshot, kind: str, rows: list[IssuedDocument]) -> KindState:
    number = held.request.number
    mine = tuple(row for row in rows if row.request_number == number)
    newest = {row.copy: row for row in reversed(mine)}
    current = frozenset(copy for copy, row in newest.items() if row.content_sha256 == content_sha256(held, kind, copy))
    return KindState(kind, number, missing(held, kind, forms_of(session)), mine, current)
