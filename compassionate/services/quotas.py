"""How much may be kept of uploaded papers: of a case, and of one person in a day (UPL-01; ASVS 5.2.4).

Of one file, while it still arrives: web/uploads.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.documents.intake import megabytes, refused
from compassionate.models import Paper

MEGABYTE = 1_000_000
MOST_OF_CASE = 400 * MEGABYTE
MOST_PAPERS_OF_CASE = 300
MOST_OF_PERSON = 1000 * MEGABYTE
DAY = timedelta(hours=24)


def require_room(session: Session, paper: Paper, filename: str, now: datetime) -> None:
    """Raises Invalid where a paper would be more than its case, or who sends it, may have kept."""
    if paper.case_id is not None:
        count, size = _held(session, Paper.case_id == paper.case_id)
        if count >= MOST_PAPERS_OF_CASE:
            raise refused(filename, "case_too_many", held=count)
        _require(filename, "case_full", size, paper.size, MOST_OF_CASE)
    _, size = _held(session, Paper.uploaded_by_id == paper.uploaded_by_id, Paper.uploaded_at > now - DAY)
    _require(filename, "person_full", size, paper.size, MOST_OF_PERSON)


def _held(session: Session, *which: object) -> tuple[int, int]:
    with session.no_autoflush:
        count, size = session.execute(
            select(func.count(), func.coalesce(func.sum(Paper.size), 0)).where(*which)  # type: ignore[arg-type]
        ).one()
    return int(count), int(size)


def _require(filename: str, code: str, held: int, more: int, most: int) -> None:
    if held + more > most:
        raise refused(filename, code, held_mb=megabytes(held), limit_mb=megabytes(most))
