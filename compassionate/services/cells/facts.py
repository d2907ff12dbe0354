"""The facts of a case's cells, gathered for the guards from what was recorded of the newest attempt."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.workflow.cell_facts import NO_CELLS, CellFacts
from compassionate.workflow.cells import REGION


def cell_facts(session: Session, case: Case, now: datetime) -> CellFacts:
    """Where the cells of a case stand; `NO_CELLS` for a case that works without them."""
    region = next((row for row in case.regions if row.kind == REGION), None)
    return NO_CELLS if region is None else CellFacts(state=region.state, now=now)
