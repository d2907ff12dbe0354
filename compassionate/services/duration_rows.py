"""What the figures of time are counted from: waits that are over, waits that run, and the dates of each case's way.

Four statements, whatever there is to count. Everything is of the centres and cases that the person may count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE
from compassionate.models import Account, Case, Centre, Decision, Dose, Request, Wait
from compassionate.services.actors import Actor
from compassionate.services.delays import static_turn, together
from compassionate.services.visibility import not_blocked
from compassionate.statistics.stages import TO_TREATMENT, Decided, Way
from compassionate.workflow import engine
from compassionate.workflow.roles import Role

READ_BY = (Role.PHARMACIST, Role.DIRECTOR, Role.REGULATORY_OFFICER, Role.AUDITOR)
A_DAY = timedelta(days=1)
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
    code: str
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


def readable(actor: Actor, centre_ids: tuple[str, ...] = ()) -> list[ColumnElement[bool]]:
    """What this person may count: cases of the centres where they hold one of the roles that read figures."""
    allowed = actor.centres(*READ_BY)
    wanted = [each for each in allowed if not centre_ids or each in centre_ids]
    return [Case.centre_id.in_(wanted), not_blocked(actor)]


def seen(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """The cases that the person may count and means."""
    conditions = readable(actor, filters.centre_ids)
    if filters.product_id is not None:
        conditions.append(Case.product_id == filters.product_id)
    return conditions


_OF = (Case.id, Case.code, Case.product_id, func.coalesce(Account.service, ""))
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
    return _waits(session.connection().execute(wanted))


def present(session: Session, actor: Actor, filters: Filters, now: datetime) -> Iterator[WaitRow]:
    """The waits that run now, whatever the period: a case that is over waits on nobody."""
    wanted = (
        select(*_OF, *_TABLE, Case.state, Case.turn, Case.since_at)
        .outerjoin(Account, Case.physician_id == Account.id)
        .where(Case.state.not_in(FINAL), Case.turn != "", *seen(actor, filters))
    )
    return _waits((*row, now) for row in session.connection().execute(wanted))


def _waits(rows: Any) -> Iterator[WaitRow]:
    for case_id, code, product_id, service, pathway, version, state, turn, from_at, until_at in rows:
        owner = static_turn(pathway, version, state) if turn is None else turn
        yield WaitRow(Of(case_id, code, product_id, service), state, together(owner), from_at, until_at)


def ways(session: Session, actor: Actor, filters: Filters) -> Iterator[tuple[Of, Way]]:
    """The dates of the cases of which a stage ended since the period began, or runs now."""
    asked = (*_seen_since(filters), *seen(actor, filters))
    decisions = _decisions(session, select(Case.id).where(*asked))
    dosed = select(func.min(Dose.given_on)).where(Dose.case_id == Case.id).scalar_subquery()
    filed = select(Request.submitted_at).where(Request.case_id == Case.id, Request.number == 0).scalar_subquery()
    wanted = (
        select(*_OF, Case.state, Case.opened_at, filed, dosed, Centre.zone)
        .join(Centre, Case.centre_id == Centre.id)
        .outerjoin(Account, Case.physician_id == Account.id)
        .where(*asked)
    )
    for row in session.connection().execute(wanted):
        of, (state, opened_at, filed_at, dosed_on, zone) = Of(*row[:4]), row[4:]
        yield of, Way(state, opened_at, filed_at, dosed_on, zone, tuple(decisions.get(of.case_id, ())))


def _seen_since(filters: Filters) -> tuple[ColumnElement[bool]]:
    """The cases that wait for treatment, or of which something is dated in the period or later."""
    since = midnight(filters.from_on) - A_DAY  # the day of a filing is that of its own centre
    filed = select(Request.case_id).where(Request.number == 0, Request.submitted_at >= since)
    decided = select(Decision.case_id).where(Decision.decided_on >= filters.from_on)
    dosed = select(Dose.case_id).where(Dose.given_on >= filters.from_on)
    return (or_(Case.state.in_(TO_TREATMENT), *(Case.id.in_(each) for each in (filed, decided, dosed))),)


def _decisions(session: Session, cases: Select[Any]) -> dict[str, list[Decided]]:
    """Every decision on the first request of each of these cases."""
    wanted = select(Decision.case_id, Decision.decided_on, Decision.outcome).where(
        Decision.request_number == 0, Decision.case_id.in_(cases)
    )
    found = defaultdict[str, list[Decided]](list)
    for case_id, on, outcome in session.connection().execute(wanted):
        found[case_id].append(Decided(on, outcome == "authorised"))
    return found
