"""Legal clocks: opened, suspended, resumed and closed by the steps that the table names, in the same transaction.

When each is due is computed from these facts; here they only run or do not.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from compassionate.models import Case, CaseEvent, Clock
from compassionate.workflow.table import Transition

RUNNING = select(Clock).where(
    Clock.case_id == bindparam("case_id"),
    Clock.instance == bindparam("instance"),
    Clock.clock.in_(bindparam("names", expanding=True)),
    Clock.closed_at.is_(None),
)


def _running(session: Session, case: Case, instance: str, names: tuple[str, ...]) -> list[Clock]:
    if not names:
        return []
    return list(session.scalars(RUNNING, {"case_id": case.id, "instance": instance, "names": names}))


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
