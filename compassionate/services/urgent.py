"""What a request that was filed urgently still owes, and by when: filed with the minimum, completed later.

Urgent means an early filing, never an early dose: no law lets a treatment begin before the authorisation
(RD 1015/2009 art. 8, 10.a). The sponsor's agreement and the committee may follow; report, posology, packs, import,
the sponsor's willingness and the endorsement of the manager on duty may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import Reason
from compassionate.models import Case, Request
from compassionate.services.actors import Actor
from compassionate.services.cases import visible_cases
from compassionate.services.facts import gather, today_at
from compassionate.services.requests import the_request
from compassionate.workflow.guards import MAY_FOLLOW

SETTING, USUAL_DAYS = "urgent_completion_days", 5
OVER = ("withdrawn", "deemed_withdrawn", "denied", "closed", "deceased")


@dataclass(frozen=True, slots=True)
class Owed:
    """What an urgent request owes: each with its cure, and the hospital's own last day for it."""

    case: Case
    number: int
    reasons: tuple[Reason, ...]
    due_on: date
    today: date

    @property
    def is_late(self) -> bool:
        """Whether that day has gone: it is for management then."""
        return self.due_on < self.today


def owed(session: Session, case: Case, number: int, now: datetime) -> Owed | None:
    """What an urgent request still owes since it was filed; None where nothing is, or where it is not urgent."""
    request = the_request(case, number)
    if not request.urgent or request.submitted_at is None or case.state in OVER:
        return None
    facts = gather(session, case, now, number)
    reasons = tuple(reason for asked in MAY_FOLLOW for reason in asked(facts))
    if not reasons:
        return None
    days = int(case.centre.settings.get(SETTING, USUAL_DAYS))
    due = civil_date(request.submitted_at, case.centre.zone) + timedelta(days=days)
    return Owed(case, number, reasons, due, today_at(case, now))


def all_owed(session: Session, actor: Actor, now: datetime) -> list[Owed]:
    """What every urgent request that the actor may see still owes, the earliest day first."""
    urgent = select(Request.case_id).where(Request.urgent.is_(True), Request.submitted_at.is_not(None))
    cases = session.scalars(visible_cases(actor).where(Case.id.in_(urgent), Case.state.not_in(OVER)))
    found = [owed(session, case, row.number, now) for case in cases for row in case.requests]
    return sorted((each for each in found if each), key=lambda each: (each.due_on, each.case.code, each.number))
