"""Whether a file is a document issued here, whole and unchanged, and what the signatures in it are worth; offline.

A document is found by the SHA-256 of the file as it was issued: of the whole file, or of its first revisions where
people signed it afterwards. A file that was changed is found by what our seal in it names, and said to be changed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.documents.judging import CHANGED_AFTER, PART, Judged, Unreadable, additions, judge
from compassionate.documents.signature_bytes import revisions, seals_in
from compassionate.exports import case_json
from compassionate.models import Case, IssuedDocument
from compassionate.services import documents, reports, seals
from compassionate.services.series import holder_of
from compassionate.services.verification import known

UNKNOWN: dict[str, Any] = {
    "ours": False,
    "whole": False,
    "unchanged": False,
    "content_sha256": None,
    "kind": None,
    "case": None,
    "centre": None,
    "subject": None,
    "version": None,
    "stale": None,
    "signatures": [],
    "embedded_case": None,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A document that a file is, or was: all its bytes stand at the beginning (`original`), or they do not."""

    row: IssuedDocument
    original: bytes | None


def find(session: Session, data: bytes) -> Found | None:
    """The document that a file is, with or without signatures added later, or that its seal says it was."""
    ends = revisions(data)
    row = session.scalar(known().where(IssuedDocument.sha256.in_(ends)).limit(1))
    if row is not None:
        return Found(row, data[: ends[row.sha256]])
    sealed = [digest for digest in (each.signed_digest() for each in seals_in(data)) if digest]
    row = session.scalar(known().where(IssuedDocument.seal_digest.in_(sealed)).limit(1)) if sealed else None
    return Found(row, None) if row is not None else None


def verify_file(session: Session, data: bytes, now: datetime) -> dict[str, Any]:
    """What is known of these bytes, asking nobody."""
    signatures = [signature_row(each) for each in _judged(session, data, now)]
    found = find(session, data)
    if found is None:
        return UNKNOWN | {"signatures": signatures, "embedded_case": has_case(data)}
    row = found.row
    return {
        "ours": True,
        "whole": found.original is not None or len(data) >= row.size,
        "unchanged": found.original is not None and _only_signed(data, found.original),
        "content_sha256": row.content_sha256,
        "kind": row.kind,
        "copy": row.copy,
        **_of_whom(session, row, now),
        "version": row.version,
        "seal": row.seal_level,
        "signatures": signatures,
        "embedded_case": has_case(data),
    }


def _of_whom(session: Session, row: IssuedDocument, now: datetime) -> dict[str, Any]:
    """Whose document it is, and whether it would say something else now."""
    holder = holder_of(session, row)
    if isinstance(holder, Case):
        stale = documents.is_stale(session, holder, row)
        return {"case": holder.code, "centre": holder.centre.code, "subject": "", "stale": stale}
    return {"case": None, "centre": holder.code, "subject": row.subject, "stale": reports.is_stale(session, row, now)}


def _only_signed(data: bytes, original: bytes) -> bool:
    """Whether nothing was added to a document but signatures."""
    try:
        return data == original or (bool(data[len(original) :].strip()) and additions(data, original))
    except Unreadable:
        return False


def _judged(session: Session, data: bytes, now: datetime) -> list[Judged]:
    if not seals_in(data):
        return []
    try:
        return judge(data, seals.trust(session), now)
    except Unreadable:
        return []


def signature_row(each: Judged) -> dict[str, Any]:
    """A signature as commands print it; `reason` is a code, empty where nothing stands against it."""
    return {
        "signer": each.signer.name,
        "at": each.at.isoformat() if each.at else None,
        "covers_whole": each.covers != PART and each.reason != CHANGED_AFTER,
        "valid": each.holds,
        "reason": each.reason,
        "kind": "seal" if each.is_seal else each.kind,
        "chain": each.chain,
        "revocation": each.revocation,
    }


def has_case(data: bytes) -> bool:
    """Whether the whole case stands inside the file, as data (`flask imports dossier` reads it)."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return case_json.NAME in pdf.attachments
    except (pikepdf.PdfError, ValueError, RecursionError):
        return False
