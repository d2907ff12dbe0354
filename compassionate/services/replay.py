"""What is stored against what happened: every case's history told again from its first event (DUR-01).

The states of a case and of its regions, its version, the audit row and the outbox row of each event and the sums of
its ledger must be the ones that its events lead to. Nothing here trusts what the writing side computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from compassionate.models import AuditEntry, Case, CaseEvent, CaseImport, OutboxMessage, SupplyEntry
from compassionate.models import Region as RegionRow
from compassionate.services import imports
from compassionate.services.ledger import batches
from compassionate.workflow.table import CASE

PORTION = {"yield_per": 1000}
MOVED = "move_version"  # its before and after are versions of the table, and states may have landed elsewhere
EVENT = select(
    CaseEvent.case_id,
    CaseEvent.id,
    CaseEvent.case_version,
    CaseEvent.name,
    CaseEvent.region,
    CaseEvent.instance,
    CaseEvent.before,
    CaseEvent.after,
    CaseEvent.inputs,
)
Place = tuple[str, str]


def disagreements(session: Session) -> Iterator[str]:
    """Every way in which what is stored is not what happened: the case's code and what is wrong."""
    codes = {row.id: row for row in session.execute(select(Case.id, Case.code, Case.state, Case.version))}
    stands = _standing(session)
    proofs, came = _proofs(session), imports.events_of(session)
    told = set()
    events = session.execute(EVENT.order_by(CaseEvent.case_id, CaseEvent.case_version), execution_options=PORTION)
    for case_id, rows in groupby(events, key=lambda row: row.case_id):
        told.add(case_id)
        held = stands.get(case_id, {}) | {(CASE, ""): codes[case_id].state}
        proved = came.get(case_id, 0)
        wrongs = _told(rows, held, codes[case_id].version, proofs, proved)
        yield from (f"{codes[case_id].code}: {wrong}" for wrong in wrongs)
    yield from (f"{row.code}: without a history" for row in codes.values() if row.id not in told)
    yield from imports.disagreements(session)
    yield from _unsent(session)
    yield from _ledgers(session, {row.id: row.code for row in codes.values()})


def _standing(session: Session) -> dict[str, dict[Place, str]]:
    found: dict[str, dict[Place, str]] = {}
    for row in session.execute(select(RegionRow.case_id, RegionRow.kind, RegionRow.instance, RegionRow.state)):
        found.setdefault(row.case_id, {})[row.kind, row.instance] = row.state
    return found


def _proofs(session: Session) -> dict[str, list[str]]:
    """The audit rows that name an event: its id, and the SHA-256 of what was typed for it, once a row."""
    found: dict[str, list[str]] = {}
    for text in session.scalars(select(AuditEntry.row), execution_options=PORTION):
        detail = json.loads(text).get("detail") or {}
        if isinstance(detail, dict) and detail.get("event"):
            found.setdefault(detail["event"], []).append(detail.get("inputs_sha256", ""))
    return found


def _told(
    rows: Iterable[Any], held: dict[Place, str], version: int, proofs: dict[str, list[str]], came: int
) -> Iterator[str]:
    """What is wrong with one history; its first `came` events were imported, and proved as a whole."""
    reached: dict[Place, str | None] = {}
    last = 0
    for row in rows:
        if last and row.case_version != last + 1:
            yield f"no event of version {last + 1}"
        last = row.case_version
        digest = hashlib.sha256(row.inputs).hexdigest() if row.inputs else ""
        if row.case_version > came and proofs.get(row.id) != [digest]:
            yield f"event {last} ({row.name}) has not its one audit row"
        if row.name == MOVED:
            reached.clear()
        elif row.after and (row.region, row.instance) in held:
            yield from _moved(reached, row)
    if last != version:
        yield f"at version {version}, its history ends at {last}"
    for place, state in reached.items():
        if held[place] != state:
            yield f"{' '.join(place).strip()} is {held[place]}, its history ends in {state}"


def _moved(reached: dict[Place, str | None], row: Any) -> Iterator[str]:
    place = (row.region, row.instance)
    if place in reached and row.before != reached[place]:
        yield f"event {row.case_version} ({row.name}) leaves {row.before}, the one before it led to {reached[place]}"
    reached[place] = row.after


def _unsent(session: Session) -> Iterator[str]:
    """Events without their one outbox row, and rows of events that never happened."""
    joined = (
        select(Case.code, CaseEvent.case_version, func.count(OutboxMessage.id))
        .join(Case, Case.id == CaseEvent.case_id)
        .outerjoin(OutboxMessage, OutboxMessage.key == CaseEvent.id)
        .outerjoin(CaseImport, CaseImport.case_id == Case.id)
        .where(or_(CaseImport.case_id.is_(None), CaseEvent.case_version > CaseImport.events))
        .group_by(CaseEvent.id, Case.code, CaseEvent.case_version)
        .having(func.count(OutboxMessage.id) != 1)
    )
    yield from (f"{code}: event {version} has {count} outbox rows" for code, version, count in session.execute(joined))
    happened = select(CaseEvent.id)
    orphans = select(OutboxMessage.key).where(
        OutboxMessage.kind == "case.event", OutboxMessage.key.not_in(happened), OutboxMessage.case_id.is_not(None)
    )
    yield from (f"outbox: no event {key}" for key in session.scalars(orphans))


def _ledgers(session: Session, codes: dict[str, str]) -> Iterator[str]:
    entries = session.scalars(select(SupplyEntry).order_by(SupplyEntry.case_id, SupplyEntry.id))
    for case_id, rows in groupby(entries, key=lambda row: row.case_id):
        for batch in batches(rows):
            if batch.left < 0:
                yield f"{codes[case_id]}: batch {batch.batch} of line {batch.line} gave {-batch.left} more than came"
