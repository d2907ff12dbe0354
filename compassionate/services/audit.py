"""The audit chain: proof, appended in the transaction of what it records, never edited.

row = canonical JSON (RFC 8785) with seq, at, actor, action…; hash = sha256(previous hash ‖ row). Personal
values are never in it: codes, ids, and the SHA-256 of the sealed values kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from compassionate.models import AuditChain, AuditEntry
from compassionate.models.database import insert_missing
from compassionate.models.history import AUDIT_CHAIN
from compassionate.services.actors import Actor
from compassionate.snapshot import canonical

GENESIS = "0" * 64
CHAIN, ENTRIES = (cast(Table, model.__table__) for model in (AuditChain, AuditEntry))
OURS = CHAIN.c.name == AUDIT_CHAIN
# Written without objects: every act of the application ends here.
LAST = select(CHAIN.c.count, CHAIN.c.head, CHAIN.c.at).where(OURS)
HEAD = LAST.with_for_update()
IN_ORDER = select(ENTRIES.c.seq, ENTRIES.c.previous, ENTRIES.c.row, ENTRIES.c.hash).order_by(ENTRIES.c.seq)
IN_PORTIONS = {"yield_per": 1000}  # a chain of millions of rows is never all in memory
APPEND, MOVE_HEAD = insert(ENTRIES), update(CHAIN).where(OURS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying the chain found: how many rows, the head, and the first bad row with why."""

    ok: bool
    rows: int
    head: str
    first_bad: int | None = None
    why: str = ""


def link(previous: str, row: str) -> str:
    """The hash of a row: sha256 over the previous hash and the row's canonical JSON."""
    return hashlib.sha256(previous.encode() + row.encode()).hexdigest()


def _locked_head(session: Session) -> tuple[int, str, datetime | None]:
    head = session.connection().execute(HEAD).one_or_none()
    if head is not None:
        return head[0], head[1], head[2]
    insert_missing(session, AuditChain, name=AUDIT_CHAIN, count=0, head=GENESIS)
    return _locked_head(session)


def append(session: Session, actor: Actor | None, action: str, now: datetime, case: Any = None, **detail: Any) -> None:
    """Append one row: who, as what, did what to which object, when; `detail` holds codes and hashes only.

    Rows of business data are flushed first, so that two writers lock in one order.
    """
    session.flush()
    count, previous, latest = _locked_head(session)
    seq, at = count + 1, max(now, latest) if latest else now
    row = {
        "seq": seq,
        "at": at.isoformat(),
        "actor": actor.account_id if actor else "",
        "operator": actor.operator if actor else "",
        "action": action,
        "case": case.code if case is not None else "",
        "detail": _codes(detail),
    }
    if now < at:
        row["clock_behind"] = now.isoformat()
    text = canonical(row).decode()
    entry = {"seq": seq, "previous": previous, "row": text, "hash": link(previous, text)}
    connection = session.connection()
    connection.execute(APPEND, entry | {"case_id": case.id if case is not None else None})
    connection.execute(MOVE_HEAD, {"count": seq, "head": entry["hash"], "at": at})


def _codes(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if value not in (None, "")}


def verify(session: Session) -> Verdict:
    """Walk the chain from the first row; names the first bad one after any edit, deletion, insertion or swap."""
    with session.connection().execute(IN_ORDER, execution_options=IN_PORTIONS) as rows:
        found = _walk(rows)
    count, head, _ = session.connection().execute(LAST).one_or_none() or (0, GENESIS, None)
    if found.ok and (count, head) != (found.rows, found.head):
        return Verdict(False, found.rows, found.head, found.rows + 1, "rows after the last one are gone")
    return found


def _walk(rows: Iterable[Any]) -> Verdict:
    previous, seq = GENESIS, 0
    for held, before, row, digest in rows:
        if held != seq + 1:
            return Verdict(False, seq, previous, seq + 1, "missing row")
        if before != previous or link(previous, row) != digest:
            return Verdict(False, seq, previous, seq + 1, "hash does not follow")
        previous, seq = digest, seq + 1
    return Verdict(True, seq, previous)
