"""What waits for whom: the lists of the first screens. A fixed number of queries, however many cases there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date
from compassionate.deadlines.rules import rules
from compassionate.models import (
    Account,
    Case,
    Centre,
    Clock,
    Decision,
    Dose,
    Product,
    ReactionTriage,
    Region,
    Visit,
)
from compassionate.services.visit_window import USUAL_WINDOW, WINDOW_SETTING, window_of

MOST = 30
DATES = 60  # of the calendar
SOON = timedelta(days=14)
ENDING = timedelta(days=30)
TREATABLE = ("authorised", "in_treatment", "interrupted")
VISITED = ("in_treatment", "interrupted", "suspended", "in_follow_up")


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One case of a first screen."""

    id: str
    code: str
    pathway: str
    pathway_version: str
    state: str
    turn: tuple[str, ...]
    since_at: datetime
    centre: str
    product: str
    willing: bool
    physician: str
    due_on: date | None = None
    due_clock: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """Something of a case that has a day: a visit, a dispensing, the end of an authorisation, a clock."""

    row: WorkRow
    what: str
    on: date | None
    key: str = ""


def rows_of(session: Session, wanted: Select[Any], *more: Any) -> list[tuple[WorkRow, tuple[Any, ...]]]:
    """The cases of a query as rows of a first screen, each with the further columns asked for."""
    of_case = (Case.id, Case.code, Case.pathway, Case.pathway_version, Case.state, Case.turn, Case.since_at)
    beside = (Centre.code, Product.name, Product.willing_on, Account.name, Case.due_on, Case.due_clock)
    listed = (
        wanted.join(Centre, Case.centre_id == Centre.id)
        .join(Product, Case.product_id == Product.id)
        .outerjoin(Account, Case.physician_id == Account.id)
        .with_only_columns(*of_case, *beside, *more)
    )
    return [(_row(each), tuple(each)[13:]) for each in session.execute(listed)]


def _row(each: Any) -> WorkRow:
    case_id, code, pathway, version, state, turn, since_at, centre, product, willing, name, due_on, due = each[:13]
    whose = tuple(part for part in turn.split(",") if part)
    has_sponsor, physician = willing is not None, name or ""
    where = (case_id, code, pathway, version, state, whose, since_at, centre, product)
    return WorkRow(*where, has_sponsor, physician, due_on, due)


def _whose(who: str) -> ColumnElement[bool]:
    return or_(Case.turn == who, Case.turn.like(f"{who},%"), Case.turn.like(f"%,{who}%"))


def _longest(
    centres: Sequence[str], states: Sequence[str], found: Select[Any], limit: int = MOST
) -> ColumnElement[bool]:
    """The first so many of what was found, of each centre and state by itself: an index leads to them.

    Asked for all states at once, a database reads every case of a centre to learn that none stands in a rare one.
    """
    ids = found.with_only_columns(Case.id).order_by(Case.since_at, Case.id).limit(limit)
    each = [
        select(ids.where(Case.centre_id == centre, Case.state == state).subquery().c.id)
        for centre in centres
        for state in states
    ]
    return Case.id.in_(union_all(*each)) if each else false()


def waiting(
    session: Session, centres: Sequence[str], states: Sequence[str], turn: str = "", limit: int = MOST
) -> list[WorkRow]:
    """Cases of these centres in these states (and of that turn), longest waiting first."""
    found = select(Case).where(_whose(turn)) if turn else select(Case)
    return _waiting(session, centres, states, found, limit)


def of_others(session: Session, centres: Sequence[str], turn: str, states: Sequence[str]) -> list[WorkRow]:
    """Cases of these states that wait for somebody else."""
    return _waiting(session, centres, states, select(Case).where(~_whose(turn)))


def _waiting(
    session: Session, centres: Sequence[str], states: Sequence[str], found: Select[Any], limit: int = MOST
) -> list[WorkRow]:
    wanted = select(Case).where(_longest(centres, states, found, limit))
    return [row for row, _ in rows_of(session, wanted.order_by(Case.since_at, Case.id).limit(limit))]


def of_physician(session: Session, centres: Sequence[str], account_id: str, limit: int = MOST) -> list[WorkRow]:
    """The open cases of a physician at these centres: those that wait for a physician first, the longest waiting.

    Centres are asked for, because who was responsible once may have left the hospital (ASVS 8.3.1).
    """
    wanted = select(Case).where(Case.centre_id.in_(centres), Case.physician_id == account_id, Case.turn != "")
    ordered = wanted.order_by(_whose("physician").desc(), Case.since_at, Case.id).limit(limit)
    return [row for row, _ in rows_of(session, ordered)]


def with_supply(session: Session, centres: Sequence[str], states: Sequence[str]) -> list[Dated]:
    """Authorised cases with a line in one of these states of supply (`none`: nothing ordered yet)."""
    supplied = and_(Region.case_id == Case.id, Region.kind == "supply", Region.state.in_(states))
    those = _longest(centres, TREATABLE, select(Case).join(Region, supplied))
    wanted = select(Case).join(Region, supplied).where(those).order_by(Case.since_at, Case.id).limit(MOST)
    found = rows_of(session, wanted, Region.state, Region.instance)
    return [Dated(row, state, None, instance) for row, (state, instance) in found]


def visits_due(session: Session, centres: Sequence[str], today: date, physician_id: str = "") -> list[Dated]:
    """Planned visits that are overdue or come within two weeks, the oldest first; `key`: the last day of the window."""
    wanted = (
        select(Case)
        .join(Visit, and_(Visit.case_id == Case.id, Visit.status == "planned", Visit.planned_on <= today + SOON))
        .where(Case.centre_id.in_(centres), Case.state.in_(VISITED))
        .order_by(Visit.planned_on, Case.id)
        .limit(MOST)
    )
    wanted = wanted.where(Case.physician_id == physician_id) if physician_id else wanted
    columns = (Visit.name, Visit.planned_on, Visit.before_days, Visit.after_days, Centre.settings)
    found = rows_of(session, wanted, *columns)
    return [Dated(row, name, on, _closes(name, on, *window)) for row, (name, on, *window) in found]


def _closes(name: str, on: date, before: int | None, after: int | None, settings: Mapping[str, Any]) -> str:
    usual = int(settings.get(WINDOW_SETTING, USUAL_WINDOW))
    _, closes = window_of(on, name, before, after, usual)
    return closes.isoformat() if closes else ""


def ending(session: Session, centres: Sequence[str], today: date) -> list[Dated]:
    """Treatments whose next dispensing is due within two weeks, or whose authorisation ends within a month."""
    next_on = select(func.max(Dose.next_on)).where(Dose.case_id == Case.id).scalar_subquery()
    until = (
        select(func.max(Decision.valid_until))
        .where(Decision.case_id == Case.id, Decision.outcome == "authorised")
        .group_by(Decision.case_id)
        .having(func.count(Decision.valid_until) == func.count())  # one without an end has none
        .scalar_subquery()
    )
    found: list[Dated] = []
    for what, on, limit in (("next_dose", next_on, today + SOON), ("authorisation_ends", until, today + ENDING)):
        wanted = (
            select(Case)
            .where(Case.centre_id.in_(centres), Case.state.in_(TREATABLE), on <= limit)
            .order_by(on, Case.id)
            .limit(MOST)
        )
        found += [Dated(row, what, day) for row, (day,) in rows_of(session, wanted, on)]
    return sorted(found, key=lambda each: (each.on or today, each.row.code))


def calendar(session: Session, centres: Sequence[str]) -> list[tuple[Dated, bool]]:
    """Legal dates of open cases, the nearest first, and whether each is provisional; other people's clocks left out."""
    wanted = _open_clocks(centres).where(Clock.suspended_at.is_(None), Clock.due_on.is_not(None))
    columns = (Clock.clock, Clock.due_on, Clock.variant, Clock.provisional)
    found = rows_of(session, wanted.order_by(Clock.due_on, Clock.id).limit(DATES), *columns)
    return [(Dated(row, name, on, variant), provisional) for row, (name, on, variant, provisional) in found]


def suspended(session: Session, centres: Sequence[str]) -> list[Dated]:
    """Clocks that stand still, since which day: no date is theirs until they run again."""
    wanted = _open_clocks(centres).where(Clock.suspended_at.is_not(None))
    found = rows_of(session, wanted.order_by(Clock.suspended_at, Clock.id).limit(MOST), Clock.clock, Clock.suspended_at)
    return [Dated(row, name, civil_date(at, AGENCY_ZONE.key)) for row, (name, at) in found]


def _open_clocks(centres: Sequence[str]) -> Select[Any]:
    displayed = [name for name, rule in rules().items() if rule.shown == "display"]
    running = and_(Clock.case_id == Case.id, Clock.closed_at.is_(None), Clock.clock.not_in(displayed))
    return select(Case).join(Clock, running).where(Case.centre_id.in_(centres), Case.state != "closed")


def owing_decisions(session: Session, centres: Sequence[str]) -> list[WorkRow]:
    """Cases with a decision that still owes its number, or the writing that confirms a call."""
    owes = or_(Decision.reference == "", and_(Decision.channel == "telephone", Decision.written_on.is_(None)))
    wanted = select(Case).where(
        Case.centre_id.in_(centres),
        Case.state != "closed",
        Case.id.in_(select(Decision.case_id).where(owes)),
    )
    return [row for row, _ in rows_of(session, wanted.order_by(Case.since_at, Case.id).limit(MOST))]


def open_reactions(session: Session, centres: Sequence[str]) -> list[Dated]:
    """Cases with a reaction, or a death after treatment, that nobody judged yet."""
    wanted = (
        select(Case)
        .join(ReactionTriage, and_(ReactionTriage.case_id == Case.id, ReactionTriage.settled_at.is_(None)))
        .where(Case.centre_id.in_(centres))
        .order_by(ReactionTriage.opened_at)
        .limit(MOST)
    )
    return [Dated(row, ground, None) for row, (ground,) in rows_of(session, wanted, ReactionTriage.ground)]


def to_endorse(session: Session, centres: Sequence[str]) -> list[Dated]:
    """Requests that await the management, first ones and continuations: `key` is the action that endorses each."""
    first = waiting(session, centres, ("awaiting_endorsement",))
    wanted = (
        select(Case)
        .join(
            Region,
            and_(Region.case_id == Case.id, Region.kind == "continuation", Region.state == "awaiting_endorsement"),
        )
        .where(Case.centre_id.in_(centres))
        .order_by(Region.since_at, Region.id)
        .limit(MOST)
    )
    later = rows_of(session, wanted, Region.instance)
    return [
        *(Dated(row, "first", None, "endorse") for row in first),
        *(Dated(row, "continuation", None, f"endorse@{instance}") for row, (instance,) in later),
    ]


def sample(session: Session, centres: Sequence[str], size: int = 10) -> list[WorkRow]:
    """Cases drawn at random, for whoever audits."""
    known = (Case.centre_id.in_(centres), Case.blocked_at.is_(None))
    drawn = select(Case.id).where(*known).order_by(func.random()).limit(size)
    return [row for row, _ in rows_of(session, select(Case).where(Case.id.in_(drawn)).order_by(Case.code))]
