"""What the figures of time are counted from: waits that are over, waits that run, and the dates of each case's way.

Four statements, whatever there is to count. Everything is of the centres and cases that the person may count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE
from compassionate.models import Account, Case, Centre, Decision, Dose, Request, Wait
from compassionate.services.actors import Actor
from compassionate.services.delays import static_turn, together
from compassionate.services.visibility import not_blocked
from compassionate.statistics.stages import Decided, Way
from compassionate.workflow import engine
from compassionate.workflow.roles import Role

READ_BY = (Role.PHARMACIST, Role.DIRECTOR, Role.REGULATORY_OFFICER, Role.AUDITOR)
FINAL = frozenset(state.id for pathway in engine.pathways() for state in pathway.case.states if state.final)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which durations are meant: those that ended from `from_on` until the day before `until_on`.

    `centre_ids` empty: every centre where the person may count. `service` is that of the physician who answers for
    the case, however it is spelt; empty: of those who have none written down; None: any.
    """

    from_on: date
    until_on: date
    centre_ids: tuple[str, ...] = ()
    product_id: str | None = None
    service: str | None = None


class Of(NamedTuple):
    """Whose duration it is."""

    case_id: str
    product_id: str
    service: str


class WaitRow(NamedTuple):
    """A wait: of which case, in which state, on whom, from when until when."""

    of: Of
    state: str
    owner: str
    from_at: datetime
    until_at: datetime


def midnight(day: date) -> datetime:
    """The instant at which a day begins for the agency."""
    return datetime.combine(day, time(), AGENCY_ZONE)


def seen(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """What this person may count: cases of the centres where they hold one of the roles that read figures."""
    allowed = actor.centres(*READ_BY)
    wanted = [each for each in allowed if not filters.centre_ids or each in filters.centre_ids]
    conditions = [Case.centre_id.in_(wanted), not_blocked(actor)]
    if filters.product_id is not None:
        conditions.append(Case.product_id == filters.product_id)
    return conditions


_OF = (Case.id, Case.product_id, func.coalesce(Account.service, ""))
_TABLE = (Case.pathway, Case.pathway_version)


def past(session: Session, actor: Actor, filters: Filters) -> Iterator[WaitRow]:
    """The waits that ended in the period."""
    wanted = (
        select(*_OF, *_TABLE, Wait.state, Wait.turn, Wait.from_at, Wait.until_at)
        .join(Case, Wait.case_id == Case.id)
        .outerjoin(Account, Case.physician_id == Account.id)
        .where(Wait.until_at >= midnight(filters.from_on), Wait.until_at < midnight(filters.until_on))
        .where(*seen(actor, filters))
    )
    return _waits(session.execute(wanted))


def present(session: Session, actor: Actor, filters: Filters, now: datetime) -> Iterator[WaitRow]:
    """The waits that run now, whatever the period."""
    wanted = (
        select(*_OF, *_TABLE, Case.state, Case.turn, Case.since_at)
        .outerjoin(Account, Case.physician_id == Account.id)
        .where(Case.state.not_in(FINAL), *seen(actor, filters))
    )
    return _waits((*row, now) for row in session.execute(wanted))


def _waits(rows: Any) -> Iterator[WaitRow]:
    for case_id, product_id, service, pathway, version, state, turn, from_at, until_at in rows:
        owner = static_turn(pathway, version, state) if turn is None else turn
        yield WaitRow(Of(case_id, product_id, service), state, together(owner), from_at, until_at)


def ways(session: Session, actor: Actor, filters: Filters) -> Iterator[tuple[Of, Way]]:
    """The dates of the cases of which a stage ended in the period or runs now."""
    decisions = _decisions(session, actor, filters)
    dosed = select(Dose.case_id, func.min(Dose.given_on).label("on")).group_by(Dose.case_id).subquery()
    wanted = (
        select(*_OF, Case.state, Case.opened_at, Request.submitted_at, dosed.c.on, Centre.zone)
        .join(Centre, Case.centre_id == Centre.id)
        .outerjoin(Account, Case.physician_id == Account.id)
        .outerjoin(Request, and_(Request.case_id == Case.id, Request.number == 0))
        .outerjoin(dosed, dosed.c.case_id == Case.id)
        .where(*seen(actor, filters))
    )
    for case_id, product_id, service, state, opened_at, filed_at, dosed_on, zone in session.execute(wanted):
        way = Way(state, opened_at, filed_at, dosed_on, zone, tuple(decisions.get(case_id, ())))
        yield Of(case_id, product_id, service), way


def _decisions(session: Session, actor: Actor, filters: Filters) -> dict[str, list[Decided]]:
    """Every decision on the first request of each case."""
    wanted = (
        select(Decision.case_id, Decision.decided_on, Decision.outcome)
        .join(Case, Decision.case_id == Case.id)
        .where(Decision.request_number == 0, *seen(actor, filters))
    )
    found = defaultdict[str, list[Decided]](list)
    for case_id, on, outcome in session.execute(wanted):
        found[case_id].append(Decided(on, outcome == "authorised"))
    return found
