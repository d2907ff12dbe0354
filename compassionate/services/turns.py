"""Keeping `Case.turn` true: whose turn it is, and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Case, Wait
from compassionate.services.facts import gather
from compassionate.workflow import engine
from compassionate.workflow.facts import Facts
from compassionate.workflow.turn import COMPUTED, turn


def pass_on(session: Session, case: Case, now: datetime) -> None:
    """Write down how long the case stood here and waited for whom; the wait that begins is on the case itself."""
    if case.since_at < now:
        session.add(Wait(case_id=case.id, state=case.state, turn=case.turn, from_at=case.since_at, until_at=now))
    case.since_at = now


def whose_turn(session: Session, case: Case, now: datetime) -> str:
    """Role ids, comma separated, of those whom a case waits for."""
    region = engine.pathway(case.pathway, case.pathway_version).case
    facts = gather(session, case, now) if case.state in COMPUTED else Facts(today=now.date())
    return ",".join(turn(region, case.state, facts))


def settle_turn(session: Session, case: Case, now: datetime) -> None:
    """Write whose turn it is; the wait starts anew only when it passed to somebody else."""
    whose = whose_turn(session, case, now)
    if whose != case.turn:
        pass_on(session, case, now)
        case.turn = whose
