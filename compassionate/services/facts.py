"""The facts of one case, gathered for the guards: the only bridge from rows to rules."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import (
    AnswerSet,
    Case,
    Clock,
    Consent,
    ContactAttempt,
    Contribution,
    Decision,
    Dose,
    Posology,
    ReactionTriage,
    Region,
    Request,
    Visit,
)
from compassionate.models.vault import unseal
from compassionate.services import ledger
from compassionate.services.binding import binding_facts
from compassionate.services.criteria import unmet_criteria
from compassionate.workflow.facts import AuthorisationFacts, ConsentFacts, Facts, LineFacts, RequestFacts

BEFORE_SUBMISSION = ("draft", "screening", "preparing", "awaiting_endorsement", "ready_to_submit")
WITH_STOCK = (
    "authorised",
    "in_treatment",
    "interrupted",
    "suspended",
    "revoked",
    "in_follow_up",
    "lost_to_follow_up",
    "deceased",
    "not_treated",
)


def today_at(case: Case, now: datetime) -> date:
    """The civil date at the case's centre."""
    return civil_date(now, case.centre.zone)


def answers_of(session: Session, case: Case, form: str, subject: str = "") -> dict[str, Any]:
    """The stored answers to one form; empty where there are none."""
    row = session.scalar(
        select(AnswerSet).where(AnswerSet.case_id == case.id, AnswerSet.form == form, AnswerSet.subject == subject)
    )
    return unseal(session, row, "answers", case.key_id) if row else {}


def region_of(case: Case, kind: str, instance: str = "") -> Region | None:
    """A region's row by kind and instance (any instance where none is named)."""
    return next((row for row in case.regions if row.kind == kind and instance in ("", row.instance)), None)


def request_of(case: Case, number: int) -> Request | None:
    """A request of the case by its number."""
    return next((row for row in case.requests if row.number == number), None)


def request_state(case: Case, number: int) -> str:
    """The state that a request is in: the case's own for the first, its region's for a continuation."""
    region = region_of(case, "continuation", f"continuation-{number}") if number else None
    return region.state if region else case.state


def _state(case: Case, kind: str) -> str:
    region = region_of(case, kind)
    return region.state if region else "not_needed"


def _request_facts(session: Session, case: Case, number: int) -> RequestFacts:
    request = request_of(case, number)
    if request is None or request_state(case, number) not in BEFORE_SUBMISSION:
        return RequestFacts(number)
    posology = session.scalar(
        select(Posology.id)
        .where(Posology.case_id == case.id, Posology.request_number <= number)
        .order_by(Posology.version.desc())
        .limit(1)
    )
    binding = binding_facts(session, case, number)
    return RequestFacts(
        number,
        binding.report_signed,
        posology is not None and bool(request.duration_weeks),
        bool(request.packs)
        and {row.line_number for row in request.packs}
        >= ({line.number for line in case.lines} if not number else set()),
        request.needs_import is not None,
        binding.endorsement_current,
        binding.dossier_current,
    )


def _authorisation(session: Session, case: Case) -> AuthorisationFacts | None:
    decisions = session.scalars(
        select(Decision)
        .where(Decision.case_id == case.id, Decision.outcome == "authorised")
        .order_by(Decision.decided_on, Decision.id)
    ).all()
    if not decisions:
        return None
    ends = [decision.valid_until for decision in decisions]
    latest = None if any(end is None for end in ends) else max(end for end in ends if end is not None)
    written = [decision for decision in decisions if decision.channel != "telephone" or decision.written_on is not None]
    return AuthorisationFacts(min(decision.decided_on for decision in (written or decisions)), bool(written), latest)


def _consents(session: Session, case: Case) -> tuple[ConsentFacts, ...]:
    rows = {
        row.kind: row
        for row in session.scalars(select(Consent).where(Consent.case_id == case.id).order_by(Consent.number))
    }
    return tuple(
        ConsentFacts(region.instance, region.state, row.informed_on if row else None, row.signed_on if row else None)
        for region in case.regions
        if region.kind == "consent"
        for row in [rows.get(region.instance)]
    )


def _visits_owed(session: Session, case: Case) -> tuple[str, ...]:
    return tuple(
        session.scalars(
            select(Visit.name).where(Visit.case_id == case.id, Visit.status == "planned").order_by(Visit.months)
        )
    )


def _forms_owed(session: Session, case: Case) -> bool:
    owed = select(func.count()).where(
        Decision.case_id == case.id, Decision.follow_up_forms.is_(True), Decision.forms_sent_on.is_(None)
    )
    return bool(session.scalar(owed))


def _eligibility(session: Session, case: Case) -> dict[str, Any]:
    return answers_of(session, case, "eligibility") if case.state in BEFORE_SUBMISSION else {}


def _insured(case: Case, today: date) -> bool:
    return case.centre.kind != "private" or (
        case.centre.insurance_until is not None and case.centre.insurance_until >= today
    )


def gather(session: Session, case: Case, now: datetime, request_number: int = 0) -> Facts:
    """Every fact that the guards of the case's pathway may ask, as of now."""
    today = today_at(case, now)
    entries = ledger.entries_of(session, case) if case.state in WITH_STOCK else []
    doses = list(session.scalars(select(Dose).where(Dose.case_id == case.id))) if case.state in WITH_STOCK else []
    account = ledger.accounts(case, entries, ledger.granted(session, case)) if case.state in WITH_STOCK else ()
    attempts = (
        list(session.scalars(select(ContactAttempt.channel).where(ContactAttempt.case_id == case.id))) if doses else []
    )
    settings = case.centre.settings
    return Facts(
        today=today,
        case_state=case.state,
        patient_identified=case.patient.is_identified,
        product_chosen=bool(case.lines),
        hospital_centre=case.centre.is_hospital,
        eligibility=_eligibility(session, case),
        unmet_criteria=unmet_criteria(session, case) if case.state == "screening" else (),
        sponsor_willing=case.product.willing_on is not None,
        sponsor_agreement=_state(case, "sponsor_agreement"),
        committee=_state(case, "committee"),
        request=_request_facts(session, case, request_number),
        contributors=frozenset(session.scalars(select(Contribution.account_id).where(Contribution.case_id == case.id))),
        authorisation=_authorisation(session, case) if case.state in WITH_STOCK else None,
        consents_required=tuple(case.product.consent_kinds or ["use"]),
        consents=_consents(session, case),
        lines=tuple(LineFacts(row.number, 0, row.packs_granted, row.units_per_pack, row.used) for row in account),
        batches=tuple(batch.facts() for batch in ledger.batches(entries, doses)),
        insurance_held=_insured(case, today),
        doses_given=len(doses),
        contact_attempts=len(attempts),
        contact_channels=len(set(attempts)),
        contact_attempts_wanted=int(settings.get("contact_attempts", 3)),
        contact_channels_wanted=int(settings.get("contact_channels", 2)),
        open_clocks=tuple(
            session.scalars(
                select(Clock.clock).where(Clock.case_id == case.id, Clock.closed_at.is_(None)).order_by(Clock.clock)
            )
        ),
        reactions_open=session.scalar(
            select(func.count())
            .select_from(ReactionTriage)
            .where(ReactionTriage.case_id == case.id, ReactionTriage.settled_at.is_(None))
        )
        or 0,
        units_unaccounted={row.number: row.left for row in account if row.left},
        visits_owed=_visits_owed(session, case),
        follow_up_forms_owed=_forms_owed(session, case),
    )
