"""Which papers may leave the place where they were put: those of which the scanner said that they are clean.

Where the hospital has no scanner nothing is scanned, and pages say so. One that waits for its scanner is in quarantine:
it goes into no document and to nobody but whoever sent it; one in which something was found goes to nobody (UPL-07).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.errors import Reason, Refused
from compassionate.models import Case, Paper
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.papers import data_of
from compassionate.services.scanning import CLEAN, FOUND, UNSCANNED, WAITING, Scanner, Verdict
from compassionate.workflow.roles import Role

LEGAL = "RD 311/2022 op.exp.6"
NOT_YET = (WAITING, UNSCANNED)


def has_scanner(session: Session) -> bool:
    """Whether this hospital has its papers scanned."""
    return session.info.get("scanner") is not None


def is_released(session: Session, paper: Paper) -> bool:
    """Whether a paper may go into documents and to others."""
    return paper.scan == CLEAN or (paper.scan == UNSCANNED and not has_scanner(session))


def require_released(session: Session, papers: Iterable[Paper], actor: Actor | None = None) -> None:
    """Raises Refused naming why; whoever sent a paper that waits may have it back."""
    held = [paper for paper in papers if not is_released(session, paper)]
    stopped = [
        paper for paper in held if paper.scan == FOUND or actor is None or paper.uploaded_by_id != actor.account_id
    ]
    if stopped:
        raise Refused(tuple(dict.fromkeys(_reason(paper) for paper in stopped)))


def _reason(paper: Paper) -> Reason:
    if paper.scan == FOUND:
        return Reason("paper.found", LEGAL, Role.ADMINISTRATOR.value, "papers")
    return Reason("paper.waiting", LEGAL, Role.ADMINISTRATOR.value, "papers")


def to_scan(session: Session, everything: bool = False) -> list[str]:
    """The ids of the papers that nobody could call clean yet, oldest first; or of all of them."""
    wanted = select(Paper.id).order_by(Paper.uploaded_at, Paper.id)
    return list(session.scalars(wanted if everything else wanted.where(Paper.scan.in_(NOT_YET))))


def look_again(session: Session, scanner: Scanner, paper_id: str) -> Verdict:
    """What the scanner says of a paper now; raises NotFound, WrongKey, Unavailable."""
    return scanner.look(data_of(session, session.get_one(Paper, paper_id)))


def note(session: Session, paper_id: str, verdict: Verdict, now: datetime) -> bool:
    """Write down what was said of a paper; no answer changes nothing. Whether something was found just now."""
    paper = session.get_one(Paper, paper_id)
    if verdict.state == WAITING or (verdict.state, verdict.found or None) == (paper.scan, paper.scan_found):
        return False
    paper.scan, paper.scan_found, paper.scanned_at = verdict.state, verdict.found or None, now
    case = session.get(Case, paper.case_id) if paper.case_id else None
    audit.append(session, None, "scan_paper", now, case, paper=paper.id, sha256=paper.sha256, verdict=verdict.state)
    return verdict.state == FOUND


def found(session: Session) -> int:
    """How many papers that are still there hold what the scanner found."""
    held = select(func.count()).select_from(Paper).where(Paper.scan == FOUND, Paper.withdrawn_at.is_(None))
    return session.scalar(held) or 0
