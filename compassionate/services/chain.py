"""The audit chain taken away and held against what was taken away before: head, export, and a cut tail found.

The format is published (docs/audit.md), and tools/verify_audit.py reads it without this package.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AuditChain, AuditEntry
from compassionate.models.history import AUDIT_CHAIN
from compassionate.services.audit import GENESIS, IN_ORDER, IN_PORTIONS, Verdict, verify


@dataclass(frozen=True, slots=True)
class Head:
    """How long the chain is and its last hash: kept elsewhere, it proves later that no row before it went away."""

    rows: int
    head: str
    at: str


def head(session: Session) -> Head:
    """The present head of the chain."""
    chain = session.get(AuditChain, AUDIT_CHAIN)
    if chain is None or chain.at is None:
        return Head(0, GENESIS, "")
    return Head(chain.count, chain.head, chain.at.isoformat())


def verify_against(session: Session, kept: Mapping[str, Any] | None = None) -> Verdict:
    """Walk the whole chain; with a head that was kept elsewhere, also find a cut tail and a rewritten history."""
    found = verify(session)
    if not found.ok or kept is None:
        return found
    rows, known = int(kept["rows"]), str(kept["head"])
    if rows > found.rows:
        return Verdict(False, found.rows, found.head, found.rows + 1, "rows after the last one are gone")
    at = session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == rows)) if rows else GENESIS
    if at != known:
        return Verdict(False, found.rows, found.head, rows, "not the row that was kept")
    return found


def verdict_document(found: Verdict) -> dict[str, Any]:
    """A verdict as scripts read it."""
    first_bad = None if found.first_bad is None else {"seq": found.first_bad, "why": found.why}
    return {"ok": found.ok, "rows": found.rows, "head": found.head, "first_bad": first_bad}


def head_document(session: Session) -> dict[str, Any]:
    """The head as scripts read it."""
    return asdict(head(session))


def export(session: Session) -> Iterator[str]:
    """Every row as one line of JSON: seq, previous, row (the canonical text that was hashed), hash."""
    with session.connection().execute(IN_ORDER, execution_options=IN_PORTIONS) as rows:
        for row in rows:
            yield json.dumps(row._asdict(), ensure_ascii=False)
