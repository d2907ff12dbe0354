"""One-time links with which a person sets a password: signed, dated, and dead once a password was set.

The key comes from whoever calls: services know no settings.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from compassionate.errors import NotFound
from compassionate.models import Account

SALT = "password-link"
LIFETIME = timedelta(days=3)
PATH = "/contrasena/{token}"


def _standing(account: Account) -> str:
    """Changes when a password is set, and with it every link made before."""
    held = f"{account.password or ''}|{account.password_set_at or ''}"
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def password_token(secret_key: str, account: Account, now: datetime) -> str:
    """A token for the address of the page on which this account sets its password."""
    payload = [account.id, _standing(account), int((now + LIFETIME).timestamp())]
    return str(URLSafeSerializer(secret_key, salt=SALT).dumps(payload))


def password_link(secret_key: str, account: Account, now: datetime, base_url: str = "") -> str:
    """The whole address; `base_url` is where people reach the application."""
    return base_url.rstrip("/") + PATH.format(token=password_token(secret_key, account, now))


def account_of(session: Session, secret_key: str, token: str, now: datetime) -> Account:
    """The account that a token is for; raises NotFound for a wrong, expired or used one (one answer for all)."""
    try:
        account_id, standing, ends_at = URLSafeSerializer(secret_key, salt=SALT).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    account = session.get(Account, account_id)
    if account is None or not account.active or standing != _standing(account) or now.timestamp() > ends_at:
        raise NotFound
    return account
