"""The appeal against a denial: begun with it, one row a denial, with its own clocks.

Ley 39/2015 arts. 112-124; Ley 29/1998 arts. 45-46, 128.2. The row is called `appeal-N` after the request that
was denied (0 the first), `appeal-N-2` where that request is denied again.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Clock, Decision, Region

KIND = "appeal"
UNDECIDED = ("filed", "court")  # somebody owes an answer
CARRIED = ("open", "filed", "dismissed", "dismissed_by_silence", "court_open")


def request_number(instance: str) -> int:
    """The request whose denial an appeal is against (of a continuation: its own)."""
    return int(instance.split("-")[1])


def of_request(case: Case, number: int) -> list[Region]:
    """The appeals against the denials of one request, oldest first."""
    rows = (row for row in case.regions if row.kind == KIND and request_number(row.instance) == number)
    return sorted(rows, key=lambda row: (len(row.instance), row.instance))


def undecided(case: Case) -> bool:
    """Whether an appeal of the case still waits for an answer (of the agency or of the court)."""
    return any(row.kind == KIND and row.state in UNDECIDED for row in case.regions)


def named(session: Session, case: Case, number: int) -> str:
    """The appeal that the latest denial of a request names; empty before any."""
    wanted = select(Decision.appeal_named).where(
        Decision.case_id == case.id, Decision.request_number == number, Decision.outcome == "denied"
    )
    return session.scalar(wanted.order_by(Decision.decided_on.desc(), Decision.id.desc()).limit(1)) or ""


def answer_due_on(session: Session, case: Case, number: int) -> date | None:
    """The last day of the agency's running term to answer the appeals against one request."""
    names = [row.instance for row in of_request(case, number)]
    wanted = select(Clock.due_on).where(
        Clock.case_id == case.id, Clock.clock == "K-REPR", Clock.instance.in_(names), Clock.closed_at.is_(None)
    )
    return max((due for due in session.scalars(wanted) if due), default=None) if names else None


def lapsed(session: Session, case: Case, today: date) -> frozenset[str]:
    """The terms to appeal that are over and that nobody has closed yet (K-REP, K-CON)."""
    wanted = select(Clock.clock).where(
        Clock.case_id == case.id, Clock.clock.in_(("K-REP", "K-CON")), Clock.closed_at.is_(None), Clock.due_on < today
    )
    return frozenset(session.scalars(wanted))


def carried(case: Case, number: int) -> list[Region]:
    """The appeal that an authorisation after a denial decides: the latest of its request, where it still can."""
    return [row for row in of_request(case, number)[-1:] if row.state in CARRIED]
