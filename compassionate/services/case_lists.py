"""Lists of cases: what narrows them, their two orders, and pages that go on where the last one ended.

Ordered by waiting time or by legal date; those without a date come last, the longest waiting first. A cursor says the
order that it belongs to, and rows are compared as one value, so that an index finds the place at any depth. Each centre
gives its own page, and of these the first rows are taken: asked for several centres at once, a database sorts them all.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from compassionate.clock import AGENCY_ZONE, civil_date, now
from compassionate.errors import FieldError, Invalid
from compassionate.models import Account, Case, Centre, Product
from compassionate.services.actors import Actor
from compassionate.services.visibility import not_blocked
from compassionate.workflow import engine
from compassionate.workflow.table import CASE

PAGE = 30
NEAR = timedelta(days=3)  # a legal date so many days ahead is near
SINCE, DUE = "since", "due"
OVERDUE, SOON, DATED, UNDATED = "overdue", "near", "dated", "none"
TERMS = (OVERDUE, SOON, DATED, UNDATED)
_FINAL = sorted({state.id for pathway in engine.pathways() for state in pathway.case.states if state.final})
# Written out, never bound: only so do databases see that their index of open cases holds what is asked for.
OPEN = and_(*(Case.state != literal_column(f"'{state}'") for state in _FINAL))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list: nothing in it needs another query."""

    code: str
    pathway: str
    pathway_version: str
    state: str
    centre: str
    product: str
    version: int
    turn: tuple[str, ...]
    since_at: datetime
    physician: str
    is_demo: bool
    product_code: str = ""
    due_on: date | None = None
    due_clock: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list: all of them hold at once. `physician` is a user name, `term` one of TERMS."""

    state: str = ""
    centre: str = ""
    product: str = ""
    turn: str = ""
    physician: str = ""
    physician_id: str = ""
    member_id: str = ""
    open_only: bool = False
    term: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: in which order, whether among the cases with a date, at what, at which case."""

    order: str
    dated: bool
    at: date | datetime
    case_id: str


def _written(place: Place) -> str:
    held = [place.order, place.dated, place.at.isoformat(), place.case_id]
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")


def _read(cursor: str, order: str) -> Place:
    """The place that a cursor names; raises Invalid for one that is damaged or of another order."""
    try:
        of, dated, at, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found: date | datetime = date.fromisoformat(at) if dated else datetime.fromisoformat(at)
        wrong = of != order or (dated and order != DUE) or not isinstance(case_id, str)
        if wrong or (isinstance(found, datetime) and found.tzinfo is None):
            raise ValueError(cursor)
        return Place(of, bool(dated), found, case_id)
    except (ValueError, TypeError) as error:
        raise Invalid((FieldError("after", "list.bad_cursor"),)) from error


def _narrow(query: Select[Case], filters: Filters, today: date) -> Select[Case]:
    is_open = filters.open_only or bool(filters.turn)  # it is nobody's turn in what is over
    if filters.state:
        query = query.where(Case.state == filters.state)
    elif is_open:
        query = query.where(OPEN)
    if filters.turn:
        first = Case.turn.startswith(f"{filters.turn},", autoescape=True)
        later = Case.turn.contains(f",{filters.turn}", autoescape=True)
        query = query.where(or_(Case.turn == filters.turn, first, later))
    if filters.physician_id:
        query = query.where(Case.physician_id == filters.physician_id)
    if filters.member_id:
        query = query.where(or_(Case.physician_id == filters.member_id, Case.pharmacist_id == filters.member_id))
    if filters.physician:
        named = select(Account.id).where(Account.username == filters.physician).scalar_subquery()
        query = query.where(_beside(Case.physician_id, is_open) == named)
    if filters.product:
        product = select(Product.id).where(Product.code == filters.product).scalar_subquery()
        query = query.where(_beside(Case.product_id, is_open) == product)
    return _within(query, filters.term, today)


def _beside(column: Any, is_open: bool) -> Any:
    """A column to compare: that of open cases by no index of its own, which would lead past all that are over."""
    return column.concat("") if is_open else column


def _within(query: Select[Case], term: str, today: date) -> Select[Case]:
    """The cases whose legal date is past, near, any at all, or missing."""
    terms: dict[str, ColumnElement[bool]] = {
        OVERDUE: Case.due_on < today,
        SOON: Case.due_on.between(today, today + NEAR),
        DATED: Case.due_on.is_not(None),
        UNDATED: Case.due_on.is_(None),
    }
    return query.where(terms[term]) if term in terms else query


def _in_order(query: Select[Case], dated: bool, place: Place | None) -> Select[Case]:
    """The cases after a place, by their date or by how long they wait."""
    column: Any = Case.due_on if dated else Case.since_at
    if place is not None:
        query = query.where(tuple_(column, Case.id) > tuple_(literal(place.at, column.type), literal(place.case_id)))
    return query.order_by(column, Case.id)


def pages(query: Select[Case], order: str, place: Place | None) -> list[tuple[bool, Select[Case]]]:
    """The queries that are asked one after the other until a page is full: those with a date, then those without.

    Two, because databases differ in where they sort what is missing, and an index serves either half.
    """
    if order != DUE:
        return [(False, _in_order(query, False, place))]
    undated = _in_order(query.where(Case.due_on.is_(None)), False, place if place and not place.dated else None)
    if place and not place.dated:
        return [(False, undated)]
    return [(True, _in_order(query.where(Case.due_on.is_not(None)), True, place)), (False, undated)]


def list_cases(
    session: Session, actor: Actor, filters: Filters, limit: int = PAGE, after: str = "", order: str = SINCE
) -> tuple[list[CaseRow], str]:
    """A page of cases and the cursor of the next page (empty: no more); `order` is SINCE or DUE."""
    place = _read(after, order) if after else None
    today = civil_date(now(), AGENCY_ZONE.key)
    asked = [pages(_narrow(of_centre(actor, each), filters, today), order, place) for each in _centres(actor, filters)]
    found: list[tuple[bool, CaseRow]] = []
    for halves in zip(*asked, strict=True):
        dated, lacking = halves[0][0], limit + 1 - len(found)
        if lacking > 0:
            wanted = _merged([query for _, query in halves], dated, lacking)
            found += [(dated, row) for row in rows_of(session, wanted)]
    page = found[:limit]
    if len(found) <= limit:
        return [row for _, row in page], ""
    dated, last = page[-1]
    at = last.due_on if dated and last.due_on else last.since_at
    return [row for _, row in page], _written(Place(order, dated, at, last.id))


def of_centre(actor: Actor, centre_id: str) -> Select[Case]:
    """The cases of one of an actor's centres that they may know of."""
    return select(Case).where(Case.centre_id == centre_id, not_blocked(actor))


def _centres(actor: Actor, filters: Filters) -> list[str]:
    """The ids of the actor's centres; of the one that is asked for alone."""
    named = {held.centre_id for held in actor.held if held.centre_code == filters.centre}
    return [each for each in actor.centres() if not filters.centre or each in named]


def _merged(queries: Sequence[Select[Case]], dated: bool, limit: int) -> Select[Case]:
    """The first rows of several lists in one order, each list read no further than that."""
    if len(queries) == 1:
        return queries[0].limit(limit)
    column: Any = Case.due_on if dated else Case.since_at
    return among([query.limit(limit) for query in queries]).order_by(column, Case.id).limit(limit)


def among(queries: Sequence[Select[Case]]) -> Select[Case]:
    """The cases that any of these finds, each read by itself."""
    ids = [select(query.with_only_columns(Case.id).subquery().c.id) for query in queries]
    return select(Case).where(Case.id.in_(union_all(*ids)) if ids else false())


def rows_of(session: Session, query: Select[Case]) -> list[CaseRow]:
    """The lines of a list: one query, whatever it asks for."""
    columns = (
        *(Case.code, Case.pathway, Case.pathway_version, Case.state, Centre.code, Product.name, Case.version),
        *(Case.turn, Case.since_at, Account.name, Case.is_demo, Product.code, Case.due_on, Case.due_clock, Case.id),
    )
    listed = (
        query.join(Centre, Case.centre_id == Centre.id)
        .join(Product, Case.product_id == Product.id)
        .outerjoin(Account, Case.physician_id == Account.id)
        .with_only_columns(*columns)
    )
    return [_row(tuple(row)) for row in session.execute(listed)]


def _row(held: Any) -> CaseRow:
    code, pathway, pathway_version, state, centre, product, version, turn, since_at, name, *more = held
    whose = tuple(part for part in turn.split(",") if part)
    where = (code, pathway, pathway_version, state, centre, product, version, whose, since_at, name or "")
    return CaseRow(*where, *more)


def known(session: Session, actor: Actor) -> dict[str, dict[str, str]]:
    """What each filter may be set to, with the names that are nobody's words: codes of states and turns say nothing.

    Products and physicians of whom there is a case here: each is one look into an index, not a walk through all cases.
    """
    states = [state for pathway in engine.pathways() for state in pathway.region(CASE).states]
    whose = dict.fromkeys(who for state in states for who in state.turn)
    here = select(Case.id).where(Case.centre_id.in_(actor.centres()), not_blocked(actor))
    products = select(Product.code, Product.name).where(exists(here.where(Case.product_id == Product.id)))
    physicians = select(Account.username, Account.name).where(exists(here.where(Case.physician_id == Account.id)))
    centres = select(Centre.code, Centre.name).where(Centre.id.in_(actor.centres())).order_by(Centre.code)
    return {
        "state": dict.fromkeys((state.id for state in states), ""),
        "turn": dict.fromkeys([*whose, "sponsor", "committee"], ""),
        "product": dict(session.execute(products.order_by(Product.name)).all()),
        "physician": dict(session.execute(physicians.order_by(Account.name)).all()),
        "centre": dict(session.execute(centres).all()),
        "term": dict.fromkeys(TERMS, ""),
    }
