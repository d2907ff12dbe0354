"""Sessions from log-in to log-out: renewed, ended when idle or worn out, each end on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user
from flask_security.signals import user_authenticated
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

from compassionate import clock
from compassionate.extensions import commit, db
from compassionate.models import Account
from compassionate.services import accounts, audit
from compassionate.web import drafts
from compassionate.web.credentials import HOSPITAL, person
from compassionate.web.security import User
from compassionate.web.templating import exact

# What the log-in leaves in a session: the hospital's provider vouched for it (HOSPITAL), and with two factors.
HOSPITAL_FACTORS = "hospital_factors"
PASSIVE: set[str] = set()  # what pages ask for by themselves: nobody is there because of it


def _logged_in(app: Flask, user: User, authn_via: list[str] | None = None, **extra: Any) -> None:
    """What every log-in does, in the transaction in which its proof was looked at."""
    _renew_session()
    now, account = clock.now(), user.account
    drafts.keep_after_log_in(account, request.form.get("kept", ""))
    _say_last_access(account)
    accounts.note_log_in(account, now)
    audit.append(db(), person(account, now), "log_in", now, factors="+".join(authn_via or ()))


def _say_last_access(account: Account) -> None:
    """Whoever gets in learns when they were in last, and when somebody failed to be them (ENS op.acc.6 r5.2)."""
    before, refused = account.logged_in_at, account.refused_at
    if before is not None:
        flash(gettext("Su último acceso: %(when)s.", when=exact(before)), "info")
    if refused is not None and (before is None or refused > before):
        words = gettext("Último intento fallido con su usuario: %(when)s. Si no fue usted, avise.", when=exact(refused))
        flash(words, "warning")


def _renew_session() -> None:
    # Nothing that stood in the browser before the log-in stays valid after it (ASVS 7.2.4).
    held = {name: value for name, value in session.items() if name.startswith(("_", "fs_"))}
    session.clear()
    g.pop("csrf_token", None)
    session.update(held)
    session.permanent = True
    session["since"] = session["seen_at"] = clock.now().isoformat()


def keep_session(account: Account) -> None:
    """Let whoever changed their own proof of identity go on in this browser; everywhere else they are logged out."""
    stays = {name: session[name] for name in (HOSPITAL, HOSPITAL_FACTORS) if name in session}
    login_user(User(account))
    _renew_session()
    session.update(stays)


def log_out() -> Any:
    """End every session of whoever logs out: a copied cookie dies too (ASVS 7.4.1)."""
    if current_user.is_authenticated:
        account, now = current_user.account, clock.now()
        accounts.end_sessions(account)
        audit.append(db(), person(account, now), "log_out", now)
        commit()
    came_by_hospital = session.get(HOSPITAL)
    logout_user()
    session.clear()
    flash(gettext("Ha cerrado la sesión en todos los equipos."), "success")
    if came_by_hospital:
        words = gettext("El acceso del hospital sigue abierto en este navegador: ciérrelo si el equipo no es suyo.")
        flash(words, "warning")
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
    if request.endpoint not in PASSIVE:
        session["seen_at"] = clock.now().isoformat()


def _is_worn_out(since: str) -> bool:
    return clock.now() - datetime.fromisoformat(since) > current_app.permanent_session_lifetime


def recogniser(app: Flask) -> Callable[[str], bool]:
    """Tells from a Cookie header alone whether it is of somebody who logged in and was here within the longest session.

    It opens nothing: it asks no database, and a session that was ended meanwhile still counts. It only says who may
    send a large body before the request itself is looked at.
    """
    signed: Any = SecureCookieSessionInterface().get_signing_serializer(app)
    name, longest = app.config["SESSION_COOKIE_NAME"], app.permanent_session_lifetime

    def is_known(cookies: str) -> bool:
        try:
            held = signed.loads(parse_cookie(cookies).get(name, ""), max_age=int(longest.total_seconds()))
        except BadSignature:
            return False
        return bool(held.get("_user_id"))

    return is_known


def init_app(app: Flask) -> None:
    """Take the place of Flask-Security's own log-out, and watch over every session."""
    app.view_functions["security.logout"] = log_out
    user_authenticated.connect(_logged_in, app)
    app.before_request(end_idle_sessions)
