"""What anybody may learn of an issued document: by the code printed on it, and by a file that claims to be it.

Nothing of this names a patient, a case or a person. A document of a case that is blocked is as unknown as one that
never was (LOPDGDD, art. 32).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import IO

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from compassionate.documents.verification_marks import bare
from compassionate.models import Case, IssuedDocument
from compassionate.services.series import series_of, versions

CODE = re.compile(r"^[0-9a-z]{8,32}$")
BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Standing:
    """A document and whether it was followed by a newer version; `others` are its versions before and after."""

    document: IssuedDocument
    others: tuple[IssuedDocument, ...]

    @property
    def newest(self) -> IssuedDocument:
        """The last version that was issued."""
        return max((self.document, *self.others), key=lambda each: each.version)

    @property
    def is_current(self) -> bool:
        """Whether no newer version was issued."""
        return self.newest is self.document


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file is beside a document: same, version (which), longer, shorter, empty, other."""

    code: str
    version: int = 0


def is_code(text: str) -> bool:
    """Whether a text could be a code at all."""
    return CODE.match(bare(text)) is not None


def issued_under(session: Session, code: str) -> IssuedDocument | None:
    """The document that carries this verification code; None for any other text, and for a case that is blocked."""
    if not is_code(code):
        return None
    return session.scalar(known().where(IssuedDocument.verification == bare(code)))


def known() -> Select[IssuedDocument]:
    """Every issued document that anybody may learn of."""
    with_case = select(IssuedDocument).outerjoin(Case, IssuedDocument.case_id == Case.id)
    return with_case.where(or_(IssuedDocument.case_id.is_(None), Case.blocked_at.is_(None)))


def standing(session: Session, code: str) -> Standing | None:
    """The same with the other versions of the document."""
    row = issued_under(session, code)
    if row is None:
        return None
    others = (each for each in versions(session, series_of(session, row)) if each.id != row.id)
    return Standing(row, tuple(sorted(others, key=lambda each: each.version)))


def compare(held: Standing, file: IO[bytes]) -> Verdict:
    """What a file is beside this document, from its bytes alone: read once, in blocks, and kept nowhere."""
    known, size = held.document, held.document.size
    whole, beginning, length = _fingerprints(file, size)
    if whole == known.sha256:
        return Verdict("same")
    other = next((each for each in held.others if each.sha256 == whole), None)
    if other is not None:
        return Verdict("version", other.version)
    if length > size and beginning == known.sha256:
        return Verdict("longer")
    return Verdict("empty" if not length else "shorter" if length < size else "other")


def _fingerprints(file: IO[bytes], mark: int) -> tuple[str, str, int]:
    """SHA-256 of a file, and of its beginning up to a mark, and how long it is."""
    whole, beginning, length = hashlib.sha256(), hashlib.sha256(), 0
    while block := file.read(BLOCK):
        whole.update(block)
        beginning.update(block[: max(0, mark - length)])
        length += len(block)
    return whole.hexdigest(), beginning.hexdigest(), length
