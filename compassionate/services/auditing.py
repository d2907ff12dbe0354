"""The chains as an auditor reads them: filtered, a page at a time, within the centres where they audit (AUD-07).

Rows are found through the texts that were hashed: there is nothing beside the proof that could say something else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from compassionate.models import Account, Case, Centre, Membership
from compassionate.services.actors import Actor
from compassionate.services.audit import AUDIT, Chain
from compassionate.workflow.roles import Role

PAGE = 50
PORTIONS = {"yield_per": 200}  # read as far as a page needs, however many rows of a chain match
MOST = 50_000  # rows of one CSV or JSON; the evidence pack has them all
SPAIN = ZoneInfo("Europe/Madrid")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the list; all of it holds at once."""

    case: str = ""
    person: str = ""  # an account's id
    kind: str = ""
    day: date | None = None
    before: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, as it is read."""

    seq: int
    hash: str
    row: Mapping[str, Any] = field(default_factory=dict)


def centres_of(session: Session, actor: Actor) -> tuple[str, ...]:
    """Codes of the centres where this person audits."""
    held = actor.centres(Role.AUDITOR)
    return tuple(session.scalars(select(Centre.code).where(Centre.id.in_(held)).order_by(Centre.code)))


def may_see(codes: tuple[str, ...]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a row may be shown to who audits these centres: its cases, its people, or the whole installation."""

    def see(row: Mapping[str, Any]) -> bool:
        cases = [row["case"]] if row.get("case") else list(row.get("detail", {}).get("cases", ()))
        if cases:
            return all(case.partition("-")[0] in codes for case in cases)
        there = [role.rpartition("@")[2] for role in row.get("as", ())]
        return not there or any(centre in codes for centre in there)

    return see


def _within(chain: Chain, codes: tuple[str, ...]) -> ColumnElement[bool]:
    text = chain.rows.c.row
    ours = [text.contains(f'"case":"{code}-', autoescape=True) for code in codes]
    ours += [and_(text.contains('"case":""'), text.contains(f'@{code}"', autoescape=True)) for code in codes]
    nobodys = and_(text.contains('"case":""'), or_(text.contains('"as":[]'), ~text.contains('"as":')))
    return or_(nobodys, *ours)


def find(session: Session, actor: Actor, chain: Chain, wanted: Wanted, limit: int = PAGE) -> list[Entry]:
    """Rows within what this person audits, newest first, from before `wanted.before`."""
    codes = centres_of(session, actor)
    see, held = may_see(codes), chain.rows.c
    query = select(held.seq, held.hash, held.row).where(_within(chain, codes), *_conditions(session, chain, wanted))
    # Counted after the filter: a page of which some rows are not shown still goes on to the older ones.
    with session.connection().execute(query.order_by(held.seq.desc()), execution_options=PORTIONS) as found:
        entries = (Entry(seq, digest, json.loads(text)) for seq, digest, text in found)
        return list(islice((entry for entry in entries if see(entry.row)), limit))


def _conditions(session: Session, chain: Chain, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    held = chain.rows.c
    if wanted.before:
        yield held.seq < wanted.before
    if wanted.case:
        case_id = session.scalar(select(Case.id).where(Case.code == wanted.case))
        named = held.row.contains(f'"{wanted.case}"', autoescape=True)  # its own, or one of a list that was shown
        yield held.case_id == case_id if case_id and chain is AUDIT else named
    if wanted.person:
        yield held.row.contains(f'"actor":"{wanted.person}"', autoescape=True)
    if wanted.kind:
        yield held.row.contains(f'"action":"{wanted.kind}"', autoescape=True)
    if wanted.day:
        first = datetime.combine(wanted.day, time(), SPAIN)
        after = datetime.combine(wanted.day + timedelta(days=1), time(), SPAIN)
        yield held.seq >= first_since(session, chain, first.astimezone(UTC))
        yield held.seq < first_since(session, chain, after.astimezone(UTC))


def first_since(session: Session, chain: Chain, at: datetime) -> int:
    """The place of the first row of `at` or later: times never go back in a chain, so it is found by halving."""
    rows, _, _ = session.connection().execute(chain.last).one_or_none() or (0, "", None)
    low, high = 1, rows + 1
    while low < high:
        middle = (low + high) // 2
        text = session.connection().execute(select(chain.rows.c.row).where(chain.rows.c.seq == middle)).scalar()
        if text is not None and datetime.fromisoformat(json.loads(text)["at"]) < at:
            low = middle + 1
        else:
            high = middle
    return low


def people(session: Session, actor: Actor) -> dict[str, tuple[str, str]]:
    """User name and name of everybody who has or had a role where this person audits, by account."""
    there = select(Membership.account_id).where(Membership.centre_id.in_(actor.centres(Role.AUDITOR)))
    rows = session.execute(
        select(Account.id, Account.username, Account.name).where(Account.id.in_(there)).order_by(Account.name)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
