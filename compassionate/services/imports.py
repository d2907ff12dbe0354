"""Which cases came inside a dossier, and what stands in the chain for a history that nobody did here.

One audit row holds the file's SHA-256 and the hash of the rows made of it: steps and signatures. Its events have no
audit row and no notice of their own; changed by hand they disagree with that hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import AuditEntry, Case, CaseEvent, CaseImport, Signature
from compassionate.snapshot import canonical, plain

ACTION = "import_case"
OF_EVENT = ("id", "case_version", "at", "name", "region", "instance", "before", "after", "by_id", "by_name", "role")
OF_SIGNATURE = ("id", "request_number", "subject", "meaning", "content_sha256", "account_id", "name", "role",
                "collegiate_number", "delegation", "at")  # fmt: skip


def import_of(session: Session, case: Case) -> CaseImport | None:
    """How a case came; None for one that was opened here."""
    return session.get(CaseImport, case.id)


def events_of(session: Session) -> dict[str, int]:
    """How many of its first events each imported case came with."""
    return {row[0]: row[1] for row in session.execute(select(CaseImport.case_id, CaseImport.events))}


def history_sha256(session: Session, case_id: str, events: int) -> str:
    """SHA-256 of the steps and signatures that a case came with."""
    wanted = select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.case_version <= events)
    steps = [
        _said(row, OF_EVENT) | {"inputs": hashlib.sha256(row.inputs).hexdigest() if row.inputs else ""}
        for row in session.scalars(wanted.order_by(CaseEvent.case_version))
    ]
    signed = select(Signature).where(Signature.case_id == case_id, Signature.is_imported.is_(True))
    signatures = [_said(row, OF_SIGNATURE) for row in session.scalars(signed.order_by(Signature.id))]
    return hashlib.sha256(canonical([steps, signatures])).hexdigest()


def _said(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in names}


def disagreements(session: Session) -> Iterator[str]:
    """Every imported case whose first steps or signatures are not those that were imported, and every false one."""
    proved = _proved(session)
    cases = {row.id: row.code for row in session.execute(select(Case.id, Case.code))}
    for row in session.scalars(select(CaseImport).order_by(CaseImport.case_id)):
        said = [(row.file_sha256, str(row.events), history_sha256(session, row.case_id, row.events))]
        if proved.get(row.case_id, []) != said:
            yield f"{cases[row.case_id]}: what was imported is not what stands here"
    imported = select(CaseImport.case_id)
    false = select(Signature.case_id).where(Signature.is_imported.is_(True), Signature.case_id.not_in(imported))
    yield from (f"{cases[each]}: a signature of elsewhere in a case of here" for each in session.scalars(false))


def _proved(session: Session) -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    wanted = select(AuditEntry.case_id, AuditEntry.row).where(AuditEntry.row.contains(f'"action":"{ACTION}"'))
    for case_id, text in session.execute(wanted):
        detail = json.loads(text).get("detail") or {}
        known = tuple(str(detail.get(name, "")) for name in ("file_sha256", "events", "history_sha256"))
        found.setdefault(str(case_id), []).append((known[0], known[1], known[2]))
    return found
