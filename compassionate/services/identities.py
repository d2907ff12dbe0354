"""Who is who at the hospital's identity provider: linked by whoever showed both, never guessed (ASVS 10.5.2).

An account is linked to an issuer and a subject, the pair that a provider never gives to somebody else. An e-mail
address or a user name links nobody: the provider may give those away anew. Roles stay given here.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Account, Challenge, ExternalIdentity, new_id
from compassionate.services import accounts, audit, notices
from compassionate.services.actors import Actor

ROUND_LASTS = timedelta(minutes=10)


def of(session: Session, account: Account, issuer: str) -> ExternalIdentity | None:
    """Who an account is to that provider."""
    wanted = ExternalIdentity.account_id == account.id, ExternalIdentity.issuer == issuer
    return session.scalar(select(ExternalIdentity).where(*wanted))


def account_of(session: Session, issuer: str, subject: str, now: datetime) -> Account | None:
    """The account of somebody who showed who they are to the provider; locked, noted as used."""
    row = _by_subject(session, issuer, subject)
    if row is None:
        return None
    row.used_at = now
    return session.get_one(Account, row.account_id, with_for_update=True)


def _by_subject(session: Session, issuer: str, subject: str) -> ExternalIdentity | None:
    wanted = ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject
    return session.scalar(select(ExternalIdentity).where(*wanted).with_for_update())


def link(
    session: Session, actor: Actor, account: Account, issuer: str, subject: str, name: str, now: datetime
) -> ExternalIdentity:
    """Link an account to who its person is at the provider; sessions end, a mail tells (AUT-05). Raises Invalid."""
    session.refresh(account, with_for_update=True)
    if of(session, account, issuer) is not None:
        raise Invalid((FieldError("password", "hospital_log_in.linked"),))
    if _by_subject(session, issuer, subject) is not None:
        raise Invalid((FieldError("password", "hospital_log_in.taken"),))
    row = ExternalIdentity(
        id=new_id(), account_id=account.id, issuer=issuer, subject=subject, name=name, linked_at=now, used_at=None
    )
    session.add(row)
    session.flush()
    accounts.end_sessions(account)
    audit.append(session, actor, "link_identity", now, account=account.id, identity=row.id)
    notices.tell(session, account, "hospital_linked", now)
    return row


def unlink(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Take one's own link away; every session ends. Raises Invalid where nothing else is left to get in with."""
    if not account.password:
        raise Invalid((FieldError("password", "hospital_log_in.only_way"),))
    _unlink(session, actor, account, now)


def take_away(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Take somebody's link away (an administrator, audited); raises Invalid for one's own (ENS op.acc.3)."""
    if actor.account_id == account.id:
        raise Invalid((FieldError("account", "hospital_log_in.own"),))
    _unlink(session, actor, account, now)


def _unlink(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    gone = delete(ExternalIdentity).where(ExternalIdentity.account_id == account.id).returning(ExternalIdentity.id)
    ids = session.scalars(gone).all()
    for identity_id in ids:
        audit.append(session, actor, "unlink_identity", now, account=account.id, identity=identity_id)
    accounts.end_sessions(account)
    if ids:
        notices.tell(session, account, "hospital_unlinked", now)


def spend(session: Session, purpose: str, number: str, now: datetime) -> bool:
    """Whether a number of ours comes back for the first time; of two at once one is told so."""
    digest = hashlib.sha256(f"{purpose} {number}".encode()).hexdigest()
    session.execute(delete(Challenge).where(Challenge.until < now))
    try:
        with session.begin_nested():
            session.add(Challenge(digest=digest, until=now + 2 * ROUND_LASTS))
    except IntegrityError:
        return False
    return True
