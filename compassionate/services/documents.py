"""Issuing documents: rendered from a frozen snapshot, stored sealed, hashed, never changed.

Rendering takes seconds, so it happens before the writing transaction (`prepare`), which then checks that
nothing moved meanwhile (`keep`). Issuing again what has not changed returns the document already issued.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.documents.catalogue import annex_papers, content_sha256
from compassionate.documents.catalogue import kind as document_kind
from compassionate.documents.completeness import missing
from compassionate.documents.progress import Progress, silently
from compassionate.errors import Conflict, NotFound, Refused, UnknownCode
from compassionate.models import Case, IssuedDocument, Paper
from compassionate.services import annex_files, kept_pieces, plans, seals, series
from compassionate.services.actors import Actor
from compassionate.services.annex_files import AnnexFiles
from compassionate.services.cases import require_edit
from compassionate.services.criteria import forms_of
from compassionate.services.edits import hold
from compassionate.services.facts import request_of
from compassionate.services.plans import Plan, Prepared, expect_length, next_issue, press
from compassionate.services.recording import record
from compassionate.services.releasing import require_released
from compassionate.services.requests import role_for
from compassionate.services.series import Series
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot, canonical

__all__ = ["Plan", "Prepared", "count", "document_of", "filename", "is_stale", "issue", "issued", "keep", "latest",
           "look", "pdf_of", "plan", "prepare", "press", "section_of"]  # fmt: skip


def section_of(kind: str) -> str:
    """Who may issue such a document, as a section of the permissions: labels are printed by whoever orders them."""
    return "print_labels" if kind == "labels" else "issue_documents"


def issued(session: Session, case: Case, kind: str | None = None) -> list[IssuedDocument]:
    """The documents issued of a case, newest first."""
    wanted = select(IssuedDocument).where(IssuedDocument.case_id == case.id)
    wanted = wanted if kind is None else wanted.where(IssuedDocument.kind == kind)
    return list(session.scalars(wanted.order_by(IssuedDocument.issued_at.desc(), IssuedDocument.id.desc())))


def latest(session: Session, case: Case, kind: str, copy: str, number: int) -> IssuedDocument | None:
    """The newest document of a kind, copy and request."""
    return series.latest(session, Series(case, kind, copy, number))


def is_stale(session: Session, case: Case, row: IssuedDocument, held: CaseSnapshot | None = None) -> bool:
    """Whether the case now says something else than this document."""
    held = held or snapshot(session, case, row.request_number)
    return content_sha256(held, row.kind, row.copy) != row.content_sha256


def prepare(
    session: Session, actor: Actor, case: Case, kind: str, copy: str, now: datetime, number: int = 0
) -> Prepared:
    """Render a document from the case as it stands; raises Refused naming what is missing, NotFound."""
    return press(plan(session, actor, case, kind, copy, now, number), forms_of(session))


def look(
    session: Session, actor: Actor, case: Case, kind: str, copy: str, number: int = 0, files: AnnexFiles | None = None
) -> tuple[Prepared, CaseSnapshot]:
    """What would be printed now and from what, nothing opened yet; raises Refused naming what is missing, NotFound."""
    require_edit(case, actor, section_of(kind))
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
    asked = next_issue(kind, digest, last, copy, number)
    if not asked.already:
        expect_length(sum(paper.pages for paper in listed))
    return asked, held


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
    document = Series(case, prepared.kind, prepared.copy, prepared.request_number)
    template = document_kind(prepared.kind, prepared.copy).template_version
    row = plans.keep(session, document, prepared, canonical(held), template, actor, now)
    kept_pieces.keep(session, case, row.kind, row.copy, row.request_number, prepared.pieces, now)
    details = {"kind": row.kind, "copy": row.copy, "version": row.version, "sha256": row.sha256}
    role = role_for(section_of(row.kind), case, actor)
    record(session, case, actor, now, "issue_document", role=role, inputs=details)
    return row


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
    return series.pdf_of(session, row)


def filename(case: Case, row: IssuedDocument) -> str:
    """A download name without personal data."""
    continuation = f"-c{row.request_number}" if row.request_number else ""
    return f"{case.code}{continuation}-{row.kind}-{row.copy}-v{row.version}.pdf"


def count(session: Session, case: Case) -> int:
    """How many documents a case has."""
    return (
        session.scalar(select(func.count()).select_from(IssuedDocument).where(IssuedDocument.case_id == case.id)) or 0
    )
