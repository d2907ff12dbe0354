"""Whom an administrator administers: the people of the centres where they hold that role, and nobody beyond.

Readers see who holds which role at their own centres, so that a step that waits for a role has a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid, NotFound, Reason, Refused
from compassionate.models import Account, Centre, Membership
from compassionate.services import accounts
from compassionate.services.actors import Actor
from compassionate.services.given import Given
from compassionate.services.memberships import holders, in_force, is_over
from compassionate.workflow.permissions import READERS
from compassionate.workflow.roles import Role

STATES = ("active", "locked", "no_password", "disabled")


def administered(session: Session, actor: Actor) -> list[Centre]:
    """The centres that this person administers, by code."""
    held = select(Centre).where(Centre.id.in_(actor.centres(Role.ADMINISTRATOR))).order_by(Centre.code)
    return list(session.scalars(held))


def seen_centres(actor: Actor) -> tuple[str, ...]:
    """Ids of the centres of which this person may know who works there."""
    return actor.centres(*READERS, Role.ADMINISTRATOR)


def require_administrator(actor: Actor, centre_id: str = "") -> None:
    """Refuse whoever does not administer a centre (any, where none is named); raises Refused."""
    held = actor.centres(Role.ADMINISTRATOR)
    if not held or (centre_id and centre_id not in held):
        params = {"roles": (Role.ADMINISTRATOR.value,)}
        raise Refused((Reason("role.missing", "", Role.ADMINISTRATOR.value, "accounts", params),))


def account_named(session: Session, actor: Actor, username: str) -> Account:
    """An account that has or had a role at a centre of this administrator; raises NotFound alike for any other."""
    mine = Membership.centre_id.in_(actor.centres(Role.ADMINISTRATOR))
    # Asked for as one question: a stranger's account would cost more than one that is not there.
    wanted = select(Account).where(Account.username == username.strip().lower(), Account.memberships.any(mine))
    account = session.scalar(wanted)
    if account is None:
        raise NotFound
    return account


def other_centres(actor: Actor, account: Account, today: date) -> tuple[str, ...]:
    """Codes of the centres where the account holds or will hold a role and this administrator does not rule."""
    mine = set(actor.centres(Role.ADMINISTRATOR))
    held = (row for row in account.memberships if not is_over(row, today))
    return tuple(sorted({row.centre.code for row in held if row.centre_id not in mine}))


def require_whole(actor: Actor, account: Account, today: date) -> None:
    """Refuse an act on a whole account that has roles at centres of other administrators too; raises Invalid."""
    elsewhere = other_centres(actor, account, today)
    if elsewhere:
        raise Invalid((FieldError("account", "account.other_centres", {"centres": ", ".join(elsewhere)}),))


def open_account(session: Session, actor: Actor, values: Mapping[str, Any], now: datetime) -> Account:
    """A new account with its first roles, without a password: its person sets one. Raises Refused, Invalid.

    Fields: username, name, email, collegiate_number, specialty, service, telephone; roles.CODE (several) a
    centre; from_on, until_on.
    """
    require_administrator(actor)
    read = Given(values)
    person = accounts.read_person(read)
    missing = (FieldError("username", "value.missing"),)
    read.errors[:0] = accounts.username_errors(session, person.username) if person.username else missing
    centres = administered(session, actor)
    wanted = [(centre, Role(role)) for centre in centres for role in read.some_of(f"roles.{centre.code}", Role, False)]
    _check_roles(read, centres, [role for _, role in wanted])
    from_on, until_on = _dates(read, now, centres[0].zone)
    read.settle()
    account = accounts.create(session, actor, person, None, now)
    for centre, role in wanted:
        accounts.grant(session, actor, account, centre, role, now, from_on, until_on)
    return account


def _check_roles(read: Given, centres: list[Centre], roles: list[Role]) -> None:
    field = f"roles.{centres[0].code}"
    if not roles:
        read.wrong(field, "account.no_role")
    if accounts.ALONE & set(roles) and set(roles) - accounts.ALONE:
        read.wrong(field, "account.auditor_alone")


def _dates(read: Given, now: datetime, zone: str) -> tuple[date, date | None]:
    today = civil_date(now, zone)
    from_on, until_on = read.day("from_on", required=True), read.day("until_on")
    if until_on is not None and until_on < (from_on or today):
        read.wrong("until_on", "account.ends_before_it_starts")
    return from_on or today, until_on


def grant_role(
    session: Session, actor: Actor, account: Account, values: Mapping[str, Any], now: datetime
) -> Membership:
    """Give one more role at a centre; raises Refused, Invalid. Fields: centre (code), role, from_on, until_on."""
    centres = {centre.code: centre for centre in administered(session, actor)}
    read = Given(values)
    code, role = read.one_of("centre", centres), read.one_of("role", Role)
    from_on, until_on = _dates(read, now, next(iter(centres.values())).zone)
    read.settle()
    return accounts.grant(session, actor, account, centres[code], Role(role), now, from_on, until_on)


def membership_of(session: Session, actor: Actor, account: Account, membership_id: str) -> Membership:
    """A role of an account at a centre of this administrator; raises NotFound."""
    mine = set(actor.centres(Role.ADMINISTRATOR))
    found = (row for row in account.memberships if row.id == membership_id and row.centre_id in mine)
    membership = next(found, None)
    if membership is None:
        raise NotFound
    return membership


def end_role(session: Session, actor: Actor, membership: Membership, values: Mapping[str, Any], now: datetime) -> None:
    """End a role at once (`when` = now) or after a day (`when` = day, last_day); raises Refused, Invalid."""
    require_administrator(actor, membership.centre_id)
    today = civil_date(now, membership.centre.zone)
    read = Given(values)
    when = read.one_of("when", ("now", "day"))
    last_day = read.day("last_day", required=True) if when == "day" else accounts.day_before(today)
    if when == "day" and last_day is not None and last_day < today:
        read.wrong("last_day", "account.last_day_gone")
    read.settle()
    assert last_day is not None
    accounts.end_membership(session, actor, membership, last_day, now)


@dataclass(frozen=True, slots=True)
class AccountFilters:
    """What narrows the list of accounts: all of them hold at once."""

    text: str = ""
    role: str = ""
    state: str = ""
    centre: str = ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One person of the list, with the roles held at the centres that the reader sees."""

    username: str
    name: str
    state: str
    roles: tuple[Membership, ...]
    administered: bool


def state_of(account: Account) -> str:
    """`active`, `locked` (too many attempts failed), `no_password` (first link not used yet) or `disabled`."""
    if not account.active:
        return "disabled"
    if account.locked_at is not None:
        return "locked"
    return "active" if account.password else "no_password"


def list_accounts(session: Session, actor: Actor, filters: AccountFilters, today: date) -> list[AccountRow]:
    """The people of the reader's centres by name: every account for an administrator, who works there for others."""
    mine = set(actor.centres(Role.ADMINISTRATOR))
    wanted = (
        select(Account)
        .where(Account.memberships.any(Membership.centre_id.in_(seen_centres(actor))))
        .order_by(Account.name, Account.username)
    )
    rows = (_row(account, actor, mine, today) for account in session.scalars(wanted))
    return [row for row in rows if row is not None and _wanted(row, filters)]


def _row(account: Account, actor: Actor, mine: set[str], today: date) -> AccountRow | None:
    seen = set(seen_centres(actor))
    held = tuple(row for row in account.memberships if row.centre_id in seen and _shown(row, mine, today))
    administers = any(row.centre_id in mine for row in account.memberships)
    if not administers and not (held and account.active):
        return None
    return AccountRow(account.username, account.name, state_of(account), held, administers)


def _shown(row: Membership, mine: set[str], today: date) -> bool:
    if row.centre_id in mine:
        return not is_over(row, today)
    return in_force(row, today)


def _wanted(row: AccountRow, filters: AccountFilters) -> bool:
    text = filters.text.casefold()
    return (
        (not text or text in row.name.casefold() or text in row.username)
        and (not filters.role or any(held.role == filters.role for held in row.roles))
        and (not filters.centre or any(held.centre.code == filters.centre for held in row.roles))
        and (not filters.state or row.state == filters.state)
    )


def administrators_of(session: Session, centre: Centre, today: date) -> list[str]:
    """Names of those who administer a centre today: whom a reader asks for a change."""
    return [account.name for account in holders(session, centre.id, Role.ADMINISTRATOR, today)]
