"""Destroying a case: its rows, its keys, then its files, until nothing of it can be read anywhere.

GDPR art. 17, 32; LO 3/2018 art. 32. Keys die with the commit, so that a file that outlives it by a crash is noise;
`finish` deletes such files and scours the database, however often it has to be asked. The audit chain is not
touched: it holds codes, hashes and what was sealed with the keys that are gone. RET-02.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select
from sqlalchemy.orm import Session

from compassionate.models import Base, Case, DataKey, Draft, Tombstone
from compassionate.models.scouring import scour
from compassionate.models.vault import vault_of
from compassionate.services import store

OpenSession = Callable[[], Session]
# Chains are proof: they hold nothing that could be read without a key, and losing a row would break them.
CHAINS = frozenset({"audit_entries", "audit_chains", "read_entries"})
CASES, PATIENTS = Base.metadata.tables["cases"], Base.metadata.tables["patients"]


def is_last(session: Session, case: Case) -> bool:
    """Whether the patient has no other case: then the patient is destroyed too."""
    others = select(Case.id).where(Case.patient_id == case.patient_id, Case.id != case.id).limit(1)
    return session.scalar(others) is None


def shred(session: Session, case: Case, with_patient: bool) -> None:
    """Delete every row of a case and its key; of the patient too, where it was the last case. Nothing can undo it."""
    code, case_id, patient_id = case.code, case.id, case.patient_id
    keys = [case.key_id, case.patient.key_id] if with_patient else [case.key_id]
    session.flush()
    session.expunge_all()
    session.execute(delete(Draft).where(Draft.path.startswith(f"/expedientes/{code}", autoescape=True)))
    _delete_owned(session, CASES, case_id)
    if with_patient:
        _delete_owned(session, PATIENTS, patient_id)
    for key in keys:
        session.execute(delete(DataKey).where(DataKey.parent_id == key))
        session.execute(delete(DataKey).where(DataKey.id == key))
    vault_of(session).forget(*keys)


def _delete_owned(session: Session, root: Table, root_id: str) -> None:
    """Delete a row and, before it, every row of any table that hangs from it: a table added later is found too."""
    owned = _owned(root, root_id)
    for table in reversed(Base.metadata.sorted_tables):
        if table in owned:
            session.execute(delete(table).where(owned[table]))


def _owned(root: Table, root_id: str) -> dict[Table, ColumnElement[bool]]:
    owned: dict[Table, ColumnElement[bool]] = {root: root.c.id == root_id}
    for table in Base.metadata.sorted_tables:
        if table.name in CHAINS or table in owned:
            continue
        parents = [key for key in table.foreign_keys if key.column.table in owned]
        direct = next((key for key in parents if key.column.table is root), None)
        if direct is not None:
            owned[table] = direct.parent == root_id
        elif parents:
            owned[table] = _below(parents[0], owned)
    return owned


def _below(key: Any, owned: dict[Table, ColumnElement[bool]]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = key.parent.in_(select(key.column).where(owned[key.column.table]))
    return condition


def finish(read: OpenSession, write: OpenSession, now: datetime) -> list[str]:
    """Delete the files that destroyed cases left and scour the database; the codes that still are not done."""
    with read() as session:
        waiting = list(session.scalars(select(Tombstone.code).where(Tombstone.scoured_at.is_(None))))
        if not waiting:
            return []
    for code in waiting:
        _delete_files(write, code)
    with read() as session:
        engine = session.get_bind().engine
    if not scour(engine):
        return waiting
    with write() as session:
        for row in session.scalars(select(Tombstone).where(Tombstone.code.in_(waiting))):
            row.scoured_at = now
        session.commit()
    return []


def _delete_files(write: OpenSession, code: str) -> None:
    with write() as session:
        row = session.get_one(Tombstone, code)
        for name in row.files_left:
            store.remove(session, name)
        row.files_left = []
        session.commit()
