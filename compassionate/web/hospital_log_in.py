"""The way in through the hospital's own log-in (OpenID Connect): there with a number, back with a proof.

The browser holds the number of its round, signed; the way there is a plain link, so that no form of ours needs to be
allowed to go to another site (the policy stays form-action 'self'). Coming back writes nothing unless the number is
this browser's, and then once. What each round was for is decided when it begins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from compassionate import clock
from compassionate.config import Settings
from compassionate.extensions import commit, db
from compassionate.services.identities import ROUND_LASTS
from compassionate.services.instance import is_demo
from compassionate.services.oidc import STATE_LENGTH, ProofRefused, Provider, Shown, new_state, round_of
from compassionate.services.outside import NoAnswer
from compassionate.web.access import public
from compassionate.web.addresses import after_log_in
from compassionate.web.credentials import HOSPITAL, check_hospital, may_ask_hospital
from compassionate.web.factor_rule import is_off
from compassionate.web.hosts import base_url
from compassionate.web.log_in import enter, keep_half
from compassionate.web.sessions import HOSPITAL_FACTORS

log = logging.getLogger(__name__)
blueprint = Blueprint("hospital_log_in", __name__)
ROUND, LOG_IN = "hospital_round", "log_in"
OURS = (None, "same-origin", "none")
PROVIDER = "compassionate.oidc"
Ending = Callable[[dict[str, Any], Shown], Any]
# What a round may be for, and who goes on when it comes back: each page of ours adds its own.
ENDINGS: dict[str, Ending] = {}


def provider() -> Provider | None:
    """The hospital's provider; none where none is set, and none for a demonstration, which talks to nobody (RET-06)."""
    settings: Settings = current_app.extensions["compassionate.settings"]
    if settings.oidc is None or is_demo(db()):
        return None
    held: Provider = current_app.extensions.setdefault(PROVIDER, Provider(settings.oidc))
    return held


def the_provider() -> Provider:
    """The hospital's provider; a page that needs one is not there without."""
    held = provider()
    if held is None:
        abort(404)
    return held


@blueprint.app_template_global()
def hospital_label() -> str:
    """What the button to the hospital's log-in says; empty where there is none."""
    settings: Settings = current_app.extensions["compassionate.settings"]
    with suppress(SQLAlchemyError):  # the page that says that the database is gone needs no database
        return (settings.oidc_label or gettext("Entrar con el acceso del hospital")) if provider() else ""
    return ""


@blueprint.get("/login/hospital")
@public
def start() -> Any:
    """Go and show the hospital's log-in who one is; a page of another site does not begin it."""
    the_provider()
    onward = after_log_in(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(onward)
    return begin(LOG_IN, url_for("security.login", next=onward), onward=onward)


def begin(purpose: str, failed: str, fresh: bool = False, **note: str) -> Any:
    """Send the browser to the provider; `failed` is the page that says so where it does not answer."""
    if request.headers.get("Sec-Fetch-Site") not in OURS:
        return redirect(failed, 303)
    state, now = new_state(), clock.now()
    try:
        address = the_provider().address(_trip(state), _back(), now, fresh)
    except NoAnswer as error:
        log.warning("the identity provider does not answer: %s", error)
        flash(silent(), "warning")
        return redirect(failed, 303)
    session[ROUND] = {"state": state, "at": now.isoformat(), "for": purpose, "failed": failed, **note}
    return redirect(address, 303)


def silent() -> str:
    """What is said when the provider does not answer."""
    return str(
        gettext("El acceso del hospital no responde ahora. Entre con su usuario y su contraseña o pruebe más tarde.")
    )


def _trip(state: str) -> Any:
    return round_of(str(current_app.secret_key), state)


def _back() -> str:
    return base_url().rstrip("/") + url_for("hospital_log_in.back")


@blueprint.get("/login/hospital/vuelta")
@public
def back() -> Any:
    """Back from the hospital's log-in."""
    the_provider()
    note = _own_round(request.args.get("state", ""))
    if note is None:
        flash(gettext("Esa vuelta del acceso del hospital no empezó aquí o ya se usó. Empiece otra vez."), "warning")
        return redirect(url_for("security.login"), 303)
    try:
        shown = _shown(note)
    except NoAnswer as error:
        log.warning("the identity provider does not answer: %s", error)
        flash(silent(), "warning")
    except ProofRefused as refused:  # the name of what was wrong, never what it said
        log.warning("what the identity provider sent back proves nothing: %s", refused)
        flash(not_proved(), "warning")
    else:
        return ENDINGS[note["for"]](note, shown)
    return redirect(note["failed"], 303)


def not_proved() -> str:
    """What is said of an answer that proves nothing, and of one for nobody who may come in: one sentence (AUT-01)."""
    words = gettext(
        "No se ha podido entrar con el acceso del hospital. Si aún no lo ha vinculado, entre con su contraseña y "
        "hágalo en «Mi cuenta»; si ya lo hizo, hable con quien administra las cuentas."
    )
    return str(words)


def _own_round(state: str) -> dict[str, Any] | None:
    """The round that this browser began a moment ago, once; whatever else comes leaves it as it is."""
    note = session.get(ROUND)
    if note is None or len(state) != STATE_LENGTH or state != note["state"]:
        return None
    session.pop(ROUND)
    return dict(note) if clock.now() - datetime.fromisoformat(note["at"]) <= ROUND_LASTS else None


def _shown(note: dict[str, Any]) -> Shown:
    asked, now = the_provider(), clock.now()
    asked.expect_sender(request.args.get("iss"), now)
    code = request.args.get("code", "")
    if not may_ask_hospital(note["state"]) or not code or "error" in request.args:
        raise ProofRefused("code")
    db().rollback()  # no connection is held while another machine thinks
    return asked.redeem(_trip(note["state"]), code, _back(), now)


def _come_in(note: dict[str, Any], shown: Shown) -> Any:
    if current_user.is_authenticated:
        return redirect(note["onward"])
    account = check_hospital(shown)
    if account is None:
        flash(not_proved(), "warning")
        return redirect(note["failed"], 303)
    if shown.has_factors:
        return enter(account, note["onward"], HOSPITAL, HOSPITAL_FACTORS)
    if account.second_factor_at is None or is_off():
        return enter(account, note["onward"], HOSPITAL)
    keep_half(account, HOSPITAL)
    commit()
    return redirect(url_for("log_in.code", next=note["onward"]), 303)


ENDINGS[LOG_IN] = _come_in
