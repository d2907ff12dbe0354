"""What signatures and dossiers are bound to: whether they still say what the case says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.catalogue import content_sha256
from compassionate.models import Case, IssuedDocument, Signature
from compassionate.services import series
from compassionate.services.series import Series
from compassionate.services.signatures import Signing
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot, sha256, signed_content

REPORT, ENDORSEMENT = "clinical_report", "endorsement"


@dataclass(frozen=True, slots=True)
class Binding:
    """Which of the bound things are there and current."""

    report_signed: bool = False
    endorsement_current: bool = False
    dossier_current: bool = False


def content_for(case: CaseSnapshot, meaning: str) -> dict[str, Any]:
    """What a signature of that meaning binds to."""
    return signed_content(case, meaning)


def content_of(case: CaseSnapshot, meaning: str) -> str:
    """Its SHA-256."""
    return sha256(content_for(case, meaning))


def signing(case: CaseSnapshot, meaning: str) -> Signing:
    """The report or the request of a snapshot, to be signed."""
    return Signing(meaning, content_for(case, meaning), case.request.number)


def _has_signatures(session: Session, case: Case, number: int) -> bool:
    held = select(Signature.id).where(
        Signature.case_id == case.id, Signature.request_number == number, Signature.voided_at.is_(None)
    )
    return session.scalar(held.limit(1)) is not None


def latest_dossier(session: Session, case: Case, number: int, copy: str = "agency") -> IssuedDocument | None:
    """The newest dossier of a request, in that copy."""
    return series.latest(session, Series(case, "dossier", copy, number))


def _current(case: CaseSnapshot, meaning: str) -> bool:
    held = case.signature(meaning)
    return held is not None and held.content_sha256 == content_of(case, meaning)


def binding_facts(session: Session, case: Case, number: int) -> Binding:
    """Which signatures and which dossier of a request are there and still say what the case says."""
    if not _has_signatures(session, case, number):
        return Binding()
    held = snapshot(session, case, number)
    dossier = latest_dossier(session, case, number)
    dossier_current = dossier is not None and dossier.content_sha256 == content_sha256(held, "dossier", "agency")
    return Binding(_current(held, REPORT), _current(held, ENDORSEMENT), dossier_current)
