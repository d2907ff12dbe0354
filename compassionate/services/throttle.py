"""Every door that asks for something secret lets only so many try (AUT-03; ENS op.acc.6.8, ASVS 6.3.1).

An attempt is counted before the secret is looked at, in a transaction of its own: of many at once none slips
through, and a kill or a restart forgives nothing. Some failures are free, then each makes the next wait longer,
and the tenth in a row locks the account until an administrator unlocks it. A source (an address) is slowed down,
never locked: a whole hospital may stand behind one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Account, Attempts
from compassionate.models.database import insert_missing
from compassionate.services import audit, notices
from compassionate.services.actors import Actor

FREE_FAILURES, MOST_FAILURES = 5, 10
CODE = "code"  # the door behind the password: who fails there has known it
FIRST_WAIT = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(days=1)
MOST_OF_A_SOURCE = 100
ONE_FORGIVEN_EVERY = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Door:
    """One place that asks for a secret: for what, of whom (`whose`: account id or keyed hash), from where."""

    purpose: str
    whose: str = ""
    source: str = ""
    account_id: str | None = None


def enter(session: Session, door: Door, now: datetime) -> bool:
    """Count an attempt; whether it may be looked at. Commit before looking."""
    _forget_strangers(session, now)
    own, source = _own_row(session, door, now), _source_row(session, door, now)
    if _must_wait(own, now) or (source is not None and source.failures > MOST_OF_A_SOURCE - 1):
        return False
    for row in (own, source):
        if row is not None:
            row.failures, row.last_at = row.failures + 1, max(now, row.last_at)
    return True


def failed(session: Session, door: Door, now: datetime) -> None:
    """The attempt was wrong: it stays counted, and the tenth in a row locks the account."""
    own = _own_row(session, door, now)
    if own is None or own.account_id is None or own.failures < FREE_FAILURES:
        return
    account = session.get_one(Account, own.account_id, with_for_update=True)
    if door.purpose == CODE and int(own.failures) == FREE_FAILURES:
        notices.tell(session, account, "code_guessed", now)
    if own.failures >= MOST_FAILURES and account.locked_at is None:
        notices.tell(session, account, "account_locked", now)
        account.locked_at = now
        audit.append(session, None, "lock_account", now, account=account.id, door=door.purpose)


def passed(session: Session, door: Door, now: datetime) -> None:
    """The attempt was right: the account's failures are forgotten, the source's are not."""
    own, source = _own_row(session, door, now), _source_row(session, door, now)
    if own is not None:
        own.failures = 0.0
    if source is not None:
        source.failures = max(0.0, source.failures - 1)


def unlock(session: Session, actor: Actor | None, account: Account, now: datetime) -> None:
    """Let an account try again (an administrator, audited); raises Invalid for one's own."""
    if actor is not None and actor.account_id == account.id:
        raise Invalid((FieldError("account", "account.own_unlock"),))
    forget(session, account)
    audit.append(session, actor, "unlock_account", now, account=account.id)


def forget(session: Session, account: Account) -> None:
    """Forget every failure of an account."""
    session.execute(delete(Attempts).where(Attempts.account_id == account.id))
    account.locked_at = None


def waits_until(row: Attempts) -> datetime:
    """When the next attempt may be made: one minute after the fifth failure, then twice as long each time."""
    return row.last_at + FIRST_WAIT * 2.0 ** (int(row.failures) - FREE_FAILURES)


def _must_wait(row: Attempts | None, now: datetime) -> bool:
    if row is None or row.failures < FREE_FAILURES:
        return False
    return row.failures >= MOST_FAILURES or now < waits_until(row)


def _own_row(session: Session, door: Door, now: datetime) -> Attempts | None:
    if not door.whose:
        return None
    row = _row(session, f"{door.purpose}:{door.whose}", door.account_id, now)
    if row.failures < MOST_FAILURES and now - row.last_at > FORGOTTEN_AFTER:
        row.failures = 0.0
    return row


def _source_row(session: Session, door: Door, now: datetime) -> Attempts | None:
    if not door.source:
        return None
    row = _row(session, f"source:{door.source}", None, now)
    if now > row.last_at:
        row.failures = max(0.0, row.failures - (now - row.last_at) / ONE_FORGIVEN_EVERY)
        row.last_at = now
    return row


def _row(session: Session, bucket: str, account_id: str | None, now: datetime) -> Attempts:
    session.flush()
    row: Attempts | None = None
    while row is None:  # somebody may have forgotten it between the two
        insert_missing(session, Attempts, bucket=bucket, account_id=account_id, failures=0.0, last_at=now)
        row = session.get(Attempts, bucket, with_for_update=True)
    return row


def _forget_strangers(session: Session, now: datetime) -> None:
    # Names that nobody has and addresses leave nothing behind: whoever types at random fills no table.
    old = select(Attempts.bucket).where(Attempts.account_id.is_(None), Attempts.last_at < now - FORGOTTEN_AFTER)
    for bucket in session.scalars(old.limit(100).with_for_update(skip_locked=True)):
        session.execute(delete(Attempts).where(Attempts.bucket == bucket))
