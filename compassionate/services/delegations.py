"""The director's delegates: who acts in the director's place, by which act, in which words, from when until when.

Only who holds the office delegates, never a delegate (Ley 40/2015 art. 9.5); the wording is what their
signature will say (art. 9.4, 13). The endorsement stays barred to whoever had a hand in the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import NotFound, Reason, Refused
from compassionate.models import Account, Centre, Membership
from compassionate.services import accounts
from compassionate.services.actors import Actor
from compassionate.services.administration import seen_centres
from compassionate.services.given import Given
from compassionate.services.memberships import ON_DUTY, in_force, is_over
from compassionate.workflow.roles import Role

# What a choice makes the signature say.
WORDINGS = {"delegation": "P. D.", "substitution": "por suplencia", "on_duty": ON_DUTY}


@dataclass(frozen=True, slots=True)
class Delegation:
    """One delegation as the list shows it; `status` is in_force, to_come or ended."""

    id: str
    name: str
    by: str
    act: str
    wording: str
    from_on: date
    until_on: date | None
    status: str


def is_director(actor: Actor, centre_id: str) -> bool:
    """Whether somebody holds the office of director at a centre themselves, not by delegation."""
    return any(
        held.role == Role.DIRECTOR and held.centre_id == centre_id and not held.delegation for held in actor.held
    )


def _require_director(actor: Actor, centre: Centre) -> None:
    if not is_director(actor, centre.id):
        params = {"roles": (Role.DIRECTOR.value,)}
        raise Refused((Reason("role.missing", "Ley 40/2015 art. 9, 13", Role.DIRECTOR.value, "", params),))


def centres_of(session: Session, actor: Actor) -> list[Centre]:
    """The centres whose delegations this person may read, by code."""
    return list(session.scalars(select(Centre).where(Centre.id.in_(seen_centres(actor))).order_by(Centre.code)))


def centre_of(session: Session, actor: Actor, code: str) -> Centre:
    """One of them; raises NotFound."""
    found = next((centre for centre in centres_of(session, actor) if centre.code == code.upper()), None)
    if found is None:
        raise NotFound
    return found


def directors(session: Session, centre: Centre, today: date) -> list[str]:
    """Names of who holds the office today, not by delegation."""
    rows = _directors(session, centre)
    return [row.account.name for row in rows if row.delegated_by_id is None and in_force(row, today)]


def delegations(session: Session, centre: Centre, today: date) -> list[Delegation]:
    """Every delegation of a centre, those in force first, then those to come, then the ended ones."""
    listed = [_listed(session, row, today) for row in _directors(session, centre) if row.delegated_by_id is not None]
    order = {"in_force": 0, "to_come": 1, "ended": 2}
    return sorted(listed, key=lambda each: (order[each.status], -each.from_on.toordinal()))


def _directors(session: Session, centre: Centre) -> list[Membership]:
    wanted = (
        select(Membership)
        .join(Account, Membership.account_id == Account.id)
        .where(Membership.centre_id == centre.id, Membership.role == Role.DIRECTOR.value, Account.active.is_(True))
    )
    return list(session.scalars(wanted.order_by(Account.name)).unique())


def _listed(session: Session, row: Membership, today: date) -> Delegation:
    by = session.get(Account, row.delegated_by_id)
    status = "ended" if is_over(row, today) else "in_force" if in_force(row, today) else "to_come"
    return Delegation(
        row.id,
        row.account.name,
        by.name if by else "",
        row.delegation_act,
        row.delegation_wording,
        row.from_on,
        row.until_on,
        status,
    )


def candidates(session: Session, actor: Actor, centre: Centre, today: date) -> list[Account]:
    """Who may be a delegate: the active people of the centre but auditors and the director."""
    wanted = (
        select(Account)
        .where(
            Account.memberships.any(Membership.centre_id == centre.id),
            Account.active.is_(True),
            Account.id != actor.account_id,
        )
        .order_by(Account.name)
    )
    return [
        account
        for account in session.scalars(wanted)
        if accounts.combinable(account, Role.DIRECTOR, today)
        and any(in_force(row, today) for row in account.memberships if row.centre_id == centre.id)
    ]


def delegate(session: Session, actor: Actor, centre: Centre, values: Mapping[str, Any], now: datetime) -> Membership:
    """The director delegates to somebody of the centre (Ley 40/2015 art. 9, 13); raises Refused, Invalid.

    Fields: account (user name), act, wording, from_on, until_on.
    """
    _require_director(actor, centre)
    today = civil_date(now, centre.zone)
    known = {account.username: account for account in candidates(session, actor, centre, today)}
    read = Given(values)
    username, act = read.one_of("account", known), read.text("act", required=True)
    wording = read.one_of("wording", WORDINGS)
    from_on, until_on = read.day("from_on", required=True), read.day("until_on", required=True)
    if from_on and until_on and until_on < from_on:
        read.wrong("until_on", "account.ends_before_it_starts")
    elif until_on and until_on < today:
        read.wrong("until_on", "account.last_day_gone")
    read.settle()
    assert from_on is not None
    account = known[username]
    row = Membership(
        account_id=account.id,
        centre_id=centre.id,
        role=Role.DIRECTOR.value,
        from_on=from_on,
        until_on=until_on,
        delegated_by_id=actor.account_id,
        delegation_act=act,
        delegation_wording=WORDINGS[wording],
    )
    return accounts.add_membership(session, actor, account, row, "delegate", now)


def end(session: Session, actor: Actor, centre: Centre, membership_id: str, now: datetime) -> Membership:
    """The director ends a delegation at once; what was signed under it stays attributed. Raises Refused, NotFound."""
    _require_director(actor, centre)
    today = civil_date(now, centre.zone)
    found = (row for row in _directors(session, centre) if row.id == membership_id and row.delegated_by_id is not None)
    row = next(found, None)
    if row is None or is_over(row, today):
        raise NotFound
    accounts.end_membership(session, actor, row, accounts.day_before(today), now)
    return row
