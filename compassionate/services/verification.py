"""Finding an issued document by the code printed on it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.verification_marks import bare
from compassionate.models import Case, IssuedDocument

CODE = re.compile(r"^[0-9a-z]{8,32}$")


def issued_under(session: Session, code: str) -> IssuedDocument | None:
    """The document that carries this verification code; None for any other text, and for a case that is blocked."""
    wanted = bare(code)
    if not CODE.match(wanted):
        return None
    known = select(IssuedDocument).join(Case, IssuedDocument.case_id == Case.id).where(Case.blocked_at.is_(None))
    return session.scalar(known.where(IssuedDocument.verification == wanted))
