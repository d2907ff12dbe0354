"""Whoever shows a password: looked at once by one function for every page, counted first (AUT-01, AUT-03).

A wrong name, a wrong password, a disabled and a locked account cost the same work and are told the same.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from flask import current_app, request
from flask import session as flask_session
from flask_login import current_user
from flask_security import hash_password, verify_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import begin_writing, commit
from compassionate.models import Account
from compassionate.services import audit, identities, passkeys, second_factor, throttle
from compassionate.services.actors import Actor, actor_of
from compassionate.services.oidc import Shown
from compassionate.services.throttle import CODE, Door

LOG_IN, AGAIN, PASSKEY, LINK, HOSPITAL = "log_in", "again", "passkey", "link", "hospital"
DECOY = "compassionate.decoy_password"
LONGEST = 1000
FRESH, FRESH_LASTS = "hospital_fresh", timedelta(minutes=5)


def keyed(purpose: str, text: str) -> str:
    """A fingerprint that nobody turns back: people type passwords into the wrong box, addresses are personal data."""
    return hmac.new(str(current_app.secret_key).encode(), f"{purpose} {text}".encode(), "sha256").hexdigest()


def source() -> str:
    """Where the request came from, as a fingerprint."""
    return keyed("source", request.remote_addr or "")


def check_log_in(username: str, password: str) -> Account | None:
    """The account that may go on with this name and password, in a transaction that writes; None for any other."""
    session, now = begin_writing(), clock.now()
    account = _called(session, username)
    door = _door(LOG_IN, account, username)
    may_try = throttle.enter(session, door, now)
    password_hash = account.password if account else None
    commit()
    is_right = is_password(password_hash, password)
    session = begin_writing()
    account = _called(session, username)
    if may_try and is_right and account is not None and may_come_in(account):
        throttle.passed(session, door, now)
        return account
    refuse(session, account, door, username, may_try)
    return None


def may_come_in(account: Account) -> bool:
    """Whether an account is neither disabled nor locked."""
    return account.active and account.locked_at is None


def _called(session: Session, username: str) -> Account | None:
    return session.scalar(select(Account).where(Account.username == username))


def _door(purpose: str, account: Account | None, username: str = "") -> Door:
    whose = account.id if account else keyed("log-in", username)
    return Door(purpose, whose, source(), account.id if account else None)


def check_code(account: Account, code: str) -> str:
    """Which second factor a code proves, in a transaction that writes; empty, on record, for a wrong one."""
    session, now = begin_writing(), clock.now()
    door = _door(CODE, account)
    may_try = throttle.enter(session, door, now)
    commit()
    session = begin_writing()
    account = session.get_one(Account, account.id)
    factor = second_factor.check(session, account, code, now) if may_try and may_come_in(account) else ""
    if factor:
        throttle.passed(session, door, now)
        return factor
    refuse(session, account, door, was_tried=may_try)
    return ""


def check_passkey(answer: str, place: passkeys.Place) -> Account | None:
    """Whose passkey answered, in a transaction that writes; None, on record, for an answer that proves nothing."""
    session, now = begin_writing(), clock.now()
    door = Door(PASSKEY, source=source())
    account = passkeys.account_of(session, answer, place, now) if throttle.enter(session, door, now) else None
    if account is not None and may_come_in(account):
        throttle.passed(session, door, now)
        return account
    refuse(session, account, door)
    return None


def may_ask_hospital(state: str) -> bool:
    """Whether a round comes back for the first time, from a source that may try: counted before it is looked at."""
    session, now = begin_writing(), clock.now()
    may_try = throttle.enter(session, Door(HOSPITAL, source=source()), now)
    is_first = identities.spend(session, HOSPITAL, state, now)
    commit()
    return may_try and is_first


def check_hospital(shown: Shown) -> Account | None:
    """Whose account the provider vouches for, in a transaction that writes; None, on record, for nobody's."""
    session, now = begin_writing(), clock.now()
    door, account = Door(HOSPITAL, source=source()), identities.account_of(session, shown.issuer, shown.subject, now)
    if account is not None and may_come_in(account):
        throttle.passed(session, door, now)
        return account
    refuse(session, account, door)
    return None


def refuse(session: Session, account: Account | None, door: Door, username: str = "", was_tried: bool = True) -> None:
    """Put a refused log-in on record and commit."""
    now = clock.now()
    if was_tried:
        throttle.failed(session, door, now)
    if account is not None:
        account.refused_at = now
    audit.append(
        session,
        None,
        "log_in_refused",
        now,
        username_hmac=keyed("log-in", username) if username else "",
        account=account.id if account is not None else None,
        door=door.purpose,
        waiting=None if was_tried else True,
    )
    commit()


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether it is the password of that hash; where there is none the same work is done for nothing."""
    tried = password if len(password) <= LONGEST else ""
    decoy = _decoy()  # asked for always: who comes first must not learn anything either
    return bool(verify_password(tried, password_hash or decoy)) and password_hash is not None and bool(tried)


def _decoy() -> str:
    held = current_app.extensions.get(DECOY)
    if held is None:
        held = current_app.extensions[DECOY] = hash_password("nobody has this password")
    return str(held)


def prove(password: str, field: str = "password", wrong: str = "password.wrong") -> None:
    """Whoever is logged in shows again that it is they (11.200(a)(1), ASVS 7.5.3); raises Invalid.

    What the request had written so far must be nothing: attempts are kept whatever becomes of the request, which
    goes on in a new transaction that writes.
    """
    account_id, known = current_user.account.id, current_user.account.password
    if not known:
        prove_by_hospital(field)
        return
    door = Door(AGAIN, account_id, account_id=account_id)
    may_try = throttle.enter(begin_writing(), door, clock.now())
    commit()
    is_right = is_password(known, password)
    session, now = begin_writing(), clock.now()
    if may_try and is_right:
        throttle.passed(session, door, now)
        commit()
        begin_writing()
        return
    if may_try:
        throttle.failed(session, door, now)
    account = session.get_one(Account, account_id)
    audit.append(session, person(account, now), "password_refused", now, account=account_id, page=request.endpoint)
    commit()
    begin_writing()
    raise Invalid((FieldError(field, wrong if may_try else "password.waiting"),))


def prove_by_hospital(field: str, act: str = "") -> None:
    """Who has no password showed the hospital's provider who they are, a moment ago, for one act; raises Invalid."""
    note, now = flask_session.get(FRESH), clock.now()
    is_mine = note is not None and shown_for(note, act, now) and note["key"] == current_user.account.session_key
    session = begin_writing()
    if not is_mine or not identities.spend(session, FRESH, str(note and note["state"]), now):
        raise Invalid((FieldError(field, "hospital_log_in.show_again"),))
    flask_session.pop(FRESH)
    commit()
    begin_writing()


def is_fresh(note: dict[str, str], now: datetime) -> bool:
    """Whether what the hospital's provider said is of a moment ago."""
    return now - datetime.fromisoformat(note["at"]) <= FRESH_LASTS


def shown_for(note: dict[str, str] | None, act: str, now: datetime) -> bool:
    """Whether the hospital's provider was shown who the person is a moment ago, and for this very act."""
    return note is not None and note.get("act", "") == act and is_fresh(note, now)


def prove_by_passkey(answer: str, act: str, place: passkeys.Place) -> None:
    """One's own passkey answered for this very act; raises Invalid, with the attempt counted, for any other answer."""
    account_id, now = current_user.account.id, clock.now()
    door = Door(AGAIN, account_id, account_id=account_id)
    may_try = throttle.enter(begin_writing(), door, now)
    commit()
    session = begin_writing()
    account = session.get_one(Account, account_id)
    if may_try and passkeys.signs(session, account, act, answer, place, now):
        throttle.passed(session, door, now)
        commit()
        begin_writing()
        return
    refuse(session, account, door, was_tried=may_try)
    begin_writing()
    raise Invalid((FieldError("credential", "signature.passkey_wrong" if may_try else "password.waiting"),))


def person(account: Account, now: datetime) -> Actor:
    """An account as an actor, before or after it is logged in."""
    return actor_of(account, clock.civil_date(now, "Europe/Madrid"))
