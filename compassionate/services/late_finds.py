"""Telling of malware that the scanner found in a paper which was taken earlier: it learnt of it since (UPL-07).

Told are the case's pharmacist (else every one of its centre) and whoever sent the paper, while they may know of the
case; whoever runs the server sees how many there are (web/outages.py). RD 311/2022 op.exp.6, op.exp.7.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from compassionate.models import Account, Case, Paper
from compassionate.services.telling import People, give
from compassionate.workflow.notices import SAFETY
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

STEP = "scan_paper"


def tell(session: Session, paper_id: str, now: datetime) -> int:
    """Notices of a find, given once; how many. Of a blocked case and of a withdrawn paper nobody is told."""
    paper = session.get_one(Paper, paper_id)
    case = session.get(Case, paper.case_id) if paper.case_id else None
    if case is None or case.blocked_at is not None or paper.withdrawn_at is not None:
        return 0
    people = People(session, now)
    told = people.of_roles(case, [Role.PHARMACIST.value]) | _sender(people, case, paper)
    return give(people, case, told.values(), SAFETY, f"{STEP}-{paper.id}-{paper.scan_found}"[:100], {"step": STEP})


def _sender(people: People, case: Case, paper: Paper) -> dict[str, Account]:
    readers = {each.id: each for role in READERS for each in people.everybody(case, role.value)}
    held = readers.get(paper.uploaded_by_id)
    return {held.id: held} if held else {}
