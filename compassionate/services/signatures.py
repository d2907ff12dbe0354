"""Signatures given in the application: written over exact content, sealed, voided in the open, checked afterwards.

They are electronic signatures of identified people (Reg. UE 910/2014 art. 3.10), neither advanced nor qualified;
docs/signatures.md says what they prove. A row is bound to case, request, meaning and content by a seal under the key
of its case and by a row of the audit chain: written, copied or changed by hand, it shows (21 CFR 11.70; SIG-03).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from compassionate.errors import Reason, Refused
from compassionate.models import AuditEntry, Case, Signature, new_id
from compassionate.models.vault import WrongKey, seal, unseal
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.services.proofs import LEGAL_BASIS, SigningAct, fits
from compassionate.snapshot import plain, sha256
from compassionate.workflow.roles import Role

SIGN, VOID = "sign_content", "void_signature"
# The acts that signed before signatures had a row of their own in the chain.
EARLIER = ("endorse", "sign_clinical_report", "endorse_rectification", "rectify_request")
PORTION = {"yield_per": 1000}
FACTS = (
    "id", "case_id", "request_number", "subject", "meaning", "content_sha256", "account_id", "name", "role",
    "collegiate_number", "delegation", "at", "proved_by", "proof_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signing:
    """What somebody is about to sign: the meaning, what it is about, and the content itself."""

    meaning: str
    content: Any
    number: int = 0
    subject: str = ""

    def act(self, case: Case) -> SigningAct:
        """The act that a proof must have been made for."""
        return SigningAct(self.meaning, case.id, self.number, self.subject, sha256(self.content))


def sign(session: Session, actor: Actor, case: Case, signing: Signing, role: Role, now: datetime) -> Signature:
    """Sign with the proof that the actor brings, which is used up; an older one of the same meaning is voided.

    Raises Refused where identity was not shown for this very act (SIG-01).
    """
    act, proof = signing.act(case), actor.proof
    used = select(Signature.id).where(Signature.proof_id == (proof.id if proof else ""))
    if proof is None or not fits(proof, actor.account_id, act, now) or session.scalar(used) is not None:
        raise Refused((Reason("signature.identity", LEGAL_BASIS, "", "case"),))
    void(session, actor, case, signing, now, "signed_again")
    row = Signature(
        id=new_id(),
        case_id=case.id,
        request_number=signing.number,
        subject=signing.subject,
        meaning=signing.meaning,
        content_sha256=act.content,
        account_id=actor.account_id,
        name=actor.name,
        role=role.value,
        collegiate_number=actor.collegiate_number,
        delegation=actor.delegation_at(case.centre_id, role),
        at=now,
        proved_by=proof.shown,
        proof_id=proof.id,
    )
    seal(session, row, "sealed", case.key_id, {"facts": facts(row), "content": plain(signing.content)})
    session.add(row)
    session.flush()
    known = {"signature": row.id, "meaning": row.meaning, "content_sha256": row.content_sha256}
    audit.append(session, actor, SIGN, now, case, **known, proved_by=row.proved_by, facts_sha256=sha256(facts(row)))
    return row


def facts(row: Signature) -> dict[str, Any]:
    """What a signature says, as it is sealed and hashed; whether it was voided comes later and is in the chain."""
    said = {name: plain(getattr(row, name)) for name in FACTS}
    return said | {"at": row.at.astimezone(UTC).isoformat()}


def _standing(case: Case, meaning: str, number: int, subject: str) -> Any:
    return select(Signature).where(
        Signature.case_id == case.id,
        Signature.request_number == number,
        Signature.subject == subject,
        Signature.meaning == meaning,
        Signature.voided_at.is_(None),
    )


def void(
    session: Session,
    actor: Actor | None,
    case: Case,
    signing: Signing | SigningAct,
    now: datetime,
    why: str = "content_changed",
) -> None:
    """Mark the standing signatures of a meaning as no longer valid, and say so in the chain; none is removed."""
    for row in session.scalars(_standing(case, signing.meaning, signing.number, signing.subject)).all():
        row.voided_at, row.void_reason = now, why
        audit.append(session, actor, VOID, now, case, signature=row.id, meaning=row.meaning, why=why)
    session.flush()


def standing(session: Session, case: Case, meaning: str, number: int = 0, subject: str = "") -> Signature | None:
    """The signature of a meaning that nobody voided; whether the content still is the same is another question."""
    wanted = _standing(case, meaning, number, subject).order_by(Signature.at.desc(), Signature.id.desc())
    found: Signature | None = session.scalar(wanted.limit(1))
    return found


def last(session: Session, case: Case, meaning: str, number: int = 0, subject: str = "") -> Signature | None:
    """The last signature of a meaning, voided or not."""
    wanted = select(Signature).where(
        Signature.case_id == case.id,
        Signature.meaning == meaning,
        Signature.request_number == number,
        Signature.subject == subject,
    )
    return session.scalar(wanted.order_by(Signature.at.desc(), Signature.id.desc()).limit(1))


def content_signed(session: Session, case: Case, row: Signature) -> Any:
    """The content as it was when it was signed; None for a signature of before contents were kept."""
    held = unseal(session, row, "sealed", case.key_id)
    return held["content"] if held else None


@dataclass(slots=True)
class _Told:
    """What the chain tells of signatures: case and hash of the facts of each, the voided, and the acts of before."""

    signed: dict[str, tuple[str, str]] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    earlier: set[tuple[str, str, str]] = field(default_factory=set)


def disagreements(session: Session) -> Iterator[str]:
    """Every signature that is not as it was given: written, changed, copied, un-voided or deleted by hand (SIG-03)."""
    cases = {row.id: row for row in session.scalars(select(Case))}
    told, seen = _told(session), set()
    here = select(Signature).where(Signature.is_imported.is_(False))  # the others: services/imports.py
    for row in session.scalars(here.order_by(Signature.id), execution_options=PORTION):
        seen.add(row.id)
        name = f"{cases[row.case_id].code}: signature {row.id}"
        yield from (f"{name}: {each}" for each in _wrong(session, cases, row, told))
    for name, (case_id, _) in told.signed.items():
        if case_id in cases and name not in seen:
            yield f"{cases[case_id].code}: signature {name}: gone"


def _told(session: Session) -> _Told:
    found, wanted = _Told(), [AuditEntry.row.contains(f'"action":"{each}"') for each in (SIGN, VOID, *EARLIER)]
    entries = select(AuditEntry.case_id, AuditEntry.row).where(or_(*wanted))
    for case_id, text in session.execute(entries, execution_options=PORTION):
        told: Mapping[str, Any] = json.loads(text)
        detail = told.get("detail") or {}
        if told["action"] == SIGN:
            found.signed[detail["signature"]] = (str(case_id), detail["facts_sha256"])
        elif told["action"] == VOID:
            found.voided.add(detail["signature"])
        elif told.get("result", audit.OK) == audit.OK:
            found.earlier.add((str(case_id), str(told.get("actor")), str(told.get("at"))))
    return found


def _wrong(session: Session, cases: Mapping[str, Case], row: Signature, told: _Told) -> Iterator[str]:
    said = told.signed.get(row.id)
    if said is None and row.sealed is None and row.proof_id is None:
        if (row.case_id, row.account_id, row.at.astimezone(UTC).isoformat()) not in told.earlier:
            yield "nobody gave it"
        return  # given before signatures were sealed: its void was not told apart
    if said is None:
        yield "nobody gave it"
    elif said != (row.case_id, sha256(facts(row))):
        yield "changed after it was given"
    if (row.id in told.voided) != (row.voided_at is not None):
        yield "valid or not: not what was done"
    if not _is_sealed(session, cases[row.case_id], row):
        yield "its seal is of another one"


def _is_sealed(session: Session, case: Case, row: Signature) -> bool:
    try:
        held = unseal(session, row, "sealed", case.key_id)
    except WrongKey:
        return False
    return bool(held) and held["facts"] == facts(row) and sha256(held["content"]) == row.content_sha256
