"""Information and consent, round by round: what their steps write, and what pages show of them.

Written, after information, revocable at any time and freely (RD 1015/2009 art. 8.2, 11.1.b; Ley 41/2002 art. 2.4,
4, 8-10). A word of mouth that ends a consent stops doses at once; the writing is then owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Case, Consent, Paper, new_id
from compassionate.models.vault import seal, unseal
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit
from compassionate.services.days import past_day
from compassionate.services.edits import hold
from compassionate.services.facts import today_at
from compassionate.services.patients import identity_of
from compassionate.services.proofs import SigningAct
from compassionate.services.recording import record
from compassionate.services.requests import role_for
from compassionate.services.signatures import Signing, sign, void
from compassionate.services.snapshots.course import consent as consent_snapshot
from compassionate.services.snapshots.parties import Names
from compassionate.services.step import Effect, Step
from compassionate.snapshot import CONSENT_WITNESS, witnessed_content
from compassionate.workflow.roles import Role

RECORD = "record_consent"
SIGN_FOR_THEMSELVES = ("patient", "minor_16")
OF_AGE, OF_HEALTH_AGE = 18, 16  # Ley 41/2002 art. 9.4: from sixteen the minor signs


@dataclass(frozen=True, slots=True)
class Round:
    """One round of information and consent with its sealed words opened."""

    row: Consent
    informed_by: str = ""
    representative: str = ""
    hearing_of_minor: str = ""
    interpreter: str = ""
    language: str = ""
    written_on: date | None = None
    ending_paper_id: str = ""

    @property
    def owes_writing(self) -> bool:
        """Ended by word of mouth and not yet in writing (Ley 41/2002 art. 2.4, 8.5)."""
        return self.row.ended_by_word and self.written_on is None


def rounds(session: Session, case: Case) -> dict[str, list[Round]]:
    """The rounds of each kind that the case has, newest first."""
    found: dict[str, list[Round]] = {region.instance: [] for region in case.regions if region.kind == "consent"}
    rows = session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.number.desc()))
    for row in rows:
        found.setdefault(row.kind, []).append(_round(session, case, row))
    return found


def _round(session: Session, case: Case, row: Consent) -> Round:
    details = unseal(session, row, "details", case.key_id) or {}
    informer = session.get(Account, row.informed_by_id) if row.informed_by_id else None
    written = details.get("written_on")
    return Round(
        row,
        informer.name if informer else "",
        details.get("representative") or "",
        details.get("hearing_of_minor") or "",
        details.get("interpreter") or "",
        details.get("language") or "",
        date.fromisoformat(written) if written else None,
        details.get("ending_paper") or "",
    )


def witnessing(session: Session, case: Case, row: Consent) -> Signing:
    """What the witness of a written consent signs, as it is recorded now; never the patient's consent itself."""
    told = consent_snapshot(session, case, "", row, Names(session))
    return Signing(CONSENT_WITNESS, witnessed_content(case.code, told), subject=row.id)


def witness_act(session: Session, case: Case, kind: str) -> SigningAct:
    """The act of recording a consent in writing: it starts from the information that was given."""
    row = _newest(session, case, kind)
    return witnessing(session, case, row).act(case) if row else SigningAct(CONSENT_WITNESS, case.id)


def usual_signer(session: Session, case: Case, today: date) -> str:
    """Who signs for this patient by age: `adult`, `minor_16` or `minor`; `unknown` without a birth date (art. 9)."""
    born = identity_of(session, case.patient).birth_on
    if born is None:
        return "unknown"
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return "adult" if age >= OF_AGE else "minor_16" if age >= OF_HEALTH_AGE else "minor"


def record_writing(
    session: Session, actor: Actor, case: Case, kind: str, on: str, paper_id: str, now: datetime
) -> Consent:
    """The writing that a refusal or revocation by word of mouth still owed (Ley 41/2002 art. 2.4, 8.5).

    Raises Refused, NotFound (nothing is owed), Invalid (fields `on`, `paper`).
    """
    hold(session, case)
    require_edit(case, actor, "papers")
    held = next(iter(rounds(session, case).get(kind, [])), None)
    if held is None or not held.owes_writing:
        raise NotFound
    day = _day_of_writing(held.row, on, today_at(case, now))
    paper = session.scalar(select(Paper.id).where(Paper.id == paper_id, Paper.case_id == case.id)) if paper_id else ""
    if paper is None:
        raise Invalid((FieldError("paper", "paper.not_here"),))
    details = unseal(session, held.row, "details", case.key_id) or {}
    added = {"written_on": day.isoformat(), "ending_paper": paper}
    seal(session, held.row, "details", case.key_id, details | added)
    role = role_for("papers", case, actor)
    record(
        session, case, actor, now, "record_consent_writing", role=role, region="consent", instance=kind, inputs=added
    )
    return held.row


def _day_of_writing(row: Consent, on: str, today: date) -> date:
    day = past_day("on", on, today)
    if row.ended_on and day < row.ended_on:
        raise Invalid((FieldError("on", "consent.written_before_ending", {"on": row.ended_on}),))
    return day


def _latest(step: Step) -> Consent | None:
    return _newest(step.session, step.case, step.instance)


def _newest(session: Session, case: Case, kind: str) -> Consent | None:
    wanted = select(Consent).where(Consent.case_id == case.id, Consent.kind == kind)
    return session.scalar(wanted.order_by(Consent.number.desc()).limit(1))


def _new(step: Step, number: int) -> Consent:
    return Consent(id=new_id(), case_id=step.case.id, kind=step.instance, number=number)


def _inform_patient(step: Step) -> None:
    held = _latest(step)
    row = _new(step, held.number + 1 if held else 1)
    row.sheet_version, row.informed_on = step.values["sheet_version"], step.values["on"]
    row.informed_by_id = step.actor.account_id
    details = {"interpreter": step.values.get("interpreter") or "", "language": step.values.get("language") or ""}
    seal(step.session, row, "details", step.case.key_id, details)
    step.session.add(row)


def _record_consent(step: Step) -> None:
    row, values = _latest(step), step.values
    assert row is not None
    assert row.informed_on is not None
    if values["on"] < row.informed_on:
        raise Invalid((FieldError("on", "consent.before_information", {"on": row.informed_on}),))
    if values["signed_by"] not in SIGN_FOR_THEMSELVES and not values.get("representative"):
        raise Invalid((FieldError("representative", "value.missing"),))
    _check_age(step, values["signed_by"])
    row.signed_on, row.signed_by = values["on"], values["signed_by"]
    row.copy_given, row.paper_id = values["copy_given"], step.paper_id
    details = {
        "representative": values.get("representative") or "",
        "hearing_of_minor": values.get("hearing_of_minor") or "",
    }
    seal(step.session, row, "details", step.case.key_id, _details(step, row) | details)
    seen = witnessing(step.session, step.case, row)
    sign(step.session, step.actor, step.case, seen, Role(step.event.role), step.now)


def _check_age(step: Step, signed_by: str) -> None:
    """A minor under sixteen does not sign for themselves; who signs as a minor of sixteen is one (art. 9.3.c, 9.4)."""
    usual = usual_signer(step.session, step.case, step.values["on"])
    if (signed_by == "patient" and usual == "minor") or (signed_by == "minor_16" and usual in ("minor", "adult")):
        raise Invalid((FieldError("signed_by", f"consent.signer_{usual}"),))


def _details(step: Step, row: Consent) -> dict[str, Any]:
    return unseal(step.session, row, "details", step.case.key_id) or {}


def _end_consent(step: Step) -> None:
    """A refusal before any information is a round of its own: what was said is never lost."""
    row = _latest(step) or _new(step, 1)
    if row.informed_on and step.values["on"] < row.informed_on:
        raise Invalid((FieldError("on", "consent.ended_before_information", {"on": row.informed_on}),))
    row.ended_on, row.ended_by_word = step.values["on"], step.values.get("form") == "oral"
    if paper := step.paper_id:
        seal(step.session, row, "details", step.case.key_id, _details(step, row) | {"ending_paper": paper})
    step.session.add(row)
    void(step.session, step.actor, step.case, witnessing(step.session, step.case, row), step.now, "consent_ended")


CONSENT_EFFECTS: Mapping[str, Effect] = {
    "inform_patient": _inform_patient,
    RECORD: _record_consent,
    "record_consent_refusal": _end_consent,
    "record_consent_revocation": _end_consent,
    "supersede_consent": _end_consent,
}
