"""What a request that was filed urgently still owes, and by when: filed with the minimum, completed under a clock.

Urgent means an early filing, never an early dose: no law lets a treatment begin before the authorisation
(RD 1015/2009 art. 8, 10.a). What may follow is data (workflow/urgent.py); K-URG, whose length the hospital sets, runs
from the filing until nothing is owed, and whoever must act is warned of it as of any other clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.rules import rules
from compassionate.errors import Reason
from compassionate.models import Case, CaseEvent, Clock, Region, Request
from compassionate.services.calendars import Calendars
from compassionate.services.clocks import end_clocks, open_clock
from compassionate.services.deadlines import settle, settle_case
from compassionate.services.facts import request_of, today_at
from compassionate.services.following import REGIONS, SETTLED, owed_parts
from compassionate.services.requests import the_request
from compassionate.services.step import Step
from compassionate.services.worklists import WorkRow, rows_of
from compassionate.workflow.treatment import owed_reasons
from compassionate.workflow.urgent import REPORT

CLOCK, SETTING = "K-URG", "urgent_completion_days"


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """One urgent filing of a list: the case, the request, what it owes and until when."""

    row: WorkRow
    number: int
    parts: tuple[str, ...]
    due_on: date | None


def owed(session: Session, case: Case, number: int, now: datetime) -> Owed | None:
    """What an urgent request still owes since it was filed; None where nothing is, or where it is not urgent."""
    request = the_request(case, number)
    parts = owed_parts(case, request)
    if not parts or request.submitted_at is None:
        return None
    days = int(case.centre.settings.get(SETTING, rules()[CLOCK].amount or 0))
    due = civil_date(request.submitted_at, AGENCY_ZONE.key) + timedelta(days=days)
    return Owed(case, number, owed_reasons(parts), due, today_at(case, now))


def filed(step: Step, is_complete: bool) -> None:
    """An urgent request was filed: what it leaves out is owed from that day on."""
    request = request_of(step.case, step.request_number)
    assert request is not None
    request.report_owed = request.urgent and request.number == 0 and not is_complete
    if not owed_parts(step.case, request):
        return
    clock = open_clock(step.session, step.case, step.event, CLOCK, step.instance, step.values, step.now)
    settle(step.session, clock, step.case.centre, Calendars(step.session), step.now)
    settle_case(step.session, step.case)


def settle_clocks(session: Session, case: Case, event: CaseEvent, now: datetime) -> None:
    """End the clocks of what is owed no longer: completed, or of no use to anybody."""
    if not any(row.urgent for row in case.requests):
        return
    running = select(Clock).where(Clock.case_id == case.id, Clock.clock == CLOCK, Clock.closed_at.is_(None))
    over = [clock for clock in session.scalars(running) if not _owes(case, clock.instance)]
    end_clocks(session, case, over, event, now)


def _owes(case: Case, instance: str) -> bool:
    number = int(instance.rpartition("-")[2] or 0)
    return bool(owed_parts(case, the_request(case, number)))


def waiting(session: Session, centres: Sequence[str], physician_id: str = "") -> list[Waiting]:
    """Every urgent filing of these centres that owes something, the earliest day first; three queries in all."""
    wanted = (
        select(Case)
        .join(Clock, and_(Clock.case_id == Case.id, Clock.clock == CLOCK, Clock.closed_at.is_(None)))
        .where(Case.centre_id.in_(centres), Case.blocked_at.is_(None))
        .order_by(Clock.due_on, Case.id)
    )
    wanted = wanted.where(Case.physician_id == physician_id) if physician_id else wanted
    found = rows_of(session, wanted, Clock.instance, Clock.due_on)
    if not found:
        return []
    ids = [row.id for row, _ in found]
    reports = set(
        session.scalars(select(Request.case_id).where(Request.case_id.in_(ids), Request.report_owed.is_(True)))
    )
    beside = _unsettled(session, ids)
    return [
        Waiting(row, int(instance.rpartition("-")[2] or 0), _parts(row.id, reports, beside), due_on)
        for row, (instance, due_on) in found
    ]


def _unsettled(session: Session, ids: Iterable[str]) -> set[tuple[str, str]]:
    wanted = select(Region.case_id, Region.kind, Region.state).where(
        Region.case_id.in_(ids), Region.kind.in_(REGIONS.values())
    )
    settled = {REGIONS[part]: states for part, states in SETTLED.items()}
    return {(case_id, kind) for case_id, kind, state in session.execute(wanted) if state not in settled[kind]}


def _parts(case_id: str, reports: set[str], beside: set[tuple[str, str]]) -> tuple[str, ...]:
    owes = [part for part, kind in REGIONS.items() if (case_id, kind) in beside]
    return tuple(([REPORT] if case_id in reports else []) + owes)


def urgent_among(session: Session, case_ids: Iterable[str]) -> set[tuple[str, int]]:
    """Which requests of these cases are urgent, by case and number."""
    wanted = select(Request.case_id, Request.number).where(
        Request.case_id.in_(list(case_ids)), Request.urgent.is_(True)
    )
    return {(case_id, number) for case_id, number in session.execute(wanted)}
