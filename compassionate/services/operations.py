"""That a patient was operated on for the same complaint after the treatment: recorded, corrected, never taken away.

It is the outcome that counts most: who goes on to surgery was not helped, and is a failure in every figure from that
day on, whatever was measured before or is measured afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, CaseEvent, Dose, Operation, new_id
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.edits import hold
from compassionate.services.facts import today_at
from compassionate.services.given import Given
from compassionate.services.recording import record
from compassionate.services.requests import role_for

SECTION, STEP = "operations", "record_operation"
PROCEDURES = (
    "fusion", "disc_replacement", "discectomy", "decompression", "arthroplasty", "osteotomy", "arthroscopy", "other",
)  # fmt: skip


def operation_of(session: Session, case: Case) -> Operation | None:
    """What holds: the newest row, where it has a day."""
    row = session.scalar(
        select(Operation).where(Operation.case_id == case.id).order_by(Operation.number.desc()).limit(1)
    )
    return row if row is not None and row.operated_on is not None else None


def record_operation(session: Session, actor: Actor, case: Case, given: Mapping[str, Any], now: datetime) -> Operation:
    """Record the operation (fields operated_on, procedure), or with `none` that there was none after all.

    Raises Refused, Invalid: a day before the treatment is no conversion of it.
    """
    hold(session, case)
    require_edit(case, actor, SECTION)
    held, read = operation_of(session, case), Given(given)
    if read.flag("none"):
        if held is None:
            raise Invalid((FieldError("none", "operation.none_held"),))
        return _write(session, actor, case, None, "", now)
    on = read.day("operated_on", required=True, latest=today_at(case, now))
    procedure = read.one_of("procedure", PROCEDURES)
    treated_on = session.scalar(select(func.min(Dose.given_on)).where(Dose.case_id == case.id))
    if on is not None and (treated_on is None or on < treated_on):
        read.wrong("operated_on", "operation.before_treatment")
    read.settle()
    return _write(session, actor, case, on, procedure, now)


def _write(session: Session, actor: Actor, case: Case, on: date | None, procedure: str, now: datetime) -> Operation:
    inputs = {"operated_on": on, "procedure": procedure}
    event = record(session, case, actor, now, STEP, role=role_for(SECTION, case, actor), inputs=inputs)
    return told(session, case, event, on, procedure, actor.account_id, now)


def told(
    session: Session, case: Case, event: CaseEvent, on: date | None, procedure: str, by_id: str, at: datetime
) -> Operation:
    """The row that an event tells of, of this installation or of the one that a dossier came from."""
    count = session.scalar(select(func.count()).where(Operation.case_id == case.id)) or 0
    row = Operation(
        id=new_id(), case_id=case.id, number=count + 1, operated_on=on, procedure=procedure,
        by_id=by_id, at=at, event_id=event.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def told_again(session: Session, case: Case, event: CaseEvent, inputs: Mapping[str, Any]) -> Operation:
    """The row of an operation that a dossier tells of: it carries the step with its values."""
    on = date.fromisoformat(str(inputs["operated_on"])) if inputs.get("operated_on") else None
    return told(session, case, event, on, str(inputs.get("procedure") or ""), event.by_id, event.at)
