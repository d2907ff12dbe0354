"""Copies of issued documents that people signed with their own certificate (AutoFirma) and brought back (SIG-05).

Looked at before anything is kept, and kept only where nothing stands against it: it is our document and nothing else
was added, and every signature on it holds. It is proof that somebody signed this paper; no step and no consent rests on
it. Ley 39/2015 art. 10.2.a; Reglamento (UE) 910/2014 art. 25-28.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.judging import (
    BROKEN,
    CHANGED,
    CHANGED_AFTER,
    CLAIMED,
    GOOD,
    SIGNATURE,
    STAMPED,
    TRUSTED,
    UNCHECKED,
    Judged,
    Unreadable,
    additions,
    judge,
)
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, CaseFile, IssuedDocument, SignedDocument, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services import case_files, documents, seals, verifying
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.recording import record
from compassionate.services.requests import role_for

SECTION, KIND = "issue_documents", "signed"
MOST_ADDED = 4 * 1024 * 1024  # signatures with everything that archives them
MOST_REVISIONS = 40


@dataclass(frozen=True, slots=True)
class Examined:
    """A copy that may be kept: its bytes and what was found of those who signed it."""

    document_id: str
    data: bytes
    signers: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy that was kept, with who signed it and who brought it."""

    row: SignedDocument
    signers: list[dict[str, Any]]
    by: str


def examine(session: Session, case: Case, row: IssuedDocument, data: bytes, now: datetime) -> Examined:
    """Look at a file that came back; raises Invalid with the sentence why it is not kept."""
    if row.seal_level is None:  # what came between it and a signature could not be told
        raise _wrong("unsealed")
    original = documents.pdf_of(session, case, row)
    _expect_ours(session, row, original, data)
    try:
        judged = judge(data, seals.trust(session, online=True), now)
        only_signed = additions(data, original)
    except Unreadable as error:
        raise _wrong(BROKEN) from error
    people = tuple(each for each in judged if each.reason == BROKEN or _is_new(each, len(original)))
    if not people:
        raise _wrong("no_signature")
    if not only_signed:
        raise _wrong(CHANGED_AFTER)
    for each in people:
        if not each.holds:
            raise _wrong(BROKEN if each.reason == CHANGED else each.reason, signer=each.signer.name)
    return Examined(row.id, data, people)


def _is_new(each: Judged, length: int) -> bool:
    return each.kind == SIGNATURE and each.ends_at > length


def _expect_ours(session: Session, row: IssuedDocument, original: bytes, data: bytes) -> None:
    """Whether all of the document stands at the beginning, byte for byte, with something behind it."""
    if not data.startswith(b"%PDF-"):
        raise _wrong("not_pdf")
    if not data.startswith(original):
        raise _wrong(_why_not_ours(session, row, data))
    if not data[len(original) :].strip():
        raise _wrong("no_signature")
    if len(data) - len(original) > MOST_ADDED or data.count(b"%%EOF", len(original)) > MOST_REVISIONS:
        raise _wrong("too_much")


def _why_not_ours(session: Session, row: IssuedDocument, data: bytes) -> str:
    found = verifying.find(session, data)
    if found is None:
        return "not_this"
    if found.row.id != row.id:
        return "another"
    return "changed" if found.original is None else "not_this"


def _wrong(code: str, **params: str) -> Invalid:
    return Invalid((FieldError("file", f"signed.{code}", params),))


def keep(
    session: Session, actor: Actor, case: Case, row: IssuedDocument, examined: Examined, now: datetime
) -> SignedDocument:
    """Keep a copy that was examined; the same file is kept once. Raises Refused, NotFound."""
    require_edit(case, actor, SECTION)
    if examined.document_id != row.id:
        raise NotFound
    digest = hashlib.sha256(examined.data).hexdigest()
    same = select(SignedDocument).where(SignedDocument.document_id == row.id, SignedDocument.sha256 == digest)
    if held := session.scalar(same):
        return held
    kept = SignedDocument(
        id=new_id(), case_id=case.id, document_id=row.id, sha256=digest, size=len(examined.data),
        chain=_all_or(TRUSTED, UNCHECKED, (each.chain for each in examined.signers)),
        revocation=_all_or(GOOD, UNCHECKED, (each.revocation for each in examined.signers)),
        moment=_all_or(STAMPED, CLAIMED, (each.moment for each in examined.signers)),
        by_id=actor.account_id, at=now,
    )  # fmt: skip
    seal(session, kept, "details", case.key_id, [_signer(each) for each in examined.signers])
    session.add(kept)
    session.flush()
    case_files.put(session, case, KIND, kept.id, examined.data, now)
    details = {"kind": row.kind, "copy": row.copy, "version": row.version, "sha256": digest}
    record(session, case, actor, now, "keep_signed_copy", role=role_for(SECTION, case, actor), inputs=details)
    return kept


def _all_or(best: str, otherwise: str, found: Iterable[str]) -> str:
    return best if all(each == best for each in found) else otherwise


def _signer(each: Judged) -> dict[str, Any]:
    return {
        "name": each.signer.name,
        "number": each.signer.number,
        "serial": each.signer.serial,
        "issuer": each.signer.issuer,
        "at": each.at.isoformat() if each.at else None,
        "moment": each.moment,
        "chain": each.chain,
        "revocation": each.revocation,
    }


def listed(session: Session, case: Case, row: IssuedDocument) -> list[Kept]:
    """The signed copies of a document, newest first."""
    wanted = select(SignedDocument).where(SignedDocument.case_id == case.id, SignedDocument.document_id == row.id)
    rows = session.scalars(wanted.order_by(SignedDocument.at.desc(), SignedDocument.id.desc())).all()
    return [_kept(session, case, each) for each in rows]


def _kept(session: Session, case: Case, row: SignedDocument) -> Kept:
    account = session.get(Account, row.by_id)
    return Kept(row, unseal(session, row, "details", case.key_id), account.name if account else "")


def counts(session: Session, case: Case) -> dict[str, int]:
    """How many signed copies each document of a case has."""
    found: dict[str, int] = {}
    for document_id in session.scalars(select(SignedDocument.document_id).where(SignedDocument.case_id == case.id)):
        found[document_id] = found.get(document_id, 0) + 1
    return found


def data_of(session: Session, case: Case, row: IssuedDocument, signed_id: str) -> tuple[SignedDocument, bytes]:
    """A signed copy of a document with its bytes; raises NotFound."""
    kept = session.scalar(
        select(SignedDocument).where(
            SignedDocument.id == signed_id, SignedDocument.case_id == case.id, SignedDocument.document_id == row.id
        )
    )
    file: CaseFile | None = case_files.find(session, case, KIND, kept.id) if kept else None
    if kept is None or file is None:
        raise NotFound
    return kept, case_files.data_of(session, case, file)
