"""What an edit changed: the old and the new value of each field, sealed into its audit row (AUD-02).

EMA/INS/GCP/112288/2023 6.2.1: the trail shows the value before and after. One rule for every value, personal or
not: the key of its case seals it (of the acting centre, where there is no case), so that the chain keeps no value in
clear and stays whole when the key is destroyed with the case (GDPR art. 17; RET-02).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AuditEntry, Centre, new_id
from compassionate.models.vault import WrongKey, named_key, vault_of
from compassionate.services.actors import Actor
from compassionate.snapshot import plain

Changes = Mapping[str, tuple[Any, Any]]
NOTHING: tuple[Any, ...] = (None, "", [], {})
BLOCK = 64  # what is sealed is filled up to whole blocks: its length tells neither of two short words


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Old and new value of every field that differs; what was never said and what is empty are the same."""
    pairs = {name: (_said(before.get(name)), _said(after.get(name))) for name in sorted({*before, *after})}
    return {name: (old, new) for name, (old, new) in pairs.items() if old != new}


def _said(value: Any) -> Any:
    return None if any(value == each and type(value) is type(each) for each in NOTHING) else plain(value)


def sealed(session: Session, key_id: str | None, changes: Changes) -> dict[str, Any]:
    """What an audit row keeps of an edit: the names of its fields, and their values for whoever has the key."""
    if not changes:
        return {}
    fields = ",".join(sorted(changes))
    if key_id is None:
        return {"fields": fields}  # no hospital yet: what is written then is nobody's
    number = new_id()
    text = json.dumps(changes, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    kept = vault_of(session).seal(session, key_id, text + b" " * (-len(text) % BLOCK), _place(number))
    return {"fields": fields, "changed": {"id": number, "values": base64.b64encode(kept).decode()}}


def of_centre(session: Session, actor: Actor | None, changes: Changes, key_id: str | None = None) -> dict[str, Any]:
    """The same where there is no case: under the given centre's key, or that of the first one where the actor works."""
    there = [held.centre_id for held in actor.held] if actor else []
    keys = select(Centre.key_id).order_by(Centre.id.not_in(there), Centre.code).limit(1)
    return sealed(session, key_id or session.scalar(keys), changes)


def opened(session: Session, detail: Mapping[str, Any]) -> Changes | None:
    """Old and new values that a row keeps; None where its key is gone. Whoever calls this shows them."""
    held = detail.get("changed")
    if not held:
        return {}
    kept = base64.b64decode(held["values"])
    try:
        text = vault_of(session).open(session, named_key(kept) or "", kept, _place(held["id"]))
    except WrongKey:
        return None
    return {name: (old, new) for name, (old, new) in json.loads(text).items()}


def of_events(session: Session, case_id: str) -> dict[str, Mapping[str, Any]]:
    """What the rows of a case say of its edits: the detail of each, by the event that it proves."""
    rows = select(AuditEntry.row).where(AuditEntry.case_id == case_id, AuditEntry.row.contains('"changed":{'))
    details = (json.loads(row)["detail"] for row in session.scalars(rows))
    return {detail["event"]: detail for detail in details if "event" in detail}


def _place(number: str) -> str:
    return f"audit_entries.changed.{number}"
