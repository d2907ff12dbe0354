"""Completing the report of a request that was filed urgently: what was left out is added, nothing filed is changed.

Ley 39/2015 art. 66.1, 68.1; RD 1015/2009 art. 8.1.a, 11.1.a. Once complete the physician signs it, and it stands among
the rectifications of the request: the agency is told, management endorses the whole, the dossier is issued anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, Rectification, new_id
from compassionate.models.vault import seal
from compassionate.services.actors import Actor
from compassionate.services.edits import last_edit
from compassionate.services.facts import request_of, request_state
from compassionate.services.following import owed_parts
from compassionate.services.urgent import settle_clocks
from compassionate.words import say
from compassionate.workflow.rectifying import FILED
from compassionate.workflow.urgent import REPORT

COMPLETION = "completion"


def report_state(case: Case, number: int) -> str:
    """The state by which a request's report is edited: one that was filed without all of it is still in preparation."""
    return "preparing" if completes(case, number) else request_state(case, number)


def completes(case: Case, number: int) -> bool:
    """Whether the report of a request is being completed after its filing."""
    request = request_of(case, number)
    return request is not None and REPORT in owed_parts(case, request)


def refuse_changes(before: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """What was filed is changed by rectifying it, in the open; raises Invalid with every answer that would change."""
    changed = [name for name, value in before.items() if value not in (None, "", []) and answers.get(name) != value]
    if changed:
        raise Invalid(tuple(FieldError(name, "urgent.answer_filed") for name in changed))


def complete(session: Session, actor: Actor, case: Case, number: int, role: str, now: datetime) -> bool:
    """Write down that the report is complete and signed, which the agency is told; returns whether it still decides.

    While it does, management endorses the whole again.
    """
    request, event = request_of(case, number), last_edit(session, case, "sign_clinical_report", str(number))
    assert request is not None
    assert event is not None
    counted = select(func.count()).where(Rectification.case_id == case.id, Rectification.request_number == number)
    row = Rectification(
        id=new_id(),
        case_id=case.id,
        request_number=number,
        number=1 + (session.scalar(counted) or 0),
        field=COMPLETION,
        role=role,
        by_id=actor.account_id,
        at=now,
        event_id=event.id,
        endorse_again=request_state(case, number) in FILED,
    )
    said = {name: say(f"urgent_completed.{name}") for name in ("old", "new", "reason")}
    seal(session, row, "details", case.key_id, said)
    session.add(row)
    request.report_owed = False
    session.flush()
    settle_clocks(session, case, event, now)
    return row.endorse_again
