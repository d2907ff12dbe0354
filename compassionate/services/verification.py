"""Finding an issued document by the code printed on it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import IssuedDocument

CODE = re.compile(r"^[0-9a-z-]{8,32}$")


def issued_under(session: Session, code: str) -> IssuedDocument | None:
    """The document that carries this verification code; None for any other text."""
    wanted = code.strip().lower()
    if not CODE.match(wanted):
        return None
    return session.scalar(select(IssuedDocument).where(IssuedDocument.verification == wanted))
