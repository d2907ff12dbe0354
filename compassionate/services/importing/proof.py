"""What stands in the chain for a history that came: one row with the file and the hash of the rows made of it.

Its events have no rows of their own, since nobody did them here; changed by hand they disagree with that hash.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import CaseEvent, Signature
from compassionate.snapshot import canonical, plain

OF_EVENT = ("id", "case_version", "at", "name", "region", "instance", "before", "after", "by_id", "by_name", "role")
OF_SIGNATURE = ("id", "request_number", "meaning", "content_sha256", "account_id", "name", "role", "collegiate_number",
                "delegation", "at")  # fmt: skip


def history_sha256(session: Session, case_id: str, events: int) -> str:
    """SHA-256 of the steps and signatures of a case that came with it."""
    wanted = select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.case_version <= events)
    steps = [
        _said(row, OF_EVENT) | {"inputs": hashlib.sha256(row.inputs).hexdigest() if row.inputs else ""}
        for row in session.scalars(wanted.order_by(CaseEvent.case_version))
    ]
    signed = select(Signature).where(Signature.case_id == case_id, Signature.is_imported.is_(True))
    signatures = [_said(row, OF_SIGNATURE) for row in session.scalars(signed.order_by(Signature.id))]
    return hashlib.sha256(canonical([steps, signatures])).hexdigest()


def _said(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in names}
