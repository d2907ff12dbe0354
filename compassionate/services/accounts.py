"""Accounts and their roles: made, changed, delegated, disabled; never deleted."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Centre, Membership, new_id
from compassionate.services import audit
from compassionate.services.actors import Actor
from compassionate.workflow.roles import Role

USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,62}$")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128
ALONE = frozenset({Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody who will log in."""

    username: str
    name: str
    email: str = ""
    collegiate_number: str = ""
    specialty: str = ""
    service: str = ""
    telephone: str = ""


def find(session: Session, username: str) -> Account:
    """The account of that user name; raises NotFound."""
    account = session.scalar(select(Account).where(Account.username == username.strip().lower()))
    if account is None:
        raise NotFound
    return account


def password_errors(password: str, username: str) -> tuple[FieldError, ...]:
    """What is wrong with a password (ASVS 6.2): its length, or the user name in it; any sign will do."""
    if len(password) < SHORTEST_PASSWORD:
        return (FieldError("password", "password.too_short", {"least": SHORTEST_PASSWORD}),)
    if len(password) > LONGEST_PASSWORD:
        return (FieldError("password", "password.too_long", {"most": LONGEST_PASSWORD}),)
    if username.lower() in password.lower():
        return (FieldError("password", "password.has_username"),)
    return ()


def create(session: Session, actor: Actor | None, person: Person, password_hash: str | None, now: datetime) -> Account:
    """A new account without roles; raises Invalid for a user name that is wrong or taken (names are never used twice)."""
    username = person.username.strip().lower()
    if not USERNAME.match(username):
        raise Invalid((FieldError("username", "account.username_wrong"),))
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise Invalid((FieldError("username", "account.username_taken"),))
    if not person.name.strip():
        raise Invalid((FieldError("name", "value.missing"),))
    account = Account(
        id=new_id(),
        username=username,
        name=person.name.strip(),
        email=person.email.strip() or None,
        password=password_hash,
        session_key=secrets.token_hex(32),
        created_at=now,
        password_set_at=now if password_hash else None,
        collegiate_number=person.collegiate_number,
        specialty=person.specialty,
        service=person.service,
        telephone=person.telephone,
        memberships=[],
    )
    session.add(account)
    session.flush()
    audit.append(session, actor, "create_account", now, account=account.id)
    return account


def update(session: Session, actor: Actor, account: Account, person: Person, now: datetime) -> None:
    """Change what is known of a person (never the user name); raises Invalid."""
    if not person.name.strip():
        raise Invalid((FieldError("name", "value.missing"),))
    account.name, account.email = person.name.strip(), person.email.strip() or None
    account.collegiate_number, account.specialty = person.collegiate_number, person.specialty
    account.service, account.telephone = person.service, person.telephone
    audit.append(session, actor, "edit_account", now, account=account.id)


def grant(
    session: Session,
    actor: Actor | None,
    account: Account,
    centre: Centre,
    role: Role,
    now: datetime,
    from_on: date,
    until_on: date | None = None,
) -> Membership:
    """Give a role at a centre; raises Invalid where it is one's own, held already, or may not be combined."""
    _refuse_grant(actor, account, centre, role, from_on, until_on)
    row = Membership(account_id=account.id, centre_id=centre.id, role=role.value, from_on=from_on, until_on=until_on)
    return _add(session, actor, account, row, "grant_role", now)


def _refuse_grant(
    actor: Actor | None, account: Account, centre: Centre, role: Role, from_on: date, until_on: date | None
) -> None:
    held = {Role(row.role) for row in account.memberships if row.until_on is None or row.until_on >= from_on}
    here = {Role(row.role) for row in account.memberships if row.centre_id == centre.id and row.until_on is None}
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("role", "account.own_role"),))
    if role in here:
        raise Invalid((FieldError("role", "account.role_held"),))
    if until_on is not None and until_on < from_on:
        raise Invalid((FieldError("until_on", "account.ends_before_it_starts"),))
    if (role in ALONE and held - ALONE) or (held & ALONE and role not in ALONE):
        raise Invalid((FieldError("role", "account.auditor_alone"),))


def delegate(
    session: Session,
    actor: Actor,
    account: Account,
    centre: Centre,
    now: datetime,
    from_on: date,
    until_on: date,
    act: str,
    wording: str,
) -> Membership:
    """A delegation of the centre's director to somebody, with its act and dates (RD 1015/2009 art. 8.1)."""
    errors = [] if act.strip() else [FieldError("act", "value.missing")]
    errors += [] if wording in ("P. D.", "por suplencia") else [FieldError("wording", "value.not_a_choice")]
    errors += [] if until_on >= from_on else [FieldError("until_on", "account.ends_before_it_starts")]
    errors += [FieldError("account", "account.own_role")] if account.id == actor.account_id else []
    if errors:
        raise Invalid(tuple(errors))
    row = Membership(
        account_id=account.id,
        centre_id=centre.id,
        role=Role.DIRECTOR.value,
        from_on=from_on,
        until_on=until_on,
        delegated_by_id=actor.account_id,
        delegation_act=act.strip()[:200],
        delegation_wording=wording,
    )
    return _add(session, actor, account, row, "delegate", now)


def _add(
    session: Session, actor: Actor | None, account: Account, row: Membership, action: str, now: datetime
) -> Membership:
    row.id = new_id()
    session.add(row)
    session.flush()
    session.refresh(account, ["memberships"])
    end_sessions(account)
    audit.append(
        session, actor, action, now, account=account.id, role=row.role, centre=row.centre_id, membership=row.id
    )
    return row


def end_membership(session: Session, actor: Actor, membership: Membership, on: date, now: datetime) -> None:
    """End a role or a delegation from a day on; what was signed under it stays attributed."""
    membership.until_on = max(on, membership.from_on)
    end_sessions(membership.account)
    audit.append(session, actor, "end_role", now, account=membership.account_id, membership=membership.id)


def end_sessions(account: Account) -> None:
    """End every session of an account at once."""
    account.session_key = secrets.token_hex(32)


def set_password(session: Session, actor: Actor | None, account: Account, password_hash: str, now: datetime) -> None:
    """Set a password that the person chose; every session ends."""
    account.password, account.password_set_at = password_hash, now
    end_sessions(account)
    audit.append(session, actor, "set_password", now, account=account.id)


def set_active(session: Session, actor: Actor | None, account: Account, active: bool, now: datetime) -> None:
    """Disable an account or let it in again; raises Invalid for one's own."""
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("account", "account.own_disable"),))
    account.active = active
    end_sessions(account)
    audit.append(session, actor, "enable_account" if active else "disable_account", now, account=account.id)
