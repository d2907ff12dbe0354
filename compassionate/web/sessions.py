"""Sessions from log-in to log-out: renewed, ended when idle or worn out, each refusal and each end on record."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user
from flask_security import verify_password, views
from flask_security.signals import user_authenticated
from sqlalchemy import select

from compassionate import clock
from compassionate.extensions import begin_writing, commit, db, reads_first
from compassionate.models import Account
from compassionate.services import accounts, audit
from compassionate.services.actors import Actor, actor_of
from compassionate.web import drafts
from compassionate.web.addresses import after_log_in
from compassionate.web.security import User


def _logged_in(app: Flask, user: User, **extra: Any) -> None:
    begin_writing()  # reading the password took long: others wrote meanwhile, and only now is there something to write
    _renew_session()
    now = clock.now()
    drafts.keep_after_log_in(user.account, request.form.get("kept", ""))
    audit.append(db(), _actor(user.account, now), "log_in", now)


def _renew_session() -> None:
    # Nothing that stood in the browser before the log-in stays valid after it (ASVS 7.2.4).
    held = {name: value for name, value in session.items() if name.startswith(("_", "fs_"))}
    session.clear()
    g.pop("csrf_token", None)
    session.update(held)
    session.permanent = True
    session["since"] = session["seen_at"] = clock.now().isoformat()


def keep_session(account: Account) -> None:
    """Let whoever changed their own password go on in this browser; everywhere else they are logged out."""
    login_user(User(account))
    _renew_session()


def _actor(account: Account, now: datetime) -> Actor:
    return actor_of(account, clock.civil_date(now, "Europe/Madrid"))


@reads_first
def log_in() -> Any:
    """Flask-Security's log-in; afterwards only local addresses, and a row of proof for whoever was refused."""
    answer = views.login()
    if current_user.is_authenticated:
        commit()
        return redirect(after_log_in(request.form.get("next") or request.args.get("next")))
    if request.method == "POST":
        _record_refusal(request.form.get("username", ""))
    return answer


def _record_refusal(typed: str) -> None:
    # People type passwords into the wrong box: what was typed is kept as a keyed hash, which nobody can turn back.
    username = typed.strip().lower()
    hashed_name = hmac.new(str(current_app.secret_key).encode(), f"log-in {username}".encode(), "sha256").hexdigest()
    session_of_writer = begin_writing()
    known = session_of_writer.scalar(select(Account.id).where(Account.username == username))
    audit.append(session_of_writer, None, "log_in_refused", clock.now(), username_hmac=hashed_name, account=known)
    commit()


def log_out() -> Any:
    """End every session of whoever logs out: a copied cookie dies too (ASVS 7.4.1)."""
    if current_user.is_authenticated:
        account, now = current_user.account, clock.now()
        accounts.end_sessions(account)
        audit.append(db(), _actor(account, now), "log_out", now)
        commit()
    logout_user()
    session.clear()
    flash(gettext("Ha cerrado la sesión en todos los equipos."), "success")
    return redirect(url_for("security.login"), 303)


def end_idle_sessions() -> None:
    """Log out whoever did nothing for the idle time, or logged in too long ago; a form offers what was typed again."""
    if not current_user.is_authenticated or request.endpoint == "static":
        return
    seen, since = session.get("seen_at"), session.get("since")
    if seen is None or since is None or drafts.is_idle(seen) or _is_worn_out(since):
        logout_user()
        session.clear()
        return
    session["seen_at"] = clock.now().isoformat()


def _is_worn_out(since: str) -> bool:
    return clock.now() - datetime.fromisoformat(since) > current_app.permanent_session_lifetime


def is_password_of(account: Account, password: str) -> bool:
    """Whether this is the account's password."""
    return bool(account.password and verify_password(password, account.password))


def init_app(app: Flask) -> None:
    """Take the place of Flask-Security's own log-in and log-out, and watch over every session."""
    app.view_functions["security.login"] = log_in
    app.view_functions["security.logout"] = log_out
    user_authenticated.connect(_logged_in, app)
    app.before_request(end_idle_sessions)
