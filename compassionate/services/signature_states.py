"""Whether a signature still stands; where it does not, since when, by whom, and what now says otherwise (SIG-03)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.difference_words import Difference, Teller
from compassionate.documents.differences import differences
from compassionate.documents.phrases import Phrases
from compassionate.models import Case, CaseEvent, Signature
from compassionate.services.criteria import forms_of
from compassionate.services.signatures import Signing, content_signed, last
from compassionate.snapshot import plain, sha256

CHANGED = "content_changed"
PARTS = ("eligibility", "criteria", "report")
# What writes into a case without an event named edit_…, and may change what was signed.
CHANGING = ("rectify_request", "upload_paper", "withdraw_paper", "choose_annexes", "accept_case", "complete_report")


@dataclass(frozen=True, slots=True)
class SignatureState:
    """The last signature of a meaning; `why` it no longer stands (empty: it does), since when, who did what."""

    row: Signature
    why: str = ""
    at: datetime | None = None
    by: str = ""
    changes: tuple[Difference, ...] = ()


def state(session: Session, case: Case, now: Signing, language: str) -> SignatureState | None:
    """The last signature of a meaning against what would be signed now; None where nobody signed."""
    row = last(session, case, now.meaning, now.number, now.subject)
    if row is None:
        return None
    is_same = row.content_sha256 == sha256(now.content)
    if row.voided_at is None and is_same:
        return SignatureState(row)
    changes = () if is_same else _changes(session, case, row, now, language)
    if row.voided_at is not None and row.void_reason not in ("", CHANGED):
        return SignatureState(row, row.void_reason, row.voided_at, "", changes)
    event = _changed_by(session, case, row)
    return SignatureState(row, CHANGED, event.at if event else row.voided_at, event.by_name if event else "", changes)


def _changed_by(session: Session, case: Case, row: Signature) -> CaseEvent | None:
    """The first act after the signature that changed what the case says."""
    later = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.at > row.at)
    changing = later.where(CaseEvent.name.startswith("edit_", autoescape=True) | CaseEvent.name.in_(CHANGING))
    return session.scalar(changing.order_by(CaseEvent.case_version).limit(1))


def _changes(session: Session, case: Case, row: Signature, now: Signing, language: str) -> tuple[Difference, ...]:
    signed = content_signed(session, case, row)
    if signed is None:
        return ()
    teller = Teller(Phrases(language, case.centre.zone), forms_of(session))
    return tuple(teller.tell(each) for each in differences(_parted(signed), _parted(plain(now.content))))


def _parted(content: Mapping[str, Any]) -> dict[str, Any]:
    """What was signed as documents name its parts, each said once."""
    if "report" in content:
        request = {name: each for name, each in content["request"].items() if name not in ("report", "posology")}
        papers = [dict(zip(("kind", "title", "sha256"), each, strict=True)) for each in content["papers"]]
        return _parted(content["report"]) | {**content, "request": request, "papers": papers, "report": None}
    parts = dict(zip(PARTS, content.get("parts", ()), strict=False))
    return {name: each for name, each in content.items() if name != "parts"} | parts
