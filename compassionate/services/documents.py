"""Issuing documents: rendered from a frozen snapshot, stored sealed, hashed, never changed.

Rendering takes seconds, so it happens before the writing transaction (`prepare`), which then checks that
nothing moved meanwhile (`keep`). Issuing again what has not changed returns the document already issued.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.documents.catalogue import annex_papers, content_sha256
from compassionate.documents.catalogue import kind as document_kind
from compassionate.documents.completeness import missing
from compassionate.documents.contexts.source import Annex, Issue
from compassionate.documents.progress import Progress, silently
from compassionate.documents.sealing import Sealed, Sealer
from compassionate.errors import Conflict, NotFound, Reason, Refused, UnknownCode
from compassionate.models import Case, IssuedDocument, Paper, new_id
from compassionate.questionnaires import Catalogue
from compassionate.services import annex_files, held_files, kept_pieces, seals, versions
from compassionate.services.actors import Actor
from compassionate.services.annex_files import AnnexFiles, Made
from compassionate.services.cases import require_edit
from compassionate.services.criteria import forms_of
from compassionate.services.edits import hold
from compassionate.services.facts import request_of
from compassionate.services.recording import record
from compassionate.services.releasing import require_released
from compassionate.services.requests import role_for
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot

if TYPE_CHECKING:
    from compassionate.documents.render import Rendered

MOST_PAGES = 1500  # of one document: what a person can still be asked to read, and a machine to hold in memory


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document rendered and not yet kept (or the one that already says the same)."""

    kind: str
    copy: str
    request_number: int
    version: int
    content_sha256: str
    pdf: bytes
    pages: int
    verification: str
    already: str = ""
    issued_at: datetime | None = None
    sealed: Sealed | None = None
    made: tuple[Made, ...] = ()
    pieces: Mapping[str, bytes] = field(default_factory=dict)


def issued(session: Session, case: Case, kind: str | None = None) -> list[IssuedDocument]:
    """The documents issued of a case, newest first."""
    wanted = select(IssuedDocument).where(IssuedDocument.case_id == case.id)
    wanted = wanted if kind is None else wanted.where(IssuedDocument.kind == kind)
    return list(session.scalars(wanted.order_by(IssuedDocument.issued_at.desc(), IssuedDocument.id.desc())))


def latest(session: Session, case: Case, kind: str, copy: str, number: int) -> IssuedDocument | None:
    """The newest document of a kind, copy and request."""
    wanted = select(IssuedDocument).where(
        IssuedDocument.case_id == case.id,
        IssuedDocument.kind == kind,
        IssuedDocument.copy == copy,
        IssuedDocument.request_number == number,
    )
    return session.scalar(wanted.order_by(IssuedDocument.version.desc()).limit(1))


def is_stale(session: Session, case: Case, row: IssuedDocument, held: CaseSnapshot | None = None) -> bool:
    """Whether the case now says something else than this document."""
    held = held or snapshot(session, case, row.request_number)
    return content_sha256(held, row.kind, row.copy) != row.content_sha256


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that printing needs, as plain data: it may be printed in another process."""

    asked: Prepared
    case: CaseSnapshot
    annexes: tuple[Annex, ...]
    at: datetime
    sealer: Sealer | None = None  # nothing to seal where it was issued already
    base: str = ""  # where people reach this installation
    pieces: Mapping[str, bytes] = field(default_factory=dict)  # of the last print


def prepare(
    session: Session, actor: Actor, case: Case, kind: str, copy: str, now: datetime, number: int = 0
) -> Prepared:
    """Render a document from the case as it stands; raises Refused naming what is missing, NotFound."""
    return press(plan(session, actor, case, kind, copy, now, number), forms_of(session))


def look(
    session: Session, actor: Actor, case: Case, kind: str, copy: str, number: int = 0, files: AnnexFiles | None = None
) -> tuple[Prepared, CaseSnapshot]:
    """What would be printed now and from what, nothing opened yet; raises Refused naming what is missing, NotFound."""
    require_edit(case, actor, "issue_documents")
    try:
        document_kind(kind, copy)
    except UnknownCode as error:
        raise NotFound from error
    if request_of(case, number) is None:
        raise NotFound
    held = snapshot(session, case, number)
    reasons = missing(held, kind, forms_of(session))
    if reasons:
        raise Refused(reasons)
    listed = annex_papers(held, kind, copy)
    require_released(session, [session.get_one(Paper, paper.id) for paper in listed])
    held = (files or AnnexFiles(session, case)).completed(held, listed)
    digest = content_sha256(held, kind, copy)
    last = latest(session, case, kind, copy, number)
    if last is not None and last.content_sha256 == digest:
        return _again(last, digest), held
    _expect_length(sum(paper.pages for paper in listed))
    return Prepared(kind, copy, number, last.version + 1 if last else 1, digest, b"", 0, secrets.token_hex(8)), held


def plan(
    session: Session,
    actor: Actor,
    case: Case,
    kind: str,
    copy: str,
    now: datetime,
    number: int = 0,
    on_progress: Progress = silently,
) -> Plan:
    """What would be printed now (nothing new where it was issued already); raises Refused naming what is missing."""
    files = AnnexFiles(session, case, on_page=lambda: on_progress(0, 0))
    asked, held = look(session, actor, case, kind, copy, number, files)
    if asked.already:
        return Plan(asked, held, (), now)
    annexes = files.annexes(annex_papers(held, kind, copy))
    sealer = seals.sealer(session, case.centre.municipality or case.centre.name, now)
    asked = replace(asked, made=files.made)
    pieces = kept_pieces.find(session, case, kind, copy, number)
    return Plan(asked, held, annexes, now, sealer, session.info.get("address", ""), pieces)


def _expect_length(pages: int) -> None:
    """Refuse a document that is longer than any machine is asked to print at once (PDF-06)."""
    if pages > MOST_PAGES:
        raise Refused((Reason("document.too_many_pages", params={"pages": pages, "most": MOST_PAGES}, cure="papers"),))


def _again(last: IssuedDocument, digest: str) -> Prepared:
    return Prepared(
        last.kind,
        last.copy,
        last.request_number,
        last.version,
        digest,
        b"",
        last.pages,
        last.verification,
        last.id,
    )


def press(
    planned: Plan,
    forms: Catalogue,
    printer: Callable[..., Rendered] | None = None,
    on_progress: Progress = silently,
) -> Prepared:
    """Print a plan and seal it; needs no database, and takes seconds. Raises Refused where it grew too long.

    `printer` takes the place of documents/render.py's `render` (one in another process).
    """
    from compassionate.documents.render import render  # WeasyPrint takes half a second to import
    from compassionate.documents.sealing import seal

    asked = planned.asked
    if asked.already:
        return asked
    issue = Issue(asked.version, planned.at, asked.verification, planned.base)
    done = (printer or render)(
        planned.case,
        asked.kind,
        asked.copy,
        planned.annexes,
        issue,
        forms,
        on_progress=on_progress,
        kept=planned.pieces,
    )
    _expect_length(done.pages)
    assert planned.sealer is not None
    sealed = seal(done.pdf, planned.sealer, planned.at)
    return replace(asked, pdf=sealed.pdf, pages=done.pages, issued_at=planned.at, sealed=sealed, pieces=done.pieces)


def keep(session: Session, actor: Actor, case: Case, prepared: Prepared, now: datetime) -> IssuedDocument:
    """Store a rendered document; raises Conflict where the case moved while it was being rendered."""
    if prepared.already:
        row = session.get(IssuedDocument, prepared.already)
        assert row is not None
        return row
    hold(session, case)
    annex_files.keep(session, case, prepared.made, now)
    last = latest(session, case, prepared.kind, prepared.copy, prepared.request_number)
    held = snapshot(session, case, prepared.request_number)
    if content_sha256(held, prepared.kind, prepared.copy) != prepared.content_sha256:
        raise Conflict(case.code, case.state, case.version)
    if last is not None and last.content_sha256 == prepared.content_sha256:
        return last  # somebody issued the same while this one was being rendered
    if (last.version if last else 0) != prepared.version - 1:
        raise Conflict(case.code, case.state, case.version)
    row = IssuedDocument(
        id=new_id(),
        case_id=case.id,
        kind=prepared.kind,
        copy=prepared.copy,
        request_number=prepared.request_number,
        version=prepared.version,
        template_version=document_kind(prepared.kind, prepared.copy).template_version,
        sha256=hashlib.sha256(prepared.pdf).hexdigest(),
        content_sha256=prepared.content_sha256,
        pages=prepared.pages,
        size=len(prepared.pdf),
        verification=prepared.verification,
        issued_by_id=actor.account_id,
        issued_at=prepared.issued_at or now,
    )
    if prepared.sealed is not None:
        _note_seal(session, row, prepared.sealed, now)
    session.add(row)
    session.flush()
    held_files.write(session, row, case.key_id, prepared.pdf)
    kept_pieces.keep(session, case, row.kind, row.copy, row.request_number, prepared.pieces, now)
    versions.keep(session, case, row, held, now)
    details = {"kind": row.kind, "copy": row.copy, "version": row.version, "sha256": row.sha256}
    record(session, case, actor, now, "issue_document", role=role_for("issue_documents", case, actor), inputs=details)
    return row


def _note_seal(session: Session, row: IssuedDocument, sealed: Sealed, now: datetime) -> None:
    seals.remember(session, sealed.certificate, now)
    row.seal_level, row.seal_certificate, row.seal_digest = sealed.level, sealed.fingerprint, sealed.digest
    row.seal_lacks, row.sealed_at = sealed.lacks or None, sealed.at


def issue(
    session: Session, actor: Actor, case: Case, kind: str, copy: str, now: datetime, number: int = 0
) -> IssuedDocument:
    """Render and keep in one go, for the command line and the demo."""
    return keep(session, actor, case, prepare(session, actor, case, kind, copy, now, number), now)


def document_of(session: Session, case: Case, document_id: str) -> IssuedDocument:
    """A document of a case; raises NotFound for one of another case."""
    row = session.scalar(
        select(IssuedDocument).where(IssuedDocument.id == document_id, IssuedDocument.case_id == case.id)
    )
    if row is None:
        raise NotFound
    return row


def pdf_of(session: Session, case: Case, row: IssuedDocument) -> bytes:
    """The bytes of an issued document, exactly as they were."""
    return held_files.read(session, row, case.key_id)


def filename(case: Case, row: IssuedDocument) -> str:
    """A download name without personal data."""
    continuation = f"-c{row.request_number}" if row.request_number else ""
    return f"{case.code}{continuation}-{row.kind}-{row.copy}-v{row.version}.pdf"


def count(session: Session, case: Case) -> int:
    """How many documents a case has."""
    return (
        session.scalar(select(func.count()).select_from(IssuedDocument).where(IssuedDocument.case_id == case.id)) or 0
    )
