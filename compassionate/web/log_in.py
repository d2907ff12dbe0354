"""The way in: name and password, then a second factor where there is one; or a passkey, which is both.

The hospital's own log-in, in place of the password, is in hospital_log_in.py.

Nobody is logged in before the last of it: between the two the browser holds a signed note of who showed the
password and when, good for five minutes and for nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_security import login_user
from sqlalchemy import select

from compassionate import clock
from compassionate.extensions import commit, db, reads_first
from compassionate.models import Account
from compassionate.services import passkeys, second_factor
from compassionate.web.access import public
from compassionate.web.addresses import after_log_in
from compassionate.web.credentials import HOSPITAL, check_code, check_log_in, check_passkey, may_come_in
from compassionate.web.factor_rule import is_off
from compassionate.web.hosts import base_url
from compassionate.web.security import User
from compassionate.web.sessions import HOSPITAL_FACTORS

blueprint = Blueprint("log_in", __name__)
HALF = "half"
HALF_LASTS = timedelta(minutes=5)


@reads_first
def log_in() -> Any:
    """The log-in page; a wrong name and a wrong password are answered alike (AUT-01)."""
    if current_user.is_authenticated:
        return redirect(_onward())
    if request.method != "POST":
        return _draw()
    if "recover" in request.form:  # from a tab that waits for the log-in of another, which is not there yet
        return _draw()
    username = request.form.get("username", "").strip().lower()
    account = check_log_in(username, request.form.get("password", ""))
    if account is None:
        return _draw(failed=True)
    if account.second_factor_at is None or is_off():
        return enter(account, _onward(), "password")
    keep_half(account, "password")
    commit()
    return _draw_code(account)


def keep_half(account: Account, shown: str) -> None:
    """Note in the browser who showed the first of two factors, which and when."""
    session[HALF] = {"key": account.session_key, "at": clock.now().isoformat(), "shown": shown}


def _onward() -> str:
    return after_log_in(request.form.get("next") or request.args.get("next"))


def _draw(failed: bool = False, passkey_failed: bool = False) -> str:
    return render_template(
        "account/login.html",
        username=request.form.get("username", ""),
        kept=request.form.get("kept", ""),
        next_url=request.form.get("next") or request.args.get("next") or "",
        failed=failed,
        passkey_failed=passkey_failed,
        offers_passkeys=not is_off(),
    )


def enter(account: Account, onward: str, *factors: str) -> Any:
    """Log somebody in who showed all that is asked for: commits, and leads on."""
    login_user(User(account), authn_via=list(factors))
    session.update({name: True for name in (HOSPITAL, HOSPITAL_FACTORS) if name in factors})
    commit()
    return redirect(onward)


@blueprint.route("/login/codigo", methods=["GET", "POST"])
@public
@reads_first
def code() -> Any:
    """The second step: a code of the app, or a recovery code."""
    account = _half_in()
    if account is None:
        session.pop(HALF, None)
        flash(gettext("Pasó demasiado tiempo o ya se había entrado: empiece otra vez."), "warning")
        return redirect(url_for("security.login", next=_onward()), 303)
    if request.method != "POST":
        return _draw_code(account)
    shown, factor = str(session[HALF].get("shown", "password")), check_code(account, request.form.get("code", ""))
    if not factor:
        return _draw_code(db().get_one(Account, account.id), failed=True)
    if factor == "recovery":
        left = second_factor.recovery_codes_left(db(), account)
        flash(gettext("Ha usado un código de recuperación. Le quedan %(left)d.", left=left), "warning")
    return enter(account, _onward(), shown, factor)


def _half_in() -> Account | None:
    """Who showed the right password in this browser a moment ago; the note dies with every session of theirs."""
    note = session.get(HALF)
    if note is None or clock.now() - datetime.fromisoformat(note["at"]) > HALF_LASTS:
        return None
    account = db().scalar(select(Account).where(Account.session_key == note["key"]))
    return account if account is not None and may_come_in(account) else None


def _draw_code(account: Account, failed: bool = False) -> str:
    return render_template(
        "account/code.html",
        failed=failed,
        has_app=second_factor.has_app(db(), account),
        has_passkey=second_factor.passkeys_of(db(), account) > 0,
        kept=request.form.get("kept", ""),
        next_url=request.form.get("next") or request.args.get("next") or "",
    )


@blueprint.post("/login/llave/opciones")
@public
@reads_first
def passkey_options() -> Any:
    """The number that a passkey is to sign; it says nothing about who has one."""
    options = "{}" if is_off() else passkeys.invitation(place(), clock.now())
    return Response(options, mimetype="application/json")


@blueprint.post("/login/llave")
@public
@reads_first
def passkey() -> Any:
    """Log in with a passkey: the device looked at a finger, a face or a PIN, and signed our number."""
    account = None if is_off() else check_passkey(request.form.get("credential", ""), place())
    return _draw(passkey_failed=True) if account is None else enter(account, _onward(), "passkey")


def place() -> passkeys.Place:
    """Where the browser stands: it signs the address that people see, not the one behind the proxy."""
    origin = base_url().rstrip("/")
    return passkeys.Place(urlsplit(origin).hostname or "", origin, str(current_app.secret_key))
