"""Legal clocks: opened, suspended, resumed and closed by the steps that the table names, in the same transaction.

When each is due is computed from these facts; here they only run or do not.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent, Clock
from compassionate.workflow.table import Transition


def _running(session: Session, case: Case, instance: str, names: tuple[str, ...]) -> list[Clock]:
    if not names:
        return []
    wanted = select(Clock).where(
        Clock.case_id == case.id, Clock.instance == instance, Clock.clock.in_(names), Clock.closed_at.is_(None)
    )
    return list(session.scalars(wanted))


def move_clocks(session: Session, case: Case, event: CaseEvent, row: Transition, instance: str, now: datetime) -> None:
    """Do to the case's clocks what a row of the table says."""
    for clock in _running(session, case, instance, (*row.closes, *row.suspends, *row.resumes)):
        if clock.clock in row.closes:
            clock.closed_at, clock.closed_by_event_id = now, event.id
        else:
            clock.suspended_at = now if clock.clock in row.suspends else None
    for name in row.opens:
        session.add(Clock(case_id=case.id, instance=instance, clock=name, opened_by_event_id=event.id, opened_at=now))
    session.flush()
