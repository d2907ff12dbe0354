"""Delay with its owner: how long each case waited on whom so far, and the same for a whole hospital.

The waits that are over are rows of their own; the present one is on the case. A wait of two people at once is theirs
together, so that the days of a case add up to the time that it took.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from compassionate.errors import UnknownCode
from compassionate.models import Case, Centre, Product, Wait
from compassionate.services.actors import Actor
from compassionate.services.visibility import not_blocked
from compassionate.workflow import engine
from compassionate.workflow.roles import Role

READ_BY = (Role.PHARMACIST, Role.DIRECTOR, Role.REGULATORY_OFFICER)
LEAST = 5  # figures of fewer cases are not told (RET-04)
DAY = 86_400


class Standing(Protocol):
    """A case of a list: where it stands, whose turn, since when."""

    @property
    def id(self) -> str: ...
    @property
    def pathway(self) -> str: ...
    @property
    def pathway_version(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def turn(self) -> tuple[str, ...]: ...
    @property
    def since_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a case waited on somebody so far (role ids, comma separated; empty: on nobody)."""

    owner: str
    time: timedelta

    @property
    def days(self) -> float:
        """In days of 24 hours."""
        return self.time.total_seconds() / DAY


@cache
def static_turn(pathway: str, version: str, state: str) -> str:
    """Whose turn a state is by the table, for times when nobody wrote it down."""
    try:
        return ",".join(engine.pathway(pathway, version).case.state(state).turn)
    except (KeyError, UnknownCode):
        return ""


def of_cases(session: Session, rows: Iterable[Standing], now: datetime) -> dict[str, tuple[Delay, ...]]:
    """The delays of each of these cases, the longest first: one query for all of them."""
    held = {row.id: row for row in rows}
    times: dict[str, dict[str, timedelta]] = {key: defaultdict(timedelta) for key in held}
    for row in held.values():
        if not _is_over(row):
            times[row.id][together(",".join(row.turn))] += max(now - row.since_at, timedelta())
    wanted = select(Wait.case_id, Wait.state, Wait.turn, Wait.from_at, Wait.until_at).where(Wait.case_id.in_(held))
    for case_id, state, turn, from_at, until_at in session.execute(wanted) if held else ():
        row = held[case_id]
        owner = static_turn(row.pathway, row.pathway_version, state) if turn is None else turn
        times[case_id][together(owner)] += max(until_at - from_at, timedelta())  # none ends before it began
    return {key: _longest_first(found) for key, found in times.items()}


def together(owner: str) -> str:
    """People who are waited on at once, in whatever order a state names them."""
    return ",".join(sorted(owner.split(",")))


def _is_over(row: Standing) -> bool:
    """Whether a case is at its end: from then on it waits for nothing."""
    return engine.pathway(row.pathway, row.pathway_version).case.state(row.state).final


def _longest_first(found: Mapping[str, timedelta]) -> tuple[Delay, ...]:
    delays = (Delay(owner, time) for owner, time in found.items() if time)
    return tuple(sorted(delays, key=lambda each: (-each.time, each.owner)))


def of_case(session: Session, row: Case, now: datetime) -> tuple[Delay, ...]:
    """The delays of one case."""
    whose = tuple(part for part in row.turn.split(",") if part)
    standing = Stood(row.id, row.pathway, row.pathway_version, row.state, whose, row.since_at)
    return of_cases(session, [standing], now)[row.id]


@dataclass(frozen=True, slots=True)
class Stood:
    """A case as a list would have it."""

    id: str
    pathway: str
    pathway_version: str
    state: str
    turn: tuple[str, ...]
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Which waits a table of figures is about: over within this time, at this centre, of this product."""

    begin: datetime
    end: datetime
    centre: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A step and who was waited on: of how many cases, and the days of each case there (middle; nine in ten)."""

    state: str
    owner: str
    cases: int
    median: float
    p90: float

    @property
    def is_told(self) -> bool:
        """Whether enough cases stand behind the figures."""
        return self.cases >= LEAST


def past(session: Session, actor: Actor, asked: Asked) -> list[Figure]:
    """Days by step and owner of the waits that ended in this time: one grouped query, whatever there is to count."""
    days = _seconds(session, Wait.from_at, Wait.until_at) / DAY
    owner = func.coalesce(Wait.turn, _static_turns())
    waited = (
        select(
            Wait.case_id.label("case_id"), Wait.state.label("state"), owner.label("owner"), func.sum(days).label("days")
        )
        .join(Case, Wait.case_id == Case.id)
        .where(Wait.until_at >= asked.begin, Wait.until_at < asked.end, Wait.until_at > Wait.from_at)
        .where(*_seen(actor, asked))
        .group_by(Wait.case_id, Wait.state, owner)
    )
    return _figures(session, waited)


def present(session: Session, actor: Actor, asked: Asked, now: datetime) -> list[Figure]:
    """Days by step and owner that open cases wait now: what is not over yet is told apart from what is."""
    since = _seconds(session, Case.since_at, literal(now, Case.since_at.type)) / DAY
    standing = select(
        Case.id.label("case_id"), Case.state.label("state"), Case.turn.label("owner"), since.label("days")
    ).where(Case.turn != "", *_seen(actor, asked))
    return _figures(session, standing)


def _seen(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    """What this person may count: cases of the centres where they hold one of the roles that read figures."""
    conditions = [Case.centre_id.in_(actor.centres(*READ_BY)), not_blocked(actor)]
    if asked.centre:
        conditions.append(Case.centre_id.in_(select(Centre.id).where(Centre.code == asked.centre)))
    if asked.product:
        conditions.append(Case.product_id.in_(select(Product.id).where(Product.code == asked.product)))
    return conditions


def _seconds(session: Session, begin: Any, end: Any) -> ColumnElement[float]:
    """How long a time was: databases count it each in their own way."""
    if session.get_bind().dialect.name == "sqlite":
        return cast((func.julianday(end) - func.julianday(begin)) * DAY, Double)
    return cast(extract("epoch", end - begin), Double)


def _static_turns() -> ColumnElement[str]:
    whens = [
        (
            and_(Case.pathway == pathway.id, Case.pathway_version == pathway.version, Wait.state == state.id),
            ",".join(state.turn),
        )
        for pathway in engine.pathways()
        for state in pathway.case.states
        if state.turn
    ]
    return case(*whens, else_="")


def _figures(session: Session, waited: Select[Any, Any, Any, Any]) -> list[Figure]:
    """Number of cases, median (the mean of the two in the middle) and 90th percentile (nearest rank) of each group."""
    held = waited.subquery()
    group = (held.c.state, held.c.owner)
    rank = func.row_number().over(partition_by=group, order_by=(held.c.days, held.c.case_id)).label("rank")
    ranked = select(*group, held.c.days, rank, func.count().over(partition_by=group).label("n")).subquery()
    n, at = ranked.c.n, ranked.c.rank
    middle = case((at.in_(((n + 1) // 2, (n + 2) // 2)), ranked.c.days))
    ninth = case((at == (9 * n + 9) // 10, ranked.c.days))
    wanted = select(ranked.c.state, ranked.c.owner, func.max(n), func.avg(middle), func.max(ninth)).group_by(
        ranked.c.state, ranked.c.owner
    )
    return [Figure(*row) for row in session.execute(wanted)]
