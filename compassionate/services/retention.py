"""How long each case is kept: what its terms are counted from, which have ended, what a hospital adds to the law.

RD 477/2014 art. 11.2; Ley 41/2002 art. 17; LO 3/2018 art. 32; RET-01. Nothing here destroys anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date, months_after
from compassionate.errors import NotFound
from compassionate.models import (
    Case,
    CaseEvent,
    Centre,
    Consent,
    Dose,
    Procurement,
    ReactionTriage,
    Retention,
    SupplyEntry,
)
from compassionate.services import audit, programmes
from compassionate.services.actors import Actor
from compassionate.services.administration import require_administrator
from compassionate.services.given import Given
from compassionate.services.recording import inputs_of
from compassionate.workflow import retention as rules
from compassionate.workflow.retention import Events, HospitalYears, Term
from compassionate.workflow.roles import Role

CLOSED = "closed"
SEEN_BY = (Role.ADMINISTRATOR, Role.DIRECTOR, Role.AUDITOR)
SETTING = "retention"
BLOCKED = "blocked_years"


@dataclass(frozen=True, slots=True)
class Kept:
    """One case as whoever keeps records sees it: no patient, only its code, its terms and where it stands.

    `status`: open, kept, due (may be blocked), blocked, waiting (may be proposed), proposed, held.
    """

    case: Case
    terms: tuple[Term, ...]
    status: str
    row: Retention | None
    destroyable_on: date | None = None

    @property
    def longest(self) -> Term | None:
        """The term that holds for the whole case."""
        return rules.longest(self.terms)


def case_of(session: Session, actor: Actor, code: str) -> Case:
    """A case, blocked or not, of a centre where this person keeps or audits records; raises NotFound."""
    wanted = select(Case).where(Case.code == code.strip().upper(), Case.centre_id.in_(actor.centres(*SEEN_BY)))
    case = session.scalar(wanted)
    if case is None:
        raise NotFound
    return case


def events_of(session: Session, case: Case) -> Events:
    """What the terms of a case are counted from."""
    return Events(_closing(session, case), _last_closing(session, case), _death(session, case), _expiry(session, case))


def _closing(session: Session, case: Case) -> date | None:
    if case.state != CLOSED:
        return None
    wanted = select(func.max(CaseEvent.at)).where(CaseEvent.case_id == case.id, CaseEvent.after == CLOSED)
    at = session.scalar(wanted)
    return civil_date(at or case.changed_at, case.centre.zone)


def _last_closing(session: Session, case: Case) -> date | None:
    """The last time that a case of this patient was closed; None while one of them is not."""
    days = [_closing(session, each) for each in _of_patient(session, case)]
    closed = [day for day in days if day is not None]
    return max(closed) if closed and len(closed) == len(days) else None


def _of_patient(session: Session, case: Case) -> list[Case]:
    return list(session.scalars(select(Case).where(Case.patient_id == case.patient_id)))


def _death(session: Session, case: Case) -> date | None:
    """The day of death, from any case of the patient: recorded as a step, or learnt of after closing."""
    found = []
    for each in _of_patient(session, case):
        row = session.get(Retention, each.id)
        found += [row.died_on] if row is not None and row.died_on else []
        deaths = select(CaseEvent).where(CaseEvent.case_id == each.id, CaseEvent.name == "record_death")
        found += [date.fromisoformat(inputs_of(session, each, event)["on"]) for event in session.scalars(deaths)]
    return max(found, default=None)


def _expiry(session: Session, case: Case) -> date | None:
    """The latest expiry date of a batch of the case; the last movement where one has none; closing where none moved."""
    given = select(Dose.expires_on, Dose.given_on).where(Dose.case_id == case.id)
    moved = select(SupplyEntry.expires_on, SupplyEntry.on).where(SupplyEntry.case_id == case.id)
    arrived = moved.where(SupplyEntry.kind == "received")
    held = [*session.execute(given), *session.execute(arrived)]
    days = [expires_on or on for expires_on, on in held]
    if any(expires_on is None for expires_on, _ in held):
        days += [on for _, on in session.execute(moved)]
    return max(days, default=_closing(session, case))


def classes_of(session: Session, case: Case) -> tuple[str, ...]:
    """The classes of record that a case holds."""
    held = ["key_documents", "clinical_record"]
    if session.scalar(select(ReactionTriage.id).where(ReactionTriage.case_id == case.id).limit(1)):
        held.append("reactions")
    return (*held, "cells") if _has_cells(session, case) else tuple(held)


def _has_cells(session: Session, case: Case) -> bool:
    """Whether cells were obtained, received or given: then they must be traced for thirty years."""
    edition = rules.rules()
    if session.scalar(select(Procurement.id).where(Procurement.case_id == case.id).limit(1)):
        return True
    signed = select(Consent.kind).where(Consent.case_id == case.id, Consent.signed_on.is_not(None))
    if set(session.scalars(signed)) & edition.cell_consents:
        return True
    programme = programmes.programme_of(session, case)
    if case.product.programme not in edition.cell_programmes and not (programme and programme.cells):
        return False
    moved = select(SupplyEntry.id).where(SupplyEntry.case_id == case.id, SupplyEntry.kind == "received")
    given = select(Dose.id).where(Dose.case_id == case.id)
    return session.scalar(moved.union_all(given).limit(1)) is not None


def terms_of(session: Session, case: Case) -> tuple[Term, ...]:
    """How long a case is kept, class by class."""
    years = hospital_years(case.centre)
    return rules.terms(classes_of(session, case), case.centre.territory, events_of(session, case), years)


def hospital_years(centre: Centre) -> HospitalYears:
    """What the hospital has set."""
    held = centre.settings.get(SETTING, {})
    return HospitalYears({name: int(held[name]) for name in rules.CLASSES if name in held})


def blocked_years(centre: Centre) -> int:
    """How many years a blocked case waits before it may be destroyed (LO 3/2018 art. 32.2)."""
    return int(centre.settings.get(SETTING, {}).get(BLOCKED, rules.rules().blocked_years))


def kept(session: Session, case: Case, now: datetime) -> Kept:
    """Where a case stands."""
    terms, row = terms_of(session, case), session.get(Retention, case.id)
    today = civil_date(now, case.centre.zone)
    destroyable = _destroyable_on(case, rules.longest(terms))
    return Kept(case, terms, _status(case, terms, row, today, destroyable), row, destroyable)


def _destroyable_on(case: Case, longest: Term | None) -> date | None:
    if case.blocked_at is None or longest is None or longest.until is None:
        return None
    blocked_on = civil_date(case.blocked_at, case.centre.zone)
    return months_after(max(blocked_on, longest.until), 12 * blocked_years(case.centre))


def _status(case: Case, terms: tuple[Term, ...], row: Retention | None, today: date, destroyable: date | None) -> str:
    if case.state != CLOSED:
        return "open"
    if row is not None and row.held_at is not None:
        return "held"
    if case.blocked_at is None:
        return "due" if rules.is_over(terms, today) else "kept"
    if not rules.is_over(terms, today) or destroyable is None or destroyable >= today:
        return "blocked"
    return "proposed" if row is not None and row.proposed_at is not None else "waiting"


def listed(session: Session, actor: Actor, now: datetime, limit: int = 200) -> list[Kept]:
    """The cases whose terms have ended, those blocked and those held, oldest first."""
    centres = session.scalars(select(Centre).where(Centre.id.in_(actor.centres(*SEEN_BY)))).all()
    wanted = (
        select(Case)
        .outerjoin(Retention, Retention.case_id == Case.id)
        .where(Case.centre_id.in_([centre.id for centre in centres]), Case.state == CLOSED)
        .where(
            or_(
                Case.blocked_at.is_not(None),
                Retention.held_at.is_not(None),
                *(_may_be_due(centre, now) for centre in centres),
            )
        )
        .order_by(Case.since_at, Case.id)
    )
    found: list[Kept] = []
    for case in session.scalars(wanted):
        each = kept(session, case, now)
        found += [each] if each.status != "kept" else []
        if len(found) == limit:
            break
    return found


def _may_be_due(centre: Centre, now: datetime) -> ColumnElement[bool]:
    """The cases of a centre that were closed long enough ago to be looked at one by one."""
    years = rules.years_before_due(centre.territory, hospital_years(centre))
    if years is None:
        return false()
    before = now.replace(year=now.year - years, day=min(now.day, 28)) + timedelta(days=7)
    return and_(Case.centre_id == centre.id, Case.since_at < before)


def year_values(centre: Centre) -> dict[str, Any]:
    """The years of a centre as its form shows them: empty where nothing was said."""
    years = hospital_years(centre).years
    return {name: years.get(name, "") for name in rules.CLASSES} | {BLOCKED: blocked_years(centre)}


def set_years(session: Session, actor: Actor, centre: Centre, values: Mapping[str, Any], now: datetime) -> None:
    """Set what a hospital adds to the law; raises Refused, Invalid (`retention.shorter_than_law`)."""
    require_administrator(actor, centre.id)
    session.refresh(centre, with_for_update=True)
    read = Given(values)
    years = dict(_read_years(read, centre, rules.CLASSES))
    years[BLOCKED] = read.whole(BLOCKED, 1, rules.LONGEST)  # no case goes without being blocked first
    read.settle()
    before = centre.settings.get(SETTING, {})
    centre.settings = {**centre.settings, SETTING: years}
    audit.append(session, actor, "set_retention_years", now, centre=centre.id, before=before or None, after=years)


def _read_years(read: Given, centre: Centre, classes: Iterable[str]) -> Iterable[tuple[str, int]]:
    for name in classes:
        if not read.raw(name):
            continue
        years, least = read.whole(name, 1, rules.LONGEST), rules.least_years(name, centre.territory)
        if years < least:
            read.wrong(name, "retention.shorter_than_law", least=least)
        yield name, years
