"""The cohort of a programme: whose outcomes a person may count, patient by patient, and the table of each measure.

RD 1015/2009 art. 11.1.d-e (the physician follows what comes of the use), 11.2 (the centre's management answers for it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.errors import NotFound
from compassionate.models import Case, Centre, Dose, Product
from compassionate.services.actors import Actor
from compassionate.services.outcomes.measures import Measure, measures
from compassionate.services.outcomes.rows import PatientCourse, SeenVisit, patients
from compassionate.services.visibility import not_blocked
from compassionate.statistics.cohorts import BASELINE, At, Course, table
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

OWN_PATIENTS = (Role.PHYSICIAN, Role.NURSE, Role.RESIDENT, Role.PHARMACIST)
"""Who treats, and sees each of the centre's patients by themselves: nobody is recognised whom they do not know."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which patients: of which centres (none named: all that the person may count), first treated in which days, and
    under which version of the programme."""

    centre_ids: tuple[str, ...] = ()
    from_on: date | None = None
    until_on: date | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Treated patients and what is not counted among them: `repeated` further cases of the same patients, `set_apart`
    patients who are not real beside real ones. `by_patient`: whether this person may see each one by themselves."""

    programme: str
    filters: Filters
    today: date
    patients: tuple[PatientCourse, ...]
    repeated: int = 0
    set_apart: int = 0
    by_patient: bool = False

    @property
    def is_demo(self) -> bool:
        """Whether nobody in it is real."""
        return any(each.is_demo for each in self.patients)

    @property
    def visits(self) -> tuple[tuple[str, int], ...]:
        """The names of the visits with their months, in order."""
        known = {each.name: each.months for patient in self.patients for each in patient.visits}
        return tuple(sorted(known.items(), key=lambda held: (held[1], held[0])))

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the programme that somebody in it is under."""
        return tuple(sorted({each.version for each in self.patients}))

    @property
    def present(self) -> frozenset[str]:
        """The measures of which there is any score."""
        return frozenset(name for patient in self.patients for each in patient.visits for name in each.scores)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a cohort: its figures at each visit."""

    measure: Measure
    at: tuple[At, ...]

    def visit(self, name: str) -> At | None:
        """The figures of one visit."""
        return next((each for each in self.at if each.visit == name), None)


@dataclass(frozen=True, slots=True)
class Attendance:
    """What became of a visit in the whole cohort, whatever was measured at it."""

    visit: str
    months: int
    due: int
    done: int
    off: int
    missed: int
    waived: int
    overdue: int
    not_due: int


def treated(session: Session, actor: Actor | None) -> dict[str, int]:
    """How many cases with a first dose there are of each programme, among those that this person may count."""
    named = func.coalesce(func.nullif(Case.programme, ""), Product.programme)
    wanted = (
        select(named, func.count())
        .select_from(Case)
        .join(Product, Case.product_id == Product.id)
        .where(Case.id.in_(select(Dose.case_id)), *readable(actor, ()))
        .group_by(named)
    )
    return {name: count for name, count in session.connection().execute(wanted) if name}


def centres(session: Session, actor: Actor) -> list[Centre]:
    """The centres whose patients this person may count."""
    return list(session.scalars(select(Centre).where(Centre.id.in_(actor.centres(*READERS))).order_by(Centre.code)))


def readable(actor: Actor | None, centre_ids: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The cases that a person may know of; at the machine's own command line, all that are not blocked."""
    if actor is None:
        named = [Case.centre_id.in_(centre_ids)] if centre_ids else []
        return [Case.blocked_at.is_(None), *named]
    allowed = actor.centres(*READERS)
    if set(centre_ids) - set(allowed):
        raise NotFound
    return [Case.centre_id.in_(centre_ids or allowed), not_blocked(actor)]


def cohort(
    session: Session, actor: Actor | None, programme: str, now: datetime, filters: Filters | None = None
) -> Cohort:
    """The treated patients of a programme; real ones where there are any, never with invented ones beside them."""
    held = filters or Filters()
    today = civil_date(now, AGENCY_ZONE.key)
    conditions = readable(actor, held.centre_ids)
    if held.version:
        conditions.append(Case.programme_version == held.version)
    found, repeated = patients(session, programme, conditions, today)
    within = [each for each in found if _is_within(each.treated_on, held)]
    real = [each for each in within if not each.is_demo]
    counted = real or within
    return Cohort(
        programme,
        held,
        today,
        tuple(counted),
        repeated,
        len(within) - len(counted),
        actor is None or sees_patients(actor, held.centre_ids),
    )


def sees_patients(actor: Actor, centre_ids: tuple[str, ...] = ()) -> bool:
    """Whether a person treats at every one of the centres that they count."""
    wanted = set(centre_ids or actor.centres(*READERS))
    return wanted <= set(actor.centres(*OWN_PATIENTS))


def _is_within(day: date, filters: Filters) -> bool:
    after = filters.from_on is None or day >= filters.from_on
    return after and (filters.until_on is None or day < filters.until_on)


def measured(held: Cohort) -> tuple[Measured, ...]:
    """The table of each measure, in the order of the instruments."""
    names = [name for name, _ in held.visits]
    return tuple(
        Measured(each, table([course(patient, each.id) for patient in held.patients], names, each.scale))
        for each in measures(held.present)
    )


def course(patient: PatientCourse, measure: str) -> Course:
    """One patient as a measure sees them."""
    return Course(
        {each.name: each.scores[measure] for each in patient.visits if measure in each.scores},
        frozenset(each.name for each in patient.visits if each.is_due),
        frozenset(each.name for each in patient.visits if is_after_surgery(patient, each)),
    )


def is_after_surgery(patient: PatientCourse, visit: SeenVisit) -> bool:
    """Whether a patient had been operated on by a visit that took place, or should have by now."""
    if patient.operated_on is None or visit.name == BASELINE or not visit.is_due:
        return False
    on = visit.done_on or visit.planned_on
    return on is None or patient.operated_on <= on


def attendance(held: Cohort) -> tuple[Attendance, ...]:
    """Which visits were due and what became of them."""
    return tuple(_attendance(held.patients, name, months) for name, months in held.visits)


def _attendance(found: Sequence[PatientCourse], name: str, months: int) -> Attendance:
    seen = [each for patient in found if (each := patient.visit(name)) is not None]
    ways = Counter(each.status for each in seen)
    due = sum(each.is_due for each in seen)
    return Attendance(
        name,
        months,
        due=due,
        done=ways["done"],
        off=sum(each.is_off for each in seen),
        missed=ways["missed"],
        waived=ways["waived"],
        overdue=due - ways["done"] - ways["missed"] - ways["waived"],
        not_due=len(seen) - due,
    )
