"""Keeping `Case.turn` true: whose turn it is, and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.services.facts import gather
from compassionate.workflow import engine
from compassionate.workflow.facts import Facts
from compassionate.workflow.turn import COMPUTED, turn


def settle_turn(session: Session, case: Case, now: datetime) -> None:
    """Write whose turn it is; the wait starts anew only when it passed to somebody else."""
    region = engine.pathway(case.pathway, case.pathway_version).case
    facts = gather(session, case, now) if case.state in COMPUTED else Facts(today=now.date())
    whose = ",".join(turn(region, case.state, facts))
    if whose != case.turn:
        case.turn, case.since_at = whose, now
