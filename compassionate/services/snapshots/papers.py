"""The papers that stand with a case or a medicine."""

from __future__ import annotations

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    Case,
    Paper,
    PaperAnnex,
    Product,
)
from compassionate.models.vault import unseal
from compassionate.snapshot import (
    PaperSnapshot,
)

# What a later request need not ask for again while it stands (RD 1015/2009 art. 8.1.b, 12.c).
STILL_VALID = ("sponsor_agreement",)


def papers_of(session: Session, case: Case, number: int | None = None) -> list[Paper]:
    """The papers of a case that were not withdrawn: of all, or of one request.

    A request has its own, those still valid before it, and those before it that were chosen to go again.
    """
    wanted = (
        select(Paper)
        .where(Paper.case_id == case.id, Paper.withdrawn_at.is_(None))
        .order_by(Paper.uploaded_at, Paper.id)
    )
    if number is None:
        return list(session.scalars(wanted))
    earlier = and_(Paper.request_number.in_(continued(case, number)), Paper.kind.in_(STILL_VALID))
    again = Paper.id.in_(
        select(PaperAnnex.paper_id).where(PaperAnnex.case_id == case.id, PaperAnnex.request_number == number)
    )
    return list(session.scalars(wanted.where(or_(Paper.request_number == number, earlier, again))))


def continued(case: Case, number: int) -> list[int]:
    """The requests that a later one was copied from, the last one first."""
    parents = {row.number: row.continues_number for row in case.requests}
    found: list[int] = []
    parent = parents.get(number)
    while parent is not None:
        found.append(parent)
        parent = parents.get(parent)
    return found


def willingness_papers(session: Session, product: Product) -> list[Paper]:
    """The papers of a sponsor's willingness for a medicine, newest first; the newest goes with requests (art. 7.1)."""
    wanted = select(Paper).where(
        Paper.product_id == product.id, Paper.kind == "sponsor_willingness", Paper.withdrawn_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Paper.uploaded_at.desc(), Paper.id.desc())))


def paper_snapshot(session: Session, paper: Paper, zone: str, sent_with: str = "") -> PaperSnapshot:
    """A paper's row as plain data, its title and file name opened; `sent_with`: the request that carried it before."""
    details = unseal(session, paper, "details", paper.key_id)
    uploaded = civil_date(paper.uploaded_at, zone)
    return PaperSnapshot(
        paper.id,
        paper.kind,
        details["title"],
        details["filename"],
        paper.media_type,
        paper.size,
        paper.pages,
        paper.sha256,
        uploaded,
        sent_with,
        paper.copy_sha256 or "",
        paper.is_signed,
    )
