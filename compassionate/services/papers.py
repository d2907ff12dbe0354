"""Uploaded papers: checked by content, sealed with the case's key, kept unchanged, given back under a safe name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.catalogue import ANNEXED
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Paper, Product, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import case_files, held_files
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.examining import LARGEST, Examined, Upload, examined
from compassionate.services.facts import request_of
from compassionate.services.quotas import require_room
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.scanning import CLEAN
from compassionate.text import clean, single_line

__all__ = ["IN_DOSSIER", "KINDS", "LARGEST", "Listed", "Upload"]

KINDS = (
    "evidence",
    "sponsor_agreement",
    "sponsor_willingness",
    "endorsement_delegation",
    "agency_notice",
    "agency_decision",
    "signed_consent",
    "serology",
    "release_certificate",
    "physician_acceptance",
    "transfer_summary",
    "recall_notice",
    "other",
)
IN_DOSSIER = ANNEXED
COPY = "paper_copy"  # the kind of file that holds the copy without metadata
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper of a case with its sealed words opened; `in_dossier` where it goes to the agency as an annex."""

    row: Paper
    title: str
    filename: str
    uploaded_by: str
    withdrawn_reason: str = ""

    @property
    def in_dossier(self) -> bool:
        """Whether the request's dossier carries it (never a consent: RD 1015/2009 art. 8.2)."""
        return self.row.kind in IN_DOSSIER and self.row.withdrawn_at is None


def upload(
    session: Session,
    actor: Actor,
    case: Case,
    kind: str,
    title: str,
    file: Upload,
    now: datetime,
    request_number: int = 0,
) -> Paper:
    """Take a paper of a case; raises Invalid (what is wrong, by field), Refused, NotFound (no such request)."""
    require_edit(case, actor, "papers")
    if request_of(case, request_number) is None:
        raise NotFound
    paper = Paper(id=new_id(), case_id=case.id, key_id=case.key_id, request_number=request_number, kind=kind)
    _take(session, actor, paper, title, file, now)
    details = {"paper": paper.id, "kind": kind, "sha256": paper.sha256}
    record(session, case, actor, now, "upload_paper", role=role_for("papers", case, actor), inputs=details)
    return paper


def upload_for_product(
    session: Session, product: Product, key_id: str, actor: Actor, title: str, file: Upload, now: datetime
) -> Paper:
    """Take the paper of a sponsor's willingness to supply (RD 1015/2009 art. 7.1); raises Invalid."""
    paper = Paper(id=new_id(), product_id=product.id, key_id=key_id, kind="sponsor_willingness")
    return _take(session, actor, paper, title, file, now)


def upload_alone(
    session: Session, actor: Actor, kind: str, title: str, key_id: str, file: Upload, now: datetime
) -> Paper:
    """Take a paper that is of no case and of no medicine, under a key of its centre; raises Invalid."""
    return _take(session, actor, Paper(id=new_id(), key_id=key_id, kind=kind), title, file, now)


def _take(session: Session, actor: Actor, paper: Paper, title: str, file: Upload, now: datetime) -> Paper:
    held = _check(session, paper.kind, title, file)
    found = held.inspected
    paper.media_type, paper.size, paper.pages, paper.sha256 = found.media_type, found.size, found.pages, found.sha256
    paper.is_signed = found.is_signed
    paper.copy_sha256 = hashlib.sha256(held.copy).hexdigest() if paper.kind in IN_DOSSIER else None
    paper.scan, paper.scanned_at = held.verdict.state, now if held.verdict.state == CLEAN else None
    paper.uploaded_by_id, paper.uploaded_at = actor.account_id, now
    require_room(session, paper, file.filename, now)
    name = _plain_name(file.filename)
    seal(session, paper, "details", paper.key_id, {"title": single_line(title) or name, "filename": name})
    session.add(paper)
    session.flush()
    held_files.write(session, paper, paper.key_id, file.data)
    if paper.case_id and paper.kind in IN_DOSSIER:
        case_files.put(session, session.get_one(Case, paper.case_id), COPY, paper.id, held.copy, now)
    return paper


def _check(session: Session, kind: str, title: str, file: Upload) -> Examined:
    errors = [] if kind in KINDS else [FieldError("kind", "value.not_a_choice" if kind else "value.missing")]
    length = len(single_line(title))
    if length > LONGEST_TITLE:
        errors.append(FieldError("title", "value.too_long", {"limit": LONGEST_TITLE, "length": length}))
    found = None
    try:
        found = examined(file, session.info.get("scanner"))
    except Invalid as wrong:
        errors += wrong.errors
    if errors or found is None:
        raise Invalid(tuple(errors))
    return found


def _plain_name(filename: str) -> str:
    return single_line(filename).replace("/", "_").replace("\\", "_").strip()[-120:] or "documento"


def listed(session: Session, case: Case) -> list[Listed]:
    """Every paper of a case, withdrawn ones last, the rest oldest first as the dossier numbers them."""
    rows = session.scalars(select(Paper).where(Paper.case_id == case.id).order_by(Paper.uploaded_at, Paper.id)).all()
    return [opened(session, row) for row in sorted(rows, key=lambda row: row.withdrawn_at is not None)]


def opened(session: Session, row: Paper) -> Listed:
    """One paper with its title, its file name and why it was withdrawn."""
    title, filename = titles_of(session, row)
    account = session.get(Account, row.uploaded_by_id)
    reason = unseal(session, row, "withdrawn_reason", row.key_id) or ""
    return Listed(row, title, filename, account.name if account else "", reason)


def paper_of(session: Session, case: Case, paper_id: str) -> Paper:
    """A paper of a case; raises NotFound for one of another case."""
    paper = session.scalar(select(Paper).where(Paper.id == paper_id, Paper.case_id == case.id))
    if paper is None:
        raise NotFound
    return paper


def data_of(session: Session, paper: Paper) -> bytes:
    """The paper's bytes exactly as they were uploaded."""
    return held_files.read(session, paper, paper.key_id)


def titles_of(session: Session, paper: Paper) -> tuple[str, str]:
    """(title, file name) of a paper."""
    details = unseal(session, paper, "details", paper.key_id)
    return details["title"], details["filename"]


def withdraw(session: Session, actor: Actor, case: Case, paper: Paper, reason: str, now: datetime) -> None:
    """Take a paper out of the request with a reason; the file stays for the record. Raises Refused, Invalid."""
    require_edit(case, actor, "withdraw_paper")
    text = clean(reason)
    if not text:
        raise Invalid((FieldError("reason", "value.missing"),))
    if paper.withdrawn_at is not None:
        raise Invalid((FieldError("reason", "paper.already_withdrawn"),))
    paper.withdrawn_at = now
    seal(session, paper, "withdrawn_reason", paper.key_id, text)
    record(
        session,
        case,
        actor,
        now,
        "withdraw_paper",
        role=role_for("withdraw_paper", case, actor),
        inputs={"paper": paper.id, "reason": text},
    )
