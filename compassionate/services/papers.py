"""Uploaded papers: checked by content, sealed with the case's key, kept unchanged, given back under a safe name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.intake import inspect
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Case, Paper, Product, new_id
from compassionate.models.vault import seal, unseal, vault_of
from compassionate.services import store
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.text import clean

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
    "other",
)
IN_DOSSIER = ("evidence", "sponsor_agreement", "sponsor_willingness")
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name and type are only what the sender said."""

    filename: str
    media_type: str
    data: bytes


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
    """Take a paper of a case; raises Invalid (with what is wrong with the file), Refused."""
    require_edit(case, actor, "papers")
    if kind not in KINDS:
        raise Invalid((FieldError("kind", "value.not_a_choice"),))
    found = inspect(file.filename, file.media_type, file.data, LARGEST)
    paper = Paper(
        id=new_id(),
        case_id=case.id,
        key_id=case.key_id,
        request_number=request_number,
        kind=kind,
        media_type=found.media_type,
        size=found.size,
        pages=found.pages,
        sha256=found.sha256,
        uploaded_by_id=actor.account_id,
        uploaded_at=now,
    )
    name = clean(file.filename).replace("/", "_").replace("\\", "_").strip()[-120:] or "documento"
    seal(session, paper, "details", paper.key_id, {"title": clean(title).strip()[:200] or name, "filename": name})
    session.add(paper)
    session.flush()
    _put(session, paper, file.data)
    details = {"paper": paper.id, "kind": kind, "sha256": paper.sha256}
    record(session, case, actor, now, "upload_paper", role=role_for("papers", case, actor), inputs=details)
    return paper


def upload_for_product(
    session: Session, product: Product, key_id: str, actor: Actor, title: str, file: Upload, now: datetime
) -> Paper:
    """Take the paper of a sponsor's willingness to supply (RD 1015/2009 art. 7.1); raises Invalid."""
    found = inspect(file.filename, file.media_type, file.data, LARGEST)
    paper = Paper(
        id=new_id(),
        product_id=product.id,
        key_id=key_id,
        kind="sponsor_willingness",
        media_type=found.media_type,
        size=found.size,
        pages=found.pages,
        sha256=found.sha256,
        uploaded_by_id=actor.account_id,
        uploaded_at=now,
    )
    name = clean(file.filename).replace("/", "_").replace("\\", "_").strip()[-120:] or "documento"
    seal(session, paper, "details", key_id, {"title": clean(title).strip()[:200] or name, "filename": name})
    session.add(paper)
    session.flush()
    _put(session, paper, file.data)
    return paper


def _place(paper: Paper) -> str:
    return f"papers.data.{paper.id}"


def _put(session: Session, paper: Paper, data: bytes) -> None:
    store.put(session, f"papers/{paper.id}", vault_of(session).seal(session, paper.key_id, data, _place(paper)))


def paper_of(session: Session, case: Case, paper_id: str) -> Paper:
    """A paper of a case; raises NotFound for one of another case."""
    paper = session.scalar(select(Paper).where(Paper.id == paper_id, Paper.case_id == case.id))
    if paper is None:
        raise NotFound
    return paper


def data_of(session: Session, paper: Paper) -> bytes:
    """The paper's bytes exactly as they were uploaded."""
    return vault_of(session).open(session, paper.key_id, store.get(session, f"papers/{paper.id}"), _place(paper))


def titles_of(session: Session, paper: Paper) -> tuple[str, str]:
    """(title, file name) of a paper."""
    details = unseal(session, paper, "details", paper.key_id)
    return details["title"], details["filename"]


def withdraw(session: Session, actor: Actor, case: Case, paper: Paper, reason: str, now: datetime) -> None:
    """Take a paper out of the request with a reason; the file stays for the record. Raises Refused, Invalid."""
    require_edit(case, actor, "withdraw_paper")
    text = clean(reason).strip()
    if not text:
        raise Invalid((FieldError("reason", "value.missing"),))
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
