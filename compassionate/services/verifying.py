"""Whether a file is a document issued here, whole and unchanged: looked up by the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, IssuedDocument
from compassionate.services import documents

UNKNOWN: dict[str, Any] = {
    "ours": False,
    "whole": False,
    "unchanged": False,
    "content_sha256": None,
    "kind": None,
    "case": None,
    "version": None,
    "stale": None,
    "signatures": [],
    "embedded_case": None,
}


def verify_file(session: Session, data: bytes) -> dict[str, Any]:
    """What is known of these bytes; a file that lost or gained one byte is not ours."""
    digest = hashlib.sha256(data).hexdigest()
    known = select(IssuedDocument).join(Case, IssuedDocument.case_id == Case.id).where(Case.blocked_at.is_(None))
    row = session.scalar(known.where(IssuedDocument.sha256 == digest).limit(1))
    if row is None:
        return UNKNOWN | {"signatures": []}
    case = session.get_one(Case, row.case_id)
    return UNKNOWN | {
        "ours": True,
        "whole": True,
        "unchanged": True,
        "content_sha256": row.content_sha256,
        "kind": row.kind,
        "copy": row.copy,
        "case": case.code,
        "version": row.version,
        "stale": documents.is_stale(session, case, row),
        "signatures": [],
    }
