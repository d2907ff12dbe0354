"""What the committee's report is counted from, read once for the period and the one before: plain rows, one centre.

Days that people stated come first (filed, decided, given, done); what has none counts on the day of its record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.models import (
    AnswerSet,
    Case,
    CaseEvent,
    Clock,
    Decision,
    Dose,
    ReactionTriage,
    Request,
    Visit,
)
from compassionate.models.vault import unseal
from compassionate.services.snapshots import report_form, report_subject

FILED, CORRECTION, HEARING = "K-RES", "K-SUB", "K-ALE"
ENDINGS = ("end_treatment", "abandon_before_treatment", "record_death")
IN_TREATMENT = ("in_treatment", "interrupted", "suspended", "revoked")
FIRST_KIND = "individual"
CATEGORY = 3  # letters of a CIE-10-ES code that name the disease and nobody


class Filing(NamedTuple):
    """A request sent to the agency: when, of what kind, and how and when that ended (None: it is pending)."""

    case_id: str
    product_id: str
    number: int
    kind: str
    urgent: bool
    filed_on: date
    opened_at: datetime
    settled_on: date | None
    how: str


class Decided(NamedTuple):
    """A decision of the agency; `days` since the filing: None where no filing is known, negative where days clash."""

    product_id: str
    how: str
    on: date
    grounds: tuple[str, ...]
    days: int | None


class Asked(NamedTuple):
    """Something that the agency asked for, and whether it was answered."""

    clock: str
    on: date
    answered: bool


class Ended(NamedTuple):
    """A treatment that ended, or never began: when and why."""

    product_id: str
    how: str
    reason: str
    on: date


class Seen(NamedTuple):
    """A planned visit with what was answered at it."""

    name: str
    status: str
    planned_on: date | None
    done_on: date | None
    answers: Mapping[str, Any]
    after_days: int | None = None


class Reaction(NamedTuple):
    """A suspected reaction, or a death after treatment, that is or was owed an assessment."""

    ground: str
    on: date
    settled: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases: conditions that say what this person may count, and the first instant that matters."""

    cases: tuple[ColumnElement[bool], ...]
    since: datetime


def day_of(at: datetime) -> date:
    """The civil day of an instant, at the agency."""
    return civil_date(at, AGENCY_ZONE.key)


def filings(session: Session, scope: Scope) -> list[Filing]:
    """Every request that was before the agency at some time since then."""
    requests = {(row.case_id, row.number): row for row in session.scalars(_requests(scope))}
    wanted = (
        select(Clock, Case.product_id, CaseEvent.name, Decision.decided_on)
        .join(Case, Clock.case_id == Case.id)
        .outerjoin(CaseEvent, Clock.closed_by_event_id == CaseEvent.id)
        .outerjoin(Decision, Clock.closed_by_event_id == Decision.event_id)
        .where(Clock.clock == FILED, or_(Clock.closed_at.is_(None), Clock.closed_at >= scope.since), *scope.cases)
        .order_by(Clock.opened_at, Clock.id)
    )
    return [
        _filing(clock, requests, product_id, closing, decided_on)
        for clock, product_id, closing, decided_on in session.execute(wanted)
    ]


def _requests(scope: Scope) -> Any:
    open_or_late = select(Clock.case_id).where(
        Clock.clock == FILED, or_(Clock.closed_at.is_(None), Clock.closed_at >= scope.since)
    )
    return select(Request).join(Case, Request.case_id == Case.id).where(Case.id.in_(open_or_late), *scope.cases)


def _filing(
    clock: Clock,
    requests: Mapping[tuple[str, int], Request],
    product_id: str,
    closing: str | None,
    decided_on: date | None,
) -> Filing:
    number = int(clock.instance.rpartition("-")[2] or 0)
    request = requests.get((clock.case_id, number))
    return Filing(
        clock.case_id,
        product_id,
        number,
        request.kind if request else FIRST_KIND,
        bool(request and request.urgent),
        clock.starts_on or day_of(clock.opened_at),
        clock.opened_at,
        decided_on or (day_of(clock.closed_at) if clock.closed_at else None),
        closing or "",
    )


def decisions(session: Session, scope: Scope, filed: list[Filing]) -> list[Decided]:
    """Every decision recorded since then, with the days since the filing that it answers."""
    dates = defaultdict[tuple[str, int], list[Filing]](list)
    for each in filed:
        dates[each.case_id, each.number].append(each)
    told = (Decision.case_id, Decision.request_number, Decision.decided_on, Decision.grounds)
    wanted = (
        select(*told, CaseEvent.name, CaseEvent.at, Case.product_id)
        .join(Case, Decision.case_id == Case.id)
        .join(CaseEvent, Decision.event_id == CaseEvent.id)
        .where(CaseEvent.at >= scope.since, *scope.cases)
        .order_by(Decision.decided_on, Decision.id)
    )
    return [
        Decided(product_id, how, on, tuple(grounds), _days(on, at, dates[case_id, number]))
        for case_id, number, on, grounds, how, at, product_id in session.execute(wanted)
    ]


def _days(on: date, at: datetime, filed: list[Filing]) -> int | None:
    """Calendar days since the last filing that was written down before the decision was."""
    answered = [each.filed_on for each in filed if each.opened_at <= at]
    return (on - answered[-1]).days if answered else None


def asked(session: Session, scope: Scope) -> list[Asked]:
    """What the agency asked for since then: corrections, and hearings before a refusal."""
    wanted = (
        select(Clock, CaseEvent.name)
        .join(Case, Clock.case_id == Case.id)
        .outerjoin(CaseEvent, Clock.closed_by_event_id == CaseEvent.id)
        .where(Clock.clock.in_((CORRECTION, HEARING)), Clock.opened_at >= scope.since, *scope.cases)
    )
    answers = {"answer_correction", "file_representations"}
    return [
        Asked(clock.clock, clock.starts_on or day_of(clock.opened_at), closing in answers)
        for clock, closing in session.execute(wanted)
    ]


def begun(session: Session, scope: Scope) -> list[tuple[str, date]]:
    """Product and day of the first dose of every case whose first one was since then."""
    first = func.min(Dose.given_on)
    wanted = (
        select(Case.product_id, first)
        .join(Case, Dose.case_id == Case.id)
        .where(*scope.cases)
        .group_by(Case.id, Case.product_id)
        .having(first >= day_of(scope.since))
    )
    return [(product_id, on) for product_id, on in session.execute(wanted)]


def ended(session: Session, scope: Scope) -> Iterator[Ended]:
    """Treatments that ended, or will never begin, as recorded since then."""
    wanted = (
        select(CaseEvent, Case.key_id, Case.product_id)
        .join(Case, CaseEvent.case_id == Case.id)
        .where(CaseEvent.name.in_(ENDINGS), CaseEvent.at >= scope.since, *scope.cases)
    )
    for event, key_id, product_id in session.execute(wanted):
        if event.name == "record_death" and event.before not in IN_TREATMENT:
            continue
        values = unseal(session, event, "inputs", key_id) or {}
        on = date.fromisoformat(values["on"]) if values.get("on") else day_of(event.at)
        yield Ended(product_id, event.name, str(values.get("ending") or ""), on)


def visits(session: Session, scope: Scope) -> Iterator[Seen]:
    """Visits that were planned or took place since then, each with its answers."""
    since = day_of(scope.since)
    wanted = (
        select(Visit, Case.key_id, AnswerSet)
        .join(Case, Visit.case_id == Case.id)
        .outerjoin(
            AnswerSet,
            (AnswerSet.case_id == Visit.case_id)
            & (AnswerSet.subject == Visit.name)
            & AnswerSet.form.startswith("follow-up-"),
        )
        .where(or_(Visit.done_on >= since, Visit.planned_on >= since), *scope.cases)
        .where(or_(Visit.status != "planned", Case.state.not_in(("deceased", "closed"))))
    )
    for visit, key_id, held in session.execute(wanted):
        answers = _answers(session, visit, held, key_id)
        yield Seen(visit.name, visit.status, visit.planned_on, visit.done_on, answers, visit.after_days)


def _answers(session: Session, visit: Visit, held: AnswerSet | None, key_id: str) -> dict[str, Any]:
    if held is None or visit.status != "done":
        return {}
    return unseal(session, held, "answers", key_id) or {}


def reactions(session: Session, scope: Scope) -> list[Reaction]:
    """Suspected reactions and deaths after treatment that were told since then."""
    wanted = (
        select(ReactionTriage)
        .join(Case, ReactionTriage.case_id == Case.id)
        .where(ReactionTriage.opened_at >= scope.since, *scope.cases)
    )
    return [Reaction(row.ground, day_of(row.opened_at), row.settled_at is not None) for row in session.scalars(wanted)]


def indications(session: Session, scope: Scope, case_ids: set[str]) -> dict[str, str]:
    """The disease of each of these cases: the category of its CIE-10-ES code alone, which names nobody."""
    wanted = (
        select(AnswerSet, Case.key_id)
        .join(Case, AnswerSet.case_id == Case.id)
        .where(AnswerSet.form == report_form(0), AnswerSet.subject == report_subject(0), *scope.cases)
        .where(Case.id.in_(case_ids))
    )
    found = {}
    for held, key_id in session.execute(wanted):
        answers = unseal(session, held, "answers", key_id) or {}
        found[held.case_id] = str(answers.get("diagnosis_code") or "").strip().upper()[:CATEGORY]
    return found
