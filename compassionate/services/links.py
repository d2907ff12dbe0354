"""One-time links with which a person sets a password: signed, dated, and dead once they were used.

The secret comes from whoever calls: services know no settings. A link is bound to the account's session
key, which changes when a password is set, a newer link is made or the account is disabled (ASVS 6.4.2).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Account

SALT = "password-link"
FIRST_PASSWORD, NEW_PASSWORD = timedelta(days=7), timedelta(minutes=60)
PATH = "/cuenta/clave/{token}"


def lifetime(account: Account) -> timedelta:
    """How long a link made now is good for: an hour, or a week for who was never in."""
    return NEW_PASSWORD if account.password or account.logged_in_at else FIRST_PASSWORD


def _standing(account: Account) -> str:
    return hashlib.sha256(account.session_key.encode()).hexdigest()[:32]


def password_token(secret_key: str, account: Account, now: datetime) -> str:
    """A token for the address of the page on which this account sets its password."""
    payload = [account.id, _standing(account), int((now + lifetime(account)).timestamp())]
    return str(URLSafeSerializer(secret_key, salt=SALT).dumps(payload))


def password_link(secret_key: str, account: Account, now: datetime, base_url: str = "") -> str:
    """The whole address; `base_url` is where people reach the application."""
    return base_url.rstrip("/") + PATH.format(token=password_token(secret_key, account, now))


def account_of(session: Session, secret_key: str, token: str, now: datetime, lock: bool = False) -> Account:
    """The account that a token is for; raises NotFound for a wrong, expired or used one (one answer for all).

    `lock` keeps others with the same link waiting until this one is done.
    """
    try:
        account_id, standing, ends_at = URLSafeSerializer(secret_key, salt=SALT).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    account = session.get(Account, account_id, with_for_update=lock)
    if account is None or not account.active or standing != _standing(account) or now.timestamp() > ends_at:
        raise NotFound
    return account
