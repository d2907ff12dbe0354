"""Whether a case works with the patient's own cells at all: its programme says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Case, Region
from compassionate.workflow.cell_facts import NEEDED_NOT
from compassionate.workflow.cells import REGION

BEGINNING = "not_started"


def cells_region(session: Session, case: Case, now: datetime) -> Region:
    """The region of the cells of a case, where it begins."""
    return Region(case_id=case.id, kind=REGION, instance=REGION, state=NEEDED_NOT, since_at=now)
