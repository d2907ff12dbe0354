"""A whole case as one document for scripts: codes and answers; identifiers masked, or opened for a reason."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import AnswerSet, Case, CaseEvent, Clock, IssuedDocument, new_id
from compassionate.models.vault import unseal, vault_of
from compassionate.services import audit, documents, ledger
from compassionate.services.actors import Actor
from compassionate.services.patients import Identity, identity_of
from compassionate.services.snapshots import snapshot
from compassionate.text import clean

MASK = "•••"


def masked(session: Session, case: Case) -> dict[str, Any]:
    """Which identifiers the patient has, none of their values."""
    held = asdict(identity_of(session, case.patient))
    return {name: MASK if value else "" for name, value in held.items()} | {"sex": held["sex"]}


def reveal(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> Identity:
    """The patient's identifiers, after an audit row that keeps the reason sealed; raises Invalid without one.

    Regulation (EU) 2016/679 art. 5.1.f, 32; Ley 41/2002 art. 16.
    """
    text = clean(reason)
    if not text:
        raise Invalid((FieldError("reason", "value.missing"),))
    number = new_id()
    sealed = vault_of(session).seal(session, case.key_id, text.encode(), f"audit_entries.reason.{number}")
    kept = base64.b64encode(sealed).decode()
    audit.append(session, actor, "reveal_identity", now, case, reveal=number, key=case.key_id, reason=kept)
    return identity_of(session, case.patient)


def case_document(session: Session, case: Case) -> dict[str, Any]:
    """Regions, lines, answers, documents, clocks and history of a case; no identifier of the patient."""
    return {
        "regions": [
            {"region": row.kind, "instance": row.instance, "state": row.state, "since_at": row.since_at}
            for row in case.regions
        ],
        "lines": _lines(session, case),
        "answers": _answers(session, case),
        "documents": document_rows(session, case),
        "deadlines": _deadlines(session, case),
        "history": _history(session, case),
    }


def _lines(session: Session, case: Case) -> list[dict[str, Any]]:
    accounts = ledger.accounts(case, ledger.entries_of(session, case), ledger.granted(session, case))
    by_number = {account.number: account for account in accounts}
    return [
        {
            "number": line.number,
            "strength": line.product_line.strength,
            "form": line.product_line.form,
            "unit": line.product_line.unit,
            "units_per_pack": line.product_line.units_per_pack,
            "packs_granted": by_number[line.number].packs_granted,
            "units_received": by_number[line.number].received,
            "units_used": by_number[line.number].used,
            "units_left": by_number[line.number].left,
        }
        for line in case.lines
    ]


def _answers(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(AnswerSet).where(AnswerSet.case_id == case.id).order_by(AnswerSet.form, AnswerSet.subject)
    )
    return [
        {
            "form": row.form,
            "form_version": row.form_version,
            "subject": row.subject,
            "saved_at": row.saved_at,
            "answers": unseal(session, row, "answers", case.key_id),
        }
        for row in rows
    ]


def document_row(row: IssuedDocument, stale: bool) -> dict[str, Any]:
    """An issued document as scripts read it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "copy": row.copy,
        "request": row.request_number,
        "version": row.version,
        "issued_at": row.issued_at,
        "sha256": row.sha256,
        "content_sha256": row.content_sha256,
        "pages": row.pages,
        "stale": stale,
    }


def document_rows(session: Session, case: Case) -> list[dict[str, Any]]:
    """Every document of a case, newest first, and whether the case says something else by now."""
    issued = documents.issued(session, case)
    held = {number: snapshot(session, case, number) for number in {row.request_number for row in issued}}
    return [document_row(row, documents.is_stale(session, case, row, held[row.request_number])) for row in issued]


def _deadlines(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.scalars(select(Clock).where(Clock.case_id == case.id).order_by(Clock.opened_at, Clock.clock))
    return [
        {
            "clock": row.clock,
            "instance": row.instance,
            "opened_at": row.opened_at,
            "suspended_at": row.suspended_at,
            "closed_at": row.closed_at,
            "due_on": row.due_on,
            "provisional": row.provisional,
        }
        for row in rows
    ]


def _history(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.case_version))
    return [
        {
            "at": row.at,
            "name": row.name,
            "region": row.region,
            "instance": row.instance,
            "from": row.before,
            "to": row.after,
            "by": row.by_name,
            "role": row.role,
            "version": row.case_version,
        }
        for row in rows
    ]


def identity_document(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> dict[str, Any]:
    """The revealed identifiers, as plain data."""
    return asdict(reveal(session, actor, case, reason, now))
