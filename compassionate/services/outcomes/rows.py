"""What a cohort is counted from: treated patients, their visits with their scores, operations and reactions.

Five statements, however many cases there are: cases with the day of their first dose, the keys of their sealed answers,
visits with answers, operations, reactions. Everything is of cases that the person may know of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from compassionate.models import (
    AnswerSet,
    Case,
    Centre,
    DataKey,
    Dose,
    Operation,
    Patient,
    Product,
    ReactionTriage,
    Visit,
)
from compassionate.models.vault import unseal
from compassionate.services.scores import scores_of
from compassionate.services.visit_window import USUAL_WINDOW, WINDOW_SETTING, off_days, window_of

DONE, PLANNED = "done", "planned"


class Treated(NamedTuple):
    """A case with a first dose."""

    case_id: str
    code: str
    patient_id: str
    centre: str
    settings: Mapping[str, Any]
    key_id: str
    version: str
    is_demo: bool
    treated_on: date


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """One visit of one patient: `is_due` from the day that its window is over (or it was done, missed, waived)."""

    name: str
    months: int
    planned_on: date | None
    done_on: date | None
    status: str
    is_due: bool
    is_off: bool
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PatientCourse:
    """One patient: when treated, what every visit measured, whether operated on since, reactions suspected."""

    case_id: str
    code: str
    centre: str
    version: str
    is_demo: bool
    treated_on: date
    visits: tuple[SeenVisit, ...] = ()
    operated_on: date | None = None
    procedure: str = ""
    reactions: int = 0
    reactions_open: int = 0

    def visit(self, name: str) -> SeenVisit | None:
        """The visit of that name."""
        return next((each for each in self.visits if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Answers as they lie in the database, told apart from rows that the session would keep an eye on."""

    __tablename__: ClassVar[str] = "answer_sets"
    id: str
    answers: bytes


def patients(
    session: Session, programme: str, conditions: Iterable[ColumnElement[bool]], today: date
) -> tuple[list[PatientCourse], int]:
    """The treated patients of a programme, by the day of their first dose; and how many cases are left out.

    The patient is the unit: of somebody treated twice the first case counts.
    """
    asked = _treated(programme, list(conditions))
    found = [Treated(*row) for row in session.connection().execute(asked)]
    firsts = list({each.patient_id: each for each in reversed(found)}.values())[::-1]
    if not firsts:
        return [], 0
    cases = asked.with_only_columns(Case.id).order_by(None)
    with_visits = _visits(session, cases, {each.case_id: each for each in firsts}, today)
    operated, suspected = _operations(session, cases), _reactions(session, cases)
    told = [_course(each, with_visits[each.case_id], operated, suspected) for each in firsts]
    return told, len(found) - len(firsts)


def is_of(programme: str) -> ColumnElement[bool]:
    """Cases of a programme: what they were opened under; of those from before programmes were data, the product's."""
    return or_(Case.programme == programme, and_(Case.programme == "", Product.programme == programme))


def _treated(programme: str, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    first = select(Dose.case_id, func.min(Dose.given_on).label("treated_on")).group_by(Dose.case_id).subquery()
    return (
        select(
            *(Case.id, Case.code, Case.patient_id, Centre.code, Centre.settings, Case.key_id),
            *(Case.programme_version, Case.is_demo, first.c.treated_on),
        )
        .join(first, first.c.case_id == Case.id)
        .join(Product, Case.product_id == Product.id)
        .join(Centre, Case.centre_id == Centre.id)
        .where(is_of(programme), *conditions)
        .order_by(first.c.treated_on, Case.code)
    )


def _visits(
    session: Session, cases: Select[Any], wanted: Mapping[str, Treated], today: date
) -> dict[str, list[SeenVisit]]:
    keys = _keys(session, cases)  # held until the answers are open: each would be asked for by itself otherwise
    rows = (
        select(
            *(Visit.case_id, Visit.name, Visit.months, Visit.planned_on, Visit.done_on),
            *(Visit.before_days, Visit.after_days, Visit.status),
            *(AnswerSet.id, AnswerSet.answers),
        )
        .outerjoin(
            AnswerSet,
            (AnswerSet.case_id == Visit.case_id)
            & (AnswerSet.subject == Visit.name)
            & AnswerSet.form.startswith("follow-up-"),
        )
        .where(Visit.case_id.in_(cases), Visit.unscheduled.is_(False))
        .order_by(Visit.case_id, Visit.months, Visit.day)
    )
    found = defaultdict[str, list[SeenVisit]](list)
    for case_id, *visit, answers_id, answers in session.connection().execute(rows):
        if case_id in wanted:
            held = Sealed(answers_id, answers) if answers_id and visit[-1] == DONE else None
            found[case_id].append(_seen(session, wanted[case_id], visit, held, today))
    del keys
    return found


def _keys(session: Session, cases: Select[Any]) -> list[DataKey]:
    """The keys of these cases, of their patients and of the centres, in one statement."""
    of_cases = select(Case.key_id).where(Case.id.in_(cases))
    of_patients = select(Patient.key_id).join(Case, Case.patient_id == Patient.id).where(Case.id.in_(cases))
    wanted = or_(DataKey.id.in_(of_cases), DataKey.id.in_(of_patients), DataKey.parent_id.is_(None))
    return list(session.scalars(select(DataKey).where(wanted)))


def _seen(session: Session, of: Treated, visit: list[Any], held: Sealed | None, today: date) -> SeenVisit:
    name, months, planned_on, done_on, before, after, status = visit
    usual = int(of.settings.get(WINDOW_SETTING, USUAL_WINDOW))
    opens, closes = window_of(planned_on, name, before, after, usual)
    is_due = status != PLANNED or bool(closes and closes < today)
    is_off = bool(off_days(done_on, opens, closes))
    scores = scores_of(unseal(session, held, "answers", of.key_id) or {}) if held else {}
    return SeenVisit(name, months, planned_on, done_on, status, is_due, is_off, scores)


def _operations(session: Session, cases: Select[Any]) -> dict[str, tuple[date | None, str]]:
    """What the newest row of each case says."""
    wanted = (
        select(Operation.case_id, Operation.operated_on, Operation.procedure)
        .where(Operation.case_id.in_(cases))
        .order_by(Operation.case_id, Operation.number)
    )
    return {case_id: (on, procedure) for case_id, on, procedure in session.connection().execute(wanted)}


def _reactions(session: Session, cases: Select[Any]) -> dict[str, tuple[int, int]]:
    """How many reactions were suspected of each case, and how many of them are still to be assessed."""
    wanted = (
        select(
            ReactionTriage.case_id,
            func.count(),
            func.count().filter(ReactionTriage.settled_at.is_(None)),
        )
        .where(ReactionTriage.case_id.in_(cases))
        .group_by(ReactionTriage.case_id)
    )
    return {case_id: (count, still) for case_id, count, still in session.connection().execute(wanted)}


def _course(
    of: Treated,
    visits: list[SeenVisit],
    operated: Mapping[str, tuple[date | None, str]],
    suspected: Mapping[str, tuple[int, int]],
) -> PatientCourse:
    on, procedure = operated.get(of.case_id, (None, ""))
    return PatientCourse(
        of.case_id, of.code, of.centre, of.version, of.is_demo, of.treated_on, tuple(visits), on, procedure,
        *suspected.get(of.case_id, (0, 0)),
    )  # fmt: skip
