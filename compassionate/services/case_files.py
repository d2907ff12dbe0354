"""What was made of a case's papers and documents and is kept beside them, sealed with the case's key."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

from compassionate.errors import NotFound, Unavailable
from compassionate.models import Case, CaseFile, new_id
from compassionate.services import held_files, store

FORGOTTEN = "forgotten files"


def put(session: Session, case: Case, kind: str, of_id: str, data: bytes, now: datetime) -> CaseFile:
    """Keep these bytes as one more file of that kind, made of that paper or document; raises Unavailable."""
    row = CaseFile(id=new_id(), case_id=case.id, kind=kind, of_id=of_id, size=len(data), made_at=now)
    row.sha256 = hashlib.sha256(data).hexdigest()
    session.add(row)
    session.flush()
    held_files.write(session, row, case.key_id, data)
    return row


def every(session: Session, case: Case, kind: str, of_id: str) -> list[CaseFile]:
    """The files of that kind made of that paper or document, newest first."""
    wanted = select(CaseFile).where(CaseFile.case_id == case.id, CaseFile.kind == kind, CaseFile.of_id == of_id)
    return list(session.scalars(wanted.order_by(CaseFile.made_at.desc(), CaseFile.id.desc())))


def find(session: Session, case: Case, kind: str, of_id: str) -> CaseFile | None:
    """The newest file of that kind made of that paper or document."""
    return next(iter(every(session, case, kind, of_id)), None)


def data_of(session: Session, case: Case, row: CaseFile) -> bytes:
    """The bytes as they were kept; raises NotFound, WrongKey, Unavailable."""
    return held_files.read(session, row, case.key_id)


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
