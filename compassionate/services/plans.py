"""What is to be printed as plain data, printing and sealing it, and keeping it: alike for cases and for reports.

Printing takes seconds and needs no database, so it happens between planning and keeping, in another process where
there is one. The one home of what an issue is: its row with its seal, its bytes, the frozen content beside them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from compassionate.documents.contexts.source import HOSPITAL, Annex, Issue
from compassionate.documents.progress import Progress, silently
from compassionate.documents.sealing import Sealed, Sealer
from compassionate.documents.tabled_content import Tabled
from compassionate.errors import Reason, Refused
from compassionate.models import IssuedDocument, new_id
from compassionate.questionnaires import Catalogue
from compassionate.services import case_files, held_files, seals
from compassionate.services.actors import Actor
from compassionate.services.annex_files import Made
from compassionate.services.series import SNAPSHOT, Series
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


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that printing needs, as plain data: it may be printed in another process."""

    asked: Prepared
    what: CaseSnapshot | Tabled
    annexes: tuple[Annex, ...]
    at: datetime
    sealer: Sealer | None = None  # nothing to seal where it was issued already
    base: str = ""  # where people reach this installation
    pieces: Mapping[str, bytes] = field(default_factory=dict)  # of the last print


def expect_length(pages: int) -> None:
    """Refuse a document that is longer than any machine is asked to print at once (PDF-06)."""
    if pages > MOST_PAGES:
        raise Refused((Reason("document.too_many_pages", params={"pages": pages, "most": MOST_PAGES}, cure="papers"),))


def next_issue(kind: str, digest: str, last: IssuedDocument | None, copy: str = HOSPITAL, number: int = 0) -> Prepared:
    """The issue that would be printed now: the last one where it says the same, else the version after it."""
    if last is not None and last.content_sha256 == digest:
        return Prepared(kind, copy, number, last.version, digest, b"", last.pages, last.verification, last.id)
    return Prepared(kind, copy, number, last.version + 1 if last else 1, digest, b"", 0, secrets.token_hex(8))


def press(
    planned: Plan,
    forms: Catalogue,
    printer: Callable[..., Rendered] | None = None,
    on_progress: Progress = silently,
) -> Prepared:
    """Print a plan and seal it; needs no database, and takes seconds. Raises Refused where it grew too long.

    `printer` takes the place of documents/prints.py's `render` (one in another process).
    """
    from compassionate.documents.prints import render  # WeasyPrint takes half a second to import
    from compassionate.documents.sealing import seal

    asked = planned.asked
    if asked.already:
        return asked
    issue = Issue(asked.version, planned.at, asked.verification, planned.base)
    done = (printer or render)(
        planned.what,
        asked.kind,
        asked.copy,
        planned.annexes,
        issue,
        forms,
        on_progress=on_progress,
        kept=planned.pieces,
    )
    expect_length(done.pages)
    assert planned.sealer is not None
    sealed = seal(done.pdf, planned.sealer, planned.at)
    return replace(asked, pdf=sealed.pdf, pages=done.pages, issued_at=planned.at, sealed=sealed, pieces=done.pieces)


def keep(
    session: Session,
    series: Series,
    prepared: Prepared,
    frozen: bytes,
    template_version: str,
    actor: Actor,
    now: datetime,
) -> IssuedDocument:
    """One more version: its row and seal, its bytes, and what it was issued from (PDF-03). Raises Unavailable."""
    row = IssuedDocument(
        id=new_id(),
        **series.columns,
        version=prepared.version,
        template_version=template_version,
        sha256=hashlib.sha256(prepared.pdf).hexdigest(),
        content_sha256=prepared.content_sha256,
        pages=prepared.pages,
        size=len(prepared.pdf),
        verification=prepared.verification,
        issued_by_id=actor.account_id,
        issued_at=prepared.issued_at or now,
    )
    if prepared.sealed is not None:
        sealed = prepared.sealed
        seals.remember(session, sealed.certificate, now)
        row.seal_level, row.seal_certificate, row.seal_digest = sealed.level, sealed.fingerprint, sealed.digest
        row.seal_lacks, row.sealed_at = sealed.lacks or None, sealed.at
    session.add(row)
    session.flush()
    held_files.write(session, row, series.holder.key_id, prepared.pdf)
    case_files.put(session, series.holder, SNAPSHOT, row.id, frozen, now)
    return row
