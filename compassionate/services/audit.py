"""The hash chains: proof, appended in the transaction of what it records, never edited.

Two chains of one kind: `audit` holds what was done and refused, `reads` who was shown patient data. A row is
canonical JSON (RFC 8785); hash = sha256(previous hash ‖ row). Personal values are never in it: codes, ids, and the
SHA-256 of the sealed values kept elsewhere (ASVS 16.2, ENS op.exp.8, EMA/INS/GCP/112288/2023 6.2.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from compassionate.models import AuditChain, AuditEntry, ReadEntry
from compassionate.models.database import insert_missing
from compassionate.models.history import AUDIT_CHAIN, READ_CHAIN
from compassionate.services.actors import Actor
from compassionate.snapshot import canonical
from compassionate.text import clean

GENESIS = "0" * 64
OK, REFUSED = "ok", "refused"
ON_ITS_WAY = timedelta(seconds=30)  # acts that began together are written one after the other: no clock went back
HEADS = cast(Table, AuditChain.__table__)


class Chain:
    """One chain: its name and the statements on it, made once. Written without objects: every act ends here."""

    def __init__(self, name: str, model: Any) -> None:
        self.name = name
        self.rows = cast(Table, model.__table__)
        ours = HEADS.c.name == name
        self.last = select(HEADS.c.count, HEADS.c.head, HEADS.c.at).where(ours)
        self.locked = self.last.with_for_update()
        self.append = insert(self.rows)
        self.move_head = update(HEADS).where(ours)


AUDIT, READS = Chain(AUDIT_CHAIN, AuditEntry), Chain(READ_CHAIN, ReadEntry)
CHAINS = {chain.name: chain for chain in (AUDIT, READS)}


@dataclass(frozen=True, slots=True)
class Act:
    """What a row will say, apart from its place in the chain; plain values, so that it outlives its session."""

    at: datetime
    action: str
    actor: str = ""
    operator: str = ""
    roles: tuple[str, ...] = ()
    case: str = ""
    case_id: str | None = None
    request: str = ""
    result: str = OK
    detail: Mapping[str, Any] = field(default_factory=dict)


def link(previous: str, row: str) -> str:
    """The hash of a row: sha256 over the previous hash and the row's canonical JSON."""
    return hashlib.sha256(previous.encode() + row.encode()).hexdigest()


def act(
    actor: Actor | None,
    action: str,
    now: datetime,
    case: Any = None,
    *,
    request: str = "",
    result: str = OK,
    detail: Mapping[str, Any] | None = None,
) -> Act:
    """An act of a person on a case, or on none: with the roles held there, as `role@CENTRE`."""
    held = actor.held if actor else ()
    there = [each for each in held if case is None or each.centre_id == case.centre_id]
    roles = {f"{each.role}@{each.centre_code}" for each in there or held}  # in an emergency: those held elsewhere
    return Act(
        now,
        action,
        actor.account_id if actor else "",
        clean(actor.operator) if actor else "",
        tuple(sorted(roles)),
        case.code if case is not None else "",
        case.id if case is not None else None,
        request,
        result,
        {key: value for key, value in (detail or {}).items() if value not in (None, "")},
    )


def append(
    session: Session,
    actor: Actor | None,
    action: str,
    now: datetime,
    case: Any = None,
    **detail: Any,
) -> None:
    """Append one row: who, as what, did what to which object, when; `detail` holds codes and hashes only.

    Rows of business data are flushed first, so that two writers lock in one order.
    """
    session.flush()
    write(session, AUDIT, [act(actor, action, now, case, request=session.info.get("request", ""), detail=detail)])


def write(session: Session, chain: Chain, acts: Sequence[Act]) -> None:
    """Append acts to a chain, in the transaction of the session."""
    if not acts:
        return
    count, head, latest = _locked_head(session, chain)
    entries = []
    for seq, each in enumerate(acts, start=count + 1):
        latest = max(each.at, latest) if latest else each.at
        text = canonical(_row(seq, each, latest)).decode()
        entry = {"seq": seq, "previous": head, "row": text, "hash": link(head, text), "case_id": each.case_id}
        entries.append(entry)
        head = str(entry["hash"])
    connection = session.connection()
    connection.execute(chain.append, entries)
    connection.execute(chain.move_head, {"count": count + len(entries), "head": head, "at": latest})


def _row(seq: int, given: Act, at: datetime) -> dict[str, Any]:
    row = {
        "seq": seq,
        "at": at.isoformat(),
        "actor": given.actor,
        "operator": given.operator,
        "as": list(given.roles),
        "action": given.action,
        "case": given.case,
        "result": given.result,
        "detail": dict(given.detail),
    }
    if given.request:
        row["request"] = given.request
    if given.at < at - ON_ITS_WAY and not given.detail.get("late"):
        row["clock_behind"] = given.at.isoformat()
    return row


def _locked_head(session: Session, chain: Chain) -> tuple[int, str, datetime | None]:
    head = session.connection().execute(chain.locked).one_or_none()
    if head is not None:
        return head[0], head[1], head[2]
    insert_missing(session, AuditChain, name=chain.name, count=0, head=GENESIS)
    return _locked_head(session, chain)
