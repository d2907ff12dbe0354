"""Whether a case works with the patient's own cells at all: its programme specifies them, its product takes them.

The mark of the product is the written consent to the donation, which nobody is asked for without a taking (RDL
9/2014 art. 7): a programme may also be followed with cells that come from elsewhere.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Case, Region
from compassionate.services.programmes import programme_of
from compassionate.workflow.cell_facts import NEEDED_NOT
from compassionate.workflow.cells import REGION

BEGINNING, DONATION = "not_started", "donation"


def works_with_cells(session: Session, case: Case) -> bool:
    """Whether cells are taken from the patient of this case."""
    if DONATION not in (case.product.consent_kinds or ()):
        return False
    programme = programme_of(session, case)
    return programme is not None and programme.cells is not None


def cells_region(session: Session, case: Case, now: datetime) -> Region:
    """The region of the cells of a case, where it begins."""
    state = BEGINNING if works_with_cells(session, case) else NEEDED_NOT
    return Region(case_id=case.id, kind=REGION, instance=REGION, state=state, since_at=now)
