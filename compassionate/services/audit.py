"""The audit chain: proof, appended in the transaction of what it records, never edited.

row = canonical JSON (RFC 8785) with seq, at, actor, action…; hash = sha256(previous hash ‖ row). Personal
values are never in it: codes, ids, and the SHA-256 of the sealed values kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AuditChain, AuditEntry
from compassionate.models.database import insert_missing
from compassionate.models.history import AUDIT_CHAIN
from compassionate.services.actors import Actor
from compassionate.snapshot import canonical

GENESIS = "0" * 64


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


def _locked_head(session: Session) -> AuditChain:
    head = session.scalar(select(AuditChain).where(AuditChain.name == AUDIT_CHAIN).with_for_update())
    if head is not None:
        return head
    insert_missing(session, AuditChain, name=AUDIT_CHAIN, count=0, head=GENESIS)
    return _locked_head(session)


def append(
    session: Session, actor: Actor | None, action: str, now: datetime, case: Any = None, **detail: Any
) -> AuditEntry:
    """Append one row: who, as what, did what to which object, when; `detail` holds codes and hashes only.

    Rows of business data are flushed first, so that two writers lock in one order.
    """
    session.flush()
    head = _locked_head(session)
    at = max(now, head.at) if head.at else now
    row = {
        "seq": head.count + 1,
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
    entry = AuditEntry(
        seq=head.count + 1,
        previous=head.head,
        row=text,
        hash=link(head.head, text),
        case_id=case.id if case is not None else None,
    )
    head.count, head.head, head.at = entry.seq, entry.hash, at
    session.add(entry)
    session.flush()
    return entry


def _codes(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if value not in (None, "")}


def verify(session: Session) -> Verdict:
    """Walk the chain from the first row; names the first bad one after any edit, deletion, insertion or swap."""
    previous, seq = GENESIS, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)):
        seq += 1
        if entry.seq != seq:
            return Verdict(False, seq - 1, previous, seq, "missing row")
        if entry.previous != previous or link(previous, entry.row) != entry.hash:
            return Verdict(False, seq - 1, previous, seq, "hash does not follow")
        previous = entry.hash
    chain = session.get(AuditChain, AUDIT_CHAIN)
    if chain is not None and (chain.count, chain.head) != (seq, previous):
        return Verdict(False, seq, previous, seq + 1, "rows after the last one are gone")
    return Verdict(True, seq, previous)
