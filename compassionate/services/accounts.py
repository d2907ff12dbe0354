"""Accounts and their roles: made, changed, granted, ended, disabled; never deleted.

Who may do so is services/administration.py; an actor of None is whoever keeps the installation, at the command line.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.models import Account, Centre, Membership, new_id
from compassionate.services import audit, notices, passwords
from compassionate.services.actors import Actor
from compassionate.services.changes import differing, of_centre
from compassionate.services.given import Given, expect_seen
from compassionate.services.memberships import overlaps
from compassionate.workflow.roles import Role

USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,62}$")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128
ALONE = frozenset({Role.AUDITOR})
LANGUAGES = ("es", "en")


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


def person_of(account: Account) -> Person:
    """What is known of an account's person now."""
    return Person(
        account.username,
        account.name,
        account.email or "",
        account.collegiate_number,
        account.specialty,
        account.service,
        account.telephone,
    )


def read_person(read: Given, username: str = "") -> Person:
    """A person as typed into a form; errors stay with `read`."""
    return Person(
        username or read.raw("username").lower(),
        read.text("name", required=True),
        read.email("email"),
        read.text("collegiate_number", 20),
        read.text("specialty", 100),
        read.text("service", 100),
        read.text("telephone", 40),
    )


def find(session: Session, username: str) -> Account:
    """The account of that user name; raises NotFound."""
    account = session.scalar(select(Account).where(Account.username == username.strip().lower()))
    if account is None:
        raise NotFound
    return account


def password_errors(password: str, username: str) -> tuple[FieldError, ...]:
    """What is wrong with a password: its length, the user name in it, or that it is a common one (ASVS 6.2)."""
    if len(password) < SHORTEST_PASSWORD:
        return (FieldError("password", "password.too_short", {"least": SHORTEST_PASSWORD}),)
    if len(password) > LONGEST_PASSWORD:
        return (FieldError("password", "password.too_long", {"most": LONGEST_PASSWORD}),)
    if username.lower() in password.lower():
        return (FieldError("password", "password.has_username"),)
    return (FieldError("password", "password.common"),) if passwords.is_common(password) else ()


def username_errors(session: Session, username: str) -> tuple[FieldError, ...]:
    """What is wrong with a new user name: its form, or that somebody has or had it (11.100(a): never used twice)."""
    if not USERNAME.match(username):
        return (FieldError("username", "account.username_wrong"),)
    taken = session.scalar(select(Account.id).where(Account.username == username))
    return (FieldError("username", "account.username_taken"),) if taken else ()


def create(session: Session, actor: Actor | None, person: Person, password_hash: str | None, now: datetime) -> Account:
    """A new account without roles; raises Invalid for a user name that is wrong or was ever taken."""
    username = person.username.strip().lower()
    errors = username_errors(session, username)
    errors += () if person.name.strip() else (FieldError("name", "value.missing"),)
    if errors:
        raise Invalid(errors)
    account = Account(
        id=new_id(),
        username=username,
        password=password_hash,
        session_key=secrets.token_hex(32),
        created_at=now,
        password_set_at=now if password_hash else None,
        memberships=[],
    )
    _write(account, person)
    session.add(account)
    session.flush()
    audit.append(session, actor, "create_account", now, account=account.id)
    return account


def _write(account: Account, person: Person) -> None:
    account.name, account.email = person.name.strip(), person.email.strip() or None
    account.collegiate_number, account.specialty = person.collegiate_number, person.specialty
    account.service, account.telephone = person.service, person.telephone


def edit(
    session: Session,
    actor: Actor,
    account: Account,
    values: Mapping[str, Any],
    now: datetime,
    seen: str | None = None,
) -> None:
    """Change what is known of a person, never the user name; raises Invalid, Conflict."""
    session.refresh(account, with_for_update=True)
    before = asdict(person_of(account))
    expect_seen(before, seen)
    read = Given(values)
    person = read_person(read, account.username)
    read.settle()
    _write(account, person)
    if changes := differing(before, asdict(person)):
        audit.append(session, actor, "edit_account", now, account=account.id, **of_centre(session, actor, changes))
    if "email" in changes:
        for address in (before["email"], person.email):  # whoever took the account over cannot keep it from its owner
            if address:
                notices.tell(session, account, "address_changed", now, address)


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
    return add_membership(session, actor, account, row, "grant_role", now)


def _refuse_grant(
    actor: Actor | None, account: Account, centre: Centre, role: Role, from_on: date, until_on: date | None
) -> None:
    own = [row for row in account.memberships if row.centre_id == centre.id and row.delegated_by_id is None]
    here = {Role(row.role) for row in own if overlaps(row, from_on, until_on)}
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("role", "account.own_role"),))
    if role in here:
        raise Invalid((FieldError("role", "account.role_held"),))
    if until_on is not None and until_on < from_on:
        raise Invalid((FieldError("until_on", "account.ends_before_it_starts"),))
    if not combinable(account, role, from_on, until_on):
        raise Invalid((FieldError("role", "account.auditor_alone"),))


def combinable(account: Account, role: Role, from_on: date, until_on: date | None = None) -> bool:
    """Whether a role may stand beside those held in these days: an auditor holds no other (ENS op.acc.3)."""
    held = {Role(row.role) for row in account.memberships if overlaps(row, from_on, until_on)}
    return not ((role in ALONE and held - ALONE) or (held & ALONE and role not in ALONE))


def add_membership(
    session: Session, actor: Actor | None, account: Account, row: Membership, action: str, now: datetime
) -> Membership:
    """Write a role or a delegation that was found to be allowed; the person's sessions end."""
    row.id = new_id()
    session.add(row)
    session.flush()
    session.refresh(account, ["memberships"])
    _end_running_sessions(account)
    dates = {"from_on": row.from_on.isoformat(), "until_on": row.until_on.isoformat() if row.until_on else ""}
    audit.append(
        session,
        actor,
        action,
        now,
        account=account.id,
        role=row.role,
        centre=row.centre_id,
        membership=row.id,
        **dates,
    )
    return row


def end_membership(
    session: Session, actor: Actor | None, membership: Membership, last_day: date, now: datetime
) -> None:
    """End a role or a delegation after a day; what was done under it stays attributed. Raises Invalid for one's own.

    A role that had not begun by then is never in force.
    """
    if actor is not None and actor.account_id == membership.account_id:
        raise Invalid((FieldError("last_day", "account.own_role_end"),))
    if membership.until_on is not None and membership.until_on < last_day:
        raise Invalid((FieldError("last_day", "account.ended_before"),))
    before = {"was_from": membership.from_on.isoformat()}
    before |= {"was_until": membership.until_on.isoformat()} if membership.until_on else {}
    membership.from_on = min(membership.from_on, last_day)
    membership.until_on = last_day
    _end_running_sessions(membership.account)
    audit.append(
        session,
        actor,
        "end_role",
        now,
        account=membership.account_id,
        membership=membership.id,
        role=membership.role,
        centre=membership.centre_id,
        last_day=last_day.isoformat(),
        **before,
    )


def day_before(day: date) -> date:
    """The last day of a role that ends at once on `day`."""
    return day - timedelta(days=1)


def end_sessions(account: Account) -> None:
    """End every session of an account at once, and every link made for it."""
    account.session_key = secrets.token_hex(32)


def _end_running_sessions(account: Account) -> None:
    # Who was never in has no session: their first link goes on living while roles are settled.
    if account.password or account.logged_in_at:
        end_sessions(account)


def renew_link(session: Session, actor: Actor | None, account: Account, now: datetime) -> None:
    """Make earlier links die before a new one is given out (ASVS 6.4.6); raises Invalid for one's own, or disabled."""
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("account", "account.own_link"),))
    if not account.active:
        raise Invalid((FieldError("account", "account.disabled"),))
    end_sessions(account)
    audit.append(session, actor, "create_password_link", now, account=account.id)


def set_password(session: Session, actor: Actor | None, account: Account, password_hash: str, now: datetime) -> None:
    """Set a password that the person chose; every session ends."""
    account.password, account.password_set_at = password_hash, now
    end_sessions(account)
    notices.tell(session, account, "password_set", now)
    audit.append(session, actor, "set_password", now, account=account.id)


def set_active(session: Session, actor: Actor | None, account: Account, active: bool, now: datetime) -> None:
    """Disable an account or let it in again; raises Invalid for one's own."""
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("account", "account.own_disable"),))
    account.active = active
    end_sessions(account)
    audit.append(session, actor, "enable_account" if active else "disable_account", now, account=account.id)


def note_log_in(account: Account, now: datetime) -> None:
    """Keep when somebody got in, and when they had before (ENS op.acc.6 r5.2)."""
    account.previous_log_in_at, account.logged_in_at = account.logged_in_at, now


def set_language(session: Session, actor: Actor, account: Account, language: str, now: datetime) -> None:
    """The language of a person's screens; raises Invalid for one that is not spoken here."""
    if language not in LANGUAGES:
        raise Invalid((FieldError("language", "value.not_a_choice"),))
    kept = of_centre(session, actor, differing({"language": account.language}, {"language": language}))
    account.language = language
    audit.append(session, actor, "set_language", now, account=account.id, language=language, **kept)
