"""Writing down that something happened: version, contribution, history, audit, outbox, in one place.

Every use case that changes a case ends here, inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from compassionate.errors import Conflict
from compassionate.models import Case, CaseEvent, Contribution, OutboxMessage, new_id
from compassionate.models.database import insert_missing
from compassionate.models.vault import seal, unseal
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.changes import Changes, sealed
from compassionate.services.turns import settle_turn
from compassionate.snapshot import plain

# Written without objects, like the audit row: every act of the application ends here.
EVENTS, MESSAGES = (cast(Table, model.__table__) for model in (CaseEvent, OutboxMessage))
EVENT_COLUMNS = tuple(EVENTS.c.keys())
WRITE_EVENT, WRITE_MESSAGE = insert(EVENTS), insert(MESSAGES)
TALKING = frozenset({"ask_question", "answer_question", "close_question"})
HANDING = frozenset({"offer_case", "refuse_case", "withdraw_offer", "hand_over_case", "readdress_question"})
MOVING = frozenset({"accept_transfer", "refuse_transfer", "withdraw_transfer"})
RECALLING = frozenset({"recall_batch", "lift_recall", "record_recall_call"})  # services/recalls
IMPORTED = "import_case"  # services/imports.py
SIGNING = frozenset({"endorse", "return_for_changes", "endorse_rectification"})
NOT_CONTRIBUTING = TALKING | HANDING | MOVING | RECALLING | SIGNING | {IMPORTED}


def expect_version(case: Case, expected: int | None) -> None:
    """Refuse a write that was prepared on an older version of the case; raises Conflict with where it stands now."""
    if expected is not None and expected != case.version:
        raise Conflict(case.code, case.state, case.version)


def contribute(session: Session, case: Case, actor: Actor) -> None:
    """Remember that this person opened, edited or signed a part of the case (they may not endorse it)."""
    insert_missing(session, Contribution, case_id=case.id, account_id=actor.account_id)


def _flush(session: Session, code: str) -> None:
    try:
        session.flush()
    except StaleDataError as error:
        raise Conflict(code) from error


def _settle(session: Session, case: Case, now: datetime) -> None:
    """Whose turn it is now, read from rows that are written already; the case itself moves once, in `_move`."""
    if not session.is_modified(case):
        _flush(session, case.code)
    with session.no_autoflush:
        settle_turn(session, case, now)


def _move(session: Session, case: Case, event: CaseEvent, now: datetime) -> None:
    """Write the case's new version with its event and outbox row; raises Conflict when somebody else moved it first."""
    case.changed_at = now
    flag_modified(case, "changed_at")
    code, version = case.code, case.version + 1
    event.case_version = version
    _flush(session, code)  # the case before all else: of two people who act at once the second one stops here
    assert case.version == version, "a case moves once with each event"
    connection = session.connection()
    connection.execute(WRITE_EVENT, {name: getattr(event, name) for name in EVENT_COLUMNS})
    payload = {"event": event.id, "name": event.name}
    message = {"id": new_id(), "at": now, "kind": "case.event", "key": event.id, "case_id": case.id}
    connection.execute(WRITE_MESSAGE, message | {"payload": payload})


def record(
    session: Session,
    case: Case,
    actor: Actor,
    now: datetime,
    name: str,
    *,
    role: str = "",
    region: str = "",
    instance: str = "",
    before: str = "",
    after: str = "",
    inputs: Mapping[str, Any] | None = None,
    changes: Changes | None = None,
    **told: str,
) -> CaseEvent:
    """Write one event of a case with its new version, its audit row and its outbox row; returns the event.

    `inputs` are sealed with the case's key; the audit row keeps their SHA-256. Old and new values of an edit
    (`changes`) are sealed into the row itself; `told` are codes that it needs beside. Raises Conflict.
    """
    _settle(session, case, now)
    place = {"role": role, "region": region, "instance": instance, "before": before, "after": after}
    event = _event(session, case, actor, now, name, place, inputs)
    _move(session, case, event, now)
    if name not in NOT_CONTRIBUTING:
        contribute(session, case, actor)
    known = {"event": event.id, "version": case.version, "centre": case.centre_id, **place}
    known["inputs_sha256"] = hashlib.sha256(event.inputs).hexdigest() if event.inputs else ""
    audit.append(session, actor, name, now, case, **known, **told, **sealed(session, case.key_id, changes or {}))
    return event


def _event(
    session: Session,
    case: Case,
    actor: Actor,
    now: datetime,
    name: str,
    place: Mapping[str, str],
    inputs: Mapping[str, Any] | None,
) -> CaseEvent:
    """The event with its values sealed, not written yet."""
    person = {"by_id": actor.account_id, "by_name": actor.name}
    event = CaseEvent(id=new_id(), case_id=case.id, at=now, name=name, **person, **place)
    if inputs:
        with session.no_autoflush:  # looking for a key must not write the case before its event
            seal(session, event, "inputs", case.key_id, plain(inputs))
    return event


def inputs_of(session: Session, case: Case, event: CaseEvent) -> dict[str, Any]:
    """The values of a recorded step."""
    return unseal(session, event, "inputs", case.key_id) or {}
