"""The one adapter to Flask-Security: our accounts as its users, our way in, our page frame."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_security import RoleMixin, Security, UserMixin
from flask_security.datastore import UserDatastore
from passlib.context import CryptContext  # type: ignore[import-untyped]
from sqlalchemy import select

from compassionate.extensions import db
from compassionate.models import Account

IDENTITIES = {"fs_uniquifier": "session_key", "username": "username", "email": "email", "id": "id"}


class User(UserMixin):
    """An account as Flask-Security and Flask-Login want to see it; nothing of it is stored here."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.roles = []

    id = property(lambda self: self.account.id)
    username = property(lambda self: self.account.username)
    email = property(lambda self: self.account.email or "")
    active = property(lambda self: self.account.active)
    fs_uniquifier = property(
        lambda self: self.account.session_key, lambda self, value: setattr(self.account, "session_key", value)
    )

    @property
    def password(self) -> str | None:
        """The password's hash."""
        return self.account.password

    @password.setter
    def password(self, value: str | None) -> None:
        self.account.password = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, User) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)


class NoRole(RoleMixin):
    """Flask-Security's roles stay unused: our permission table decides."""

    name = ""


class AccountStore(UserDatastore):
    """Finds accounts for Flask-Security in the session of the request."""

    def __init__(self) -> None:
        super().__init__(User, NoRole)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:
        """The account with that identity, as a user."""
        name, value = next(iter(kwargs.items()))
        account = db().scalar(select(Account).where(getattr(Account, IDENTITIES[name]) == str(value)))
        return User(account) if account is not None else None

    def find_role(self, role: str) -> None:
        """There are none."""

    def put(self, model: User) -> User:
        """Keep a user's account in the session of the request."""
        db().add(model.account)
        return model

    def commit(self) -> None:
        """Commit the session of the request."""
        db().commit()

    def delete(self, model: User) -> None:
        """Accounts are disabled, never deleted: their names stay in the history."""
        model.account.active = False


class ComposedPasswords(CryptContext):
    """Takes a password however its letters were composed: an ñ of one keyboard is the ñ of any other (NFKD)."""

    def hash(self, secret: str, *args: Any, **kwargs: Any) -> str:
        """The hash of a password."""
        return str(super().hash(unicodedata.normalize("NFKD", secret), *args, **kwargs))

    def verify(self, secret: str, *args: Any, **kwargs: Any) -> bool:
        """Whether a password is the one that was hashed."""
        return bool(super().verify(unicodedata.normalize("NFKD", secret), *args, **kwargs))


security_store = AccountStore()


def _not_logged_in(mechanisms: Any = None, headers: Any = None) -> Any:
    from compassionate.web.drafts import ask_to_log_in_again

    return ask_to_log_in_again(401)


def init_app(app: Flask) -> None:
    """Settings and hooks of the log-in."""
    app.config.update(
        SECURITY_LOGIN_URL="/login",
        SECURITY_LOGOUT_URL="/logout",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": lambda value: value.strip().lower()}}],
        SECURITY_USERNAME_ENABLE=False,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_REGISTERABLE=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_RECOVERABLE=False,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_STATIC_FOLDER=None,  # its own style and script are not used
        SECURITY_FRESHNESS=timedelta(minutes=-1),  # no page of its own that asks for the password again
    )
    security = Security(app, security_store)
    security.pwd_context = ComposedPasswords(**security.pwd_context.to_dict())
    security.unauthn_handler(_not_logged_in)
    # Flask-Login took over Flask-Security's own handler when that started: it must come to ours too.
    app.login_manager.unauthorized_callback = _not_logged_in  # type: ignore[attr-defined]
    security.want_json(lambda request: False)  # our pages answer everybody alike
    app.login_manager.request_loader(lambda request: None)  # type: ignore[attr-defined]  # no tokens in addresses
    from compassionate.web import factor_rule, log_in, sessions
    from compassionate.web.access import check_access

    app.view_functions["security.login"] = log_in.log_in
    sessions.init_app(app)
    app.before_request(check_access)
    app.before_request(factor_rule.lead_to_enrol)
