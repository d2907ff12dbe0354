"""What anybody may learn of an issued document: by the code printed on it, and by a file that claims to be it.

Nothing of this names a patient, a case or a person. A document of a case that is blocked is as unknown as one that
never was (LOPDGDD, art. 32).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.verification_marks import bare
from compassionate.models import Case, IssuedDocument

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
    known = select(IssuedDocument).join(Case, IssuedDocument.case_id == Case.id).where(Case.blocked_at.is_(None))
    return session.scalar(known.where(IssuedDocument.verification == bare(code)))


def standing(session: Session, code: str) -> Standing | None:
    """The same with the other versions of the document."""
    row = issued_under(session, code)
    if row is None:
        return None
    alike = select(IssuedDocument).where(
        IssuedDocument.case_id == row.case_id,
        IssuedDocument.kind == row.kind,
        IssuedDocument.copy == row.copy,
        IssuedDocument.request_number == row.request_number,
        IssuedDocument.id != row.id,
    )
    return Standing(row, tuple(session.scalars(alike.order_by(IssuedDocument.version))))


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
