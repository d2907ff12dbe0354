"""The papers that stand with a case or a medicine."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    Case,
    Paper,
    Product,
)
from compassionate.models.vault import unseal
from compassionate.snapshot import (
    PaperSnapshot,
)


def papers_of(session: Session, case: Case, number: int | None = None) -> list[Paper]:
    """The papers of a case that were not withdrawn (of one request, or of all)."""
    wanted = (
        select(Paper)
        .where(Paper.case_id == case.id, Paper.withdrawn_at.is_(None))
        .order_by(Paper.uploaded_at, Paper.id)
    )
    return list(session.scalars(wanted if number is None else wanted.where(Paper.request_number == number)))


def willingness_papers(session: Session, product: Product) -> list[Paper]:
    """The papers of a sponsor's willingness for a medicine, newest first; the newest goes with requests (art. 7.1)."""
    wanted = select(Paper).where(
        Paper.product_id == product.id, Paper.kind == "sponsor_willingness", Paper.withdrawn_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Paper.uploaded_at.desc(), Paper.id.desc())))


def paper_snapshot(session: Session, paper: Paper, zone: str) -> PaperSnapshot:
    """A paper's row as plain data, its title and file name opened."""
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
    )
