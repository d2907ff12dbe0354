"""What was made of papers and documents and is kept beside them, sealed with the key of their case or centre."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

from compassionate.errors import NotFound, Unavailable
from compassionate.models import Case, CaseFile, Centre, new_id
from compassionate.services import held_files, store

FORGOTTEN = "forgotten files"
Holder = Case | Centre  # whose a document is, and with it the key of its files


def owned_by(holder: Holder) -> dict[str, Any]:
    """What a row of this case or centre says of whose it is."""
    is_case = isinstance(holder, Case)
    return {"case_id": holder.id if is_case else None, "centre_id": None if is_case else holder.id}


def put(session: Session, holder: Holder, kind: str, of_id: str, data: bytes, now: datetime) -> CaseFile:
    """Keep these bytes as one more file of that kind, made of that paper or document; raises Unavailable."""
    row = CaseFile(id=new_id(), **owned_by(holder), kind=kind, of_id=of_id, size=len(data), made_at=now)
    row.sha256 = hashlib.sha256(data).hexdigest()
    session.add(row)
    session.flush()
    held_files.write(session, row, holder.key_id, data)
    return row


def every(session: Session, holder: Holder, kind: str, of_id: str) -> list[CaseFile]:
    """The files of that kind made of that paper or document, newest first."""
    mine = (getattr(CaseFile, name) == value for name, value in owned_by(holder).items())
    wanted = select(CaseFile).where(*mine, CaseFile.kind == kind, CaseFile.of_id == of_id)
    return list(session.scalars(wanted.order_by(CaseFile.made_at.desc(), CaseFile.id.desc())))


def find(session: Session, holder: Holder, kind: str, of_id: str) -> CaseFile | None:
    """The newest file of that kind made of that paper or document."""
    return next(iter(every(session, holder, kind, of_id)), None)


def data_of(session: Session, holder: Holder, row: CaseFile) -> bytes:
    """The bytes as they were kept; raises NotFound, WrongKey, Unavailable."""
    return held_files.read(session, row, holder.key_id)


def forget(session: Session, row: CaseFile) -> None:
    """Keep a file no longer: its row goes now, its bytes with the commit (or when files without a row are swept)."""
    session.delete(row)
    waiting: list[str] = session.info.setdefault(FORGOTTEN, [])
    if not waiting:
        event.listen(session, "after_commit", _remove_forgotten, once=True)
        event.listen(session, "after_soft_rollback", _forget_nothing, once=True)
    waiting.append(held_files.name_of(row))


def _remove_forgotten(session: Session) -> None:
    for name in session.info.pop(FORGOTTEN, ()):
        with suppress(Unavailable, NotFound):  # nothing names it any more: it is swept another day
            store.remove(session, name)


def _forget_nothing(session: Session, rolled_back: SessionTransaction) -> None:
    session.info.pop(FORGOTTEN, None)
