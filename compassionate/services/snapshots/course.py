"""What happened to a case: steps, regions, decisions, consents, doses, visits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    Case,
    CaseEvent,
    Consent,
    Decision,
    Dose,
    Paper,
    PatientLink,
    Region,
    Signature,
    SupplyEntry,
    Visit,
)
from compassionate.models.vault import unseal
from compassionate.services.scores import scores_of
from compassionate.services.snapshots.parties import Names, signature_snapshot
from compassionate.snapshot import (
    CONSENT_WITNESS,
    AnswersSnapshot,
    ConsentSnapshot,
    DecisionSnapshot,
    DoseSnapshot,
    EventSnapshot,
    PatientAnswersSnapshot,
    RegionSnapshot,
    SignatureSnapshot,
    SupplySnapshot,
    VisitSnapshot,
)


def _in_order(case: Case) -> list[Region]:
    """Its regions by their names, however they were read and whatever a database takes for the order of words."""
    return sorted(case.regions, key=lambda row: (row.kind, row.instance))


def regions(case: Case, events: tuple[EventSnapshot, ...]) -> tuple[RegionSnapshot, ...]:
    """What runs beside the state, with what was entered last."""
    last = {(event.region, event.instance): event for event in events}
    return tuple(
        RegionSnapshot(
            row.kind,
            row.instance,
            row.state,
            civil_date(row.since_at, case.centre.zone),
            last[row.kind, row.instance].inputs if (row.kind, row.instance) in last else {},
        )
        for row in _in_order(case)
    )


def events_of(session: Session, case: Case) -> tuple[EventSnapshot, ...]:
    """Every step, oldest first."""
    rows = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.case_version))
    return tuple(
        EventSnapshot(
            row.at,
            row.name,
            row.region,
            row.instance,
            row.before,
            row.after,
            row.by_name,
            row.role,
            unseal(session, row, "inputs", case.key_id) or {},
        )
        for row in rows
    )


def decisions_of(session: Session, case: Case) -> tuple[DecisionSnapshot, ...]:
    """Every decision of the agency, oldest first."""
    rows = session.scalars(
        select(Decision).where(Decision.case_id == case.id).order_by(Decision.decided_on, Decision.id)
    )
    return tuple(_decision(session, case, row) for row in rows)


def _decision(session: Session, case: Case, row: Decision) -> DecisionSnapshot:
    texts = unseal(session, row, "texts", case.key_id) or {}
    return DecisionSnapshot(
        row.request_number,
        row.outcome,
        row.channel,
        row.decided_on,
        row.seen_on,
        row.reference,
        row.valid_until,
        texts.get("conditions") or "",
        tuple(row.grounds),
        texts.get("grounds_text") or "",
        row.follow_up_forms,
        {str(each.line_number): each.packs for each in row.packs},
    )


def consents(session: Session, case: Case, names: Names) -> tuple[ConsentSnapshot, ...]:
    """Each consent as it stands."""
    rows = {
        row.kind: row
        for row in session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.number))
    }
    return tuple(
        _consent(session, case, region.instance, region.state, rows.get(region.instance), names)
        for region in _in_order(case)
        if region.kind == "consent"
    )


def _consent(session: Session, case: Case, kind: str, state: str, row: Consent | None, names: Names) -> ConsentSnapshot:
    return ConsentSnapshot(kind, state) if row is None else consent(session, case, state, row, names)


def consent(session: Session, case: Case, state: str, row: Consent, names: Names) -> ConsentSnapshot:
    """One round of a consent, with who signed that they saw it."""
    details = unseal(session, row, "details", case.key_id) or {}
    return ConsentSnapshot(
        row.kind,
        state,
        row.sheet_version,
        row.informed_on,
        names(row.informed_by_id),
        row.signed_on,
        row.signed_by,
        details.get("representative") or "",
        details.get("interpreter") or "",
        row.copy_given,
        row.ended_on,
        details.get("language") or "",
        details.get("hearing_of_minor") or "",
        _sha256(session, row.paper_id),
        _witness(session, case, row),
    )


def _sha256(session: Session, paper_id: str | None) -> str:
    held = session.get(Paper, paper_id) if paper_id else None
    return held.sha256 if held is not None and held.withdrawn_at is None else ""


def _witness(session: Session, case: Case, row: Consent) -> SignatureSnapshot | None:
    """The last, also where what it says is over: documents say that it is void."""
    of_round = (Signature.case_id == case.id, Signature.meaning == CONSENT_WITNESS, Signature.subject == row.id)
    wanted = select(Signature).where(*of_round).order_by(Signature.at.desc(), Signature.id.desc())
    found = session.scalar(wanted.limit(1))
    return signature_snapshot(found) if found is not None else None


def movement(row: SupplyEntry, names: Names) -> SupplySnapshot:
    """A line of the supply ledger."""
    return SupplySnapshot(
        row.line_number,
        row.kind,
        row.on,
        row.units,
        row.packs,
        row.batch,
        row.expires_on,
        row.reference,
        names(row.by_id),
    )


def dose(session: Session, case: Case, row: Dose, names: Names) -> DoseSnapshot:
    """A dispensing or dose."""
    details = unseal(session, row, "details", case.key_id) or {}
    return DoseSnapshot(
        row.act,
        row.line_number,
        row.batch,
        row.expires_on,
        row.units,
        row.given_on,
        names(row.by_id),
        details.get("collected_by") or "",
        row.next_on,
        details.get("note") or "",
    )


def visit(
    session: Session,
    case: Case,
    row: Visit,
    answers: dict[tuple[str, str], AnswersSnapshot],
    said: Iterable[PatientLink],
    names: Names,
) -> VisitSnapshot:
    """A visit with its scores, once it was made, and with what the patient answered by themselves."""
    held = next(
        (each for (form, subject), each in answers.items() if subject == row.name and form.startswith("follow-up")),
        None,
    )
    scores = scores_of(held.answers) if held and row.status == "done" else {}
    reason = unseal(session, row, "reason", case.key_id) or ""
    days = {name: getattr(row, name) for name in ("day", "before_days", "after_days", "off_days", "unscheduled")}
    told = tuple(_by_patient(session, case, each, names) for each in said)
    return VisitSnapshot(
        row.name, row.months, row.status, row.planned_on, row.done_on, reason, held, scores, **days, by_patient=told
    )


def _by_patient(session: Session, case: Case, row: PatientLink, names: Names) -> PatientAnswersSnapshot:
    assert row.answered_at is not None
    return PatientAnswersSnapshot(
        row.answered_at,
        unseal(session, row, "answers", case.key_id) or {},
        row.language,
        row.verdict,
        row.verdict_at,
        names(row.verdict_by_id) if row.verdict_by_id else "",
        names(row.made_by_id),
        row.made_at,
    )
