"""The facts of one case, gathered for the guards: the only bridge from rows to rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.deadlines.rules import rules
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
    SupplyEntry,
    Visit,
)
from compassionate.models.vault import unseal
from compassionate.services import appeals, ledger
from compassionate.services.binding import binding_facts
from compassionate.services.cells.facts import cell_facts
from compassionate.services.classifying import route_of
from compassionate.services.criteria import unmet_criteria
from compassionate.services.following import follows, owed_of_first
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
        follows(case, request),
    )


def _authorisation(decisions: list[Decision]) -> AuthorisationFacts | None:
    if not decisions:
        return None
    ends = [decision.valid_until for decision in decisions]
    latest = None if any(end is None for end in ends) else max(end for end in ends if end is not None)
    written = [decision for decision in decisions if decision.channel != "telephone" or decision.written_on is not None]
    return AuthorisationFacts(min(decision.decided_on for decision in (written or decisions)), bool(written), latest)


def _consent(region: Region, row: Consent | None) -> ConsentFacts:
    return ConsentFacts(region.instance, region.state, row.informed_on if row else None, row.signed_on if row else None)


def _insured(case: Case, today: date) -> bool:
    return case.centre.kind != "private" or (
        case.centre.insurance_until is not None and case.centre.insurance_until >= today
    )


@dataclass
class _Source:
    """Where the facts of one case come from; `state` is where the case stood when they were asked for."""

    session: Session
    case: Case
    now: datetime
    number: int
    state: str

    @cached_property
    def today(self) -> date:
        return today_at(self.case, self.now)

    @cached_property
    def has_stock(self) -> bool:
        return self.state in WITH_STOCK

    @cached_property
    def entries(self) -> list[SupplyEntry]:
        return ledger.entries_of(self.session, self.case) if self.has_stock else []

    @cached_property
    def doses(self) -> list[Dose]:
        return self.all(DOSES) if self.has_stock else []

    @cached_property
    def decisions(self) -> list[Decision]:
        return self.all(AUTHORISED) if self.has_stock else []

    @cached_property
    def accounts(self) -> tuple[ledger.LineAccount, ...]:
        if not self.decisions:
            return ()
        return ledger.accounts(self.case, self.entries, ledger.added_up(self.decisions))

    @cached_property
    def attempts(self) -> list[str]:
        return self.all(ATTEMPTS) if self.has_stock else []

    @cached_property
    def consents(self) -> dict[str, Consent]:
        """The latest round of each kind."""
        return {row.kind: row for row in self.all(CONSENTS)}

    def all(self, wanted: Select[Any]) -> list[Any]:
        """Everything that a query finds for this case."""
        return list(self.session.scalars(wanted, {"case_id": self.case.id}))


# Put together once: for queries as small as these, putting them together takes as long as asking.
THIS: BindParameter[str] = bindparam("case_id")
DOSES = select(Dose).where(Dose.case_id == THIS)
CONSENTS = select(Consent).where(Consent.case_id == THIS).order_by(Consent.number)
ATTEMPTS = select(ContactAttempt.channel).where(ContactAttempt.case_id == THIS)
CONTRIBUTORS = select(Contribution.account_id).where(Contribution.case_id == THIS)
AUTHORISED = (
    select(Decision)
    .where(Decision.case_id == THIS, Decision.outcome == "authorised")
    .order_by(Decision.decided_on, Decision.id)
)
HOLDING = tuple(name for name, rule in rules().items() if rule.holds)
OPEN_CLOCKS = (
    select(Clock.clock)
    .where(Clock.case_id == THIS, Clock.closed_at.is_(None), Clock.clock.in_(HOLDING))
    .order_by(Clock.clock)
)
FILED = select(Clock.id).where(Clock.case_id == THIS, Clock.clock == "K-RES").limit(1)
NOTIFIED = select(Clock).where(Clock.case_id == THIS, Clock.clock == "K-NOT", Clock.due_on.is_not(None))
OPEN_REACTIONS = select(ReactionTriage.id).where(ReactionTriage.case_id == THIS, ReactionTriage.settled_at.is_(None))
OWED_VISITS = select(Visit.name).where(Visit.case_id == THIS, Visit.status == "planned").order_by(Visit.months)
OWED_FORMS = select(Decision.id).where(
    Decision.case_id == THIS, Decision.follow_up_forms.is_(True), Decision.forms_sent_on.is_(None)
)


def _eligibility(source: _Source) -> dict[str, Any]:
    return answers_of(source.session, source.case, "eligibility") if source.state in BEFORE_SUBMISSION else {}


def _lines(source: _Source) -> tuple[LineFacts, ...]:
    return tuple(LineFacts(row.number, 0, row.packs_granted, row.units_per_pack, row.used) for row in source.accounts)


def _consents(source: _Source) -> tuple[ConsentFacts, ...]:
    regions = [region for region in source.case.regions if region.kind == "consent"]
    return tuple(_consent(region, source.consents.get(region.instance)) for region in regions)


# How each fact of workflow/facts.py is found out; no name of it may be missing here.
FETCHED: Mapping[str, Callable[[_Source], Any]] = {
    "today": lambda source: source.today,
    "case_state": lambda source: source.state,
    "patient_identified": lambda source: source.case.patient.is_identified,
    "product_chosen": lambda source: bool(source.case.lines),
    "hospital_centre": lambda source: source.case.centre.is_hospital,
    "eligibility": _eligibility,
    "unmet_criteria": lambda source: unmet_criteria(source.session, source.case) if source.state == "screening" else (),
    "route": lambda source: route_of(source.session, source.case) if source.state == "screening" else "",
    "sponsor_willing": lambda source: source.case.product.willing_on is not None,
    "sponsor_agreement": lambda source: _state(source.case, "sponsor_agreement"),
    "committee": lambda source: _state(source.case, "committee"),
    "request": lambda source: _request_facts(source.session, source.case, source.number),
    "contributors": lambda source: frozenset(source.all(CONTRIBUTORS)),
    "authorisation": lambda source: _authorisation(source.decisions),
    "consents_required": lambda source: tuple(source.case.product.consent_kinds or ["use"]),
    "consents": _consents,
    "lines": _lines,
    "batches": lambda source: tuple(batch.facts() for batch in ledger.batches(source.entries, source.doses)),
    "insurance_held": lambda source: _insured(source.case, source.today),
    "doses_given": lambda source: len(source.doses),
    "contact_attempts": lambda source: len(source.attempts),
    "contact_channels": lambda source: len(set(source.attempts)),
    "contact_attempts_wanted": lambda source: int(source.case.centre.settings.get("contact_attempts", 3)),
    "contact_channels_wanted": lambda source: int(source.case.centre.settings.get("contact_channels", 2)),
    "open_clocks": lambda source: tuple(source.all(OPEN_CLOCKS)),
    "appeal_settled": lambda source: not appeals.undecided(source.case),
    "appeal_named": lambda source: appeals.named(source.session, source.case, source.number),
    "request_filed": lambda source: bool(source.all(FILED)),
    "notification_terms": lambda source: {row.instance: (row.starts_on, row.due_on) for row in source.all(NOTIFIED)},
    "appeal_answer_due_on": lambda source: appeals.answer_due_on(source.session, source.case, source.number),
    "reactions_open": lambda source: len(source.all(OPEN_REACTIONS)),
    "units_unaccounted": lambda source: {row.number: row.left for row in source.accounts if row.left},
    "visits_owed": lambda source: tuple(source.all(OWED_VISITS)),
    "follow_up_forms_owed": lambda source: bool(source.all(OWED_FORMS)),
    "urgent_owed": lambda source: owed_of_first(source.case),
    "cells": lambda source: cell_facts(source.session, source.case, source.now),
}
assert set(FETCHED) == {field.name for field in fields(Facts)}


class CaseFacts(Facts):
    """The facts of one case: each is fetched when a guard first asks for it, and then stands."""

    __slots__ = ("_source",)

    def __init__(self, source: _Source) -> None:
        object.__setattr__(self, "_source", source)

    def __getattr__(self, name: str) -> Any:
        if name not in FETCHED:
            raise AttributeError(name)
        value = FETCHED[name](self._source)
        object.__setattr__(self, name, value)
        return value


def gather(session: Session, case: Case, now: datetime, request_number: int = 0) -> Facts:
    """The facts that the guards of the case's pathway may ask, as of now; a query runs only for what is asked."""
    return CaseFacts(_Source(session, case, now, request_number, case.state))
