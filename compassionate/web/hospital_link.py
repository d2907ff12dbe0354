"""An account and the hospital's log-in: linked by whoever shows both, taken apart, and shown again before signing."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user

from compassionate import clock
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.extensions import begin_writing, commit, db, reads_first
from compassionate.models import Account
from compassionate.services import identities, links
from compassionate.services.oidc import SKEW, Shown
from compassionate.web.access import actor, public, signed_in
from compassionate.web.credentials import FRESH, FRESH_LASTS, is_fresh, person, prove, shown_for
from compassionate.web.hospital_log_in import ENDINGS, begin, not_proved, provider, the_provider
from compassionate.web.presenters import error_text, errors_by_field, present_errors
from compassionate.web.sessions import keep_session
from compassionate.web.templating import exact

blueprint = Blueprint("hospital_link", __name__)
HERE = "/cuenta/acceso-del-hospital"
FOUND, LINK, AGAIN, FIRST = "hospital_found", "link", "again", "first"
WRONG = 422
DIGEST = re.compile(r"[0-9a-f]{64}")


@blueprint.app_template_global()
def hospital_link_since(account: Account) -> str:
    """Since when an account is linked to the hospital's log-in; empty where it is not."""
    held = provider()
    row = identities.of(db(), account, held.client.issuer) if held else None
    return exact(row.linked_at) if row else ""


@blueprint.app_template_global()
def signs_by_hospital(act: str = "") -> str:
    """How whoever has no password shows who they are for an act: empty (a password), `ask` or `ready`."""
    if current_user.account.password:
        return ""
    return "ready" if shown_for(session.get(FRESH), act, clock.now()) else "ask"


@blueprint.get(f"{HERE}/ir")
@signed_in
def go() -> Any:
    """Show the hospital's log-in who one is, so as to link it."""
    mine = url_for("account.mine")
    if identities.of(db(), current_user.account, the_provider().client.issuer) is not None:
        return redirect(mine)
    return begin(LINK, mine, fresh=True, key=current_user.account.session_key)


def _found(note: dict[str, Any], shown: Shown) -> Any:
    """Keep whom the provider vouched for in the browser, until the password says that it is the account's person."""
    if not _is_same(note):
        return redirect(url_for("security.login"), 303)
    session[FOUND] = {"subject": shown.subject, "name": shown.name, "at": clock.now().isoformat(), "key": note["key"]}
    return redirect(url_for("hospital_link.link"), 303)


def _is_same(note: dict[str, Any]) -> bool:
    return bool(current_user.is_authenticated and note["key"] == current_user.account.session_key)


@blueprint.route(HERE, methods=["GET", "POST"])
@signed_in
@reads_first
def link() -> Any:
    """Link my account to whom the hospital's log-in just vouched for: the password is asked for."""
    issuer, note = the_provider().client.issuer, session.get(FOUND)
    if note is None or not is_fresh(note, clock.now()) or not _is_same(note):
        session.pop(FOUND, None)
        return redirect(url_for("account.mine"), 303)
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        errors = _proven(
            lambda account: identities.link(db(), actor(), account, issuer, note["subject"], note["name"], clock.now())
        )
        if not errors:
            flash(gettext("Acceso del hospital vinculado. Ya puede entrar con él."), "success")
            return redirect(url_for("account.mine"), 303)
    return _draw("account/hospital_link.html", errors, who=note["name"])


def _proven(act: Any) -> tuple[FieldError, ...]:
    try:
        prove(request.form.get("password", ""))
        act(current_user.account)
    except Invalid as wrong:
        db().rollback()
        return wrong.errors
    commit()
    keep_session(current_user.account)
    return ()


def _draw(template: str, errors: tuple[FieldError, ...], **words: Any) -> Any:
    username = current_user.account.username
    by_field = errors_by_field(errors)
    page = render_template(template, username=username, summary=present_errors(errors), errors=by_field, **words)
    return page, WRONG if errors else 200


@blueprint.route(f"{HERE}/quitar", methods=["GET", "POST"])
@signed_in
@reads_first
def unlink() -> Any:
    """Take my link away: the password is asked for."""
    if identities.of(db(), current_user.account, the_provider().client.issuer) is None:
        return redirect(url_for("account.mine"), 303)
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        errors = _proven(lambda account: identities.unlink(db(), actor(), account, clock.now()))
        if not errors:
            flash(gettext("Vínculo quitado. Ahora entra con su usuario y su contraseña."), "success")
            return redirect(url_for("account.mine"), 303)
    return _draw("account/hospital_unlink.html", errors)


@blueprint.get(f"{HERE}/confirmar")
@signed_in
def show_again() -> Any:
    """Who has no password shows the hospital's log-in again who they are, before one act (`acto`) of theirs."""
    mine, act = url_for("account.mine"), request.args.get("acto", "")
    if current_user.account.password or (act and not DIGEST.fullmatch(act)):
        return redirect(mine)
    return begin(AGAIN, mine, fresh=True, key=current_user.account.session_key, act=act)


def _shown_again(note: dict[str, Any], shown: Shown) -> Any:
    """The same person, now: not whoever had left the provider's session open."""
    now = clock.now()
    row = identities.of(db(), current_user.account, shown.issuer) if _is_same(note) else None
    is_now = now.timestamp() - shown.shown_at <= FRESH_LASTS.total_seconds() + SKEW
    if row is None or row.subject != shown.subject or not is_now:
        flash(gettext("No se ha podido confirmar su identidad con el acceso del hospital."), "warning")
        return redirect(note["failed"], 303)
    session[FRESH] = {name: note[name] for name in ("state", "key", "act")} | {"at": now.isoformat()}
    return render_template("account/hospital_shown.html")


@blueprint.get("/cuenta/clave/<token>/hospital")
@public
def first(token: str) -> Any:
    """With a one-time link, the hospital's log-in in place of a password."""
    the_provider()
    page = url_for("account.set_password", token=token)
    _invited(token)
    return begin(FIRST, page, fresh=True, token=token)


def _invited(token: str, lock: bool = False) -> Account:
    """The account of a one-time link that has no password yet; raises NotFound."""
    account = links.account_of(db(), current_app.config["SECRET_KEY"], token, clock.now(), lock)
    if account.password:
        raise NotFound
    return account


def _invited_shown(note: dict[str, Any], shown: Shown) -> Any:
    now = clock.now()
    try:
        begin_writing()
        account = _invited(note["token"], lock=True)  # anew: of two people with one link, one is linked
        identities.link(db(), person(account, now), account, shown.issuer, shown.subject, shown.name, now)
    except NotFound:
        flash(not_proved(), "warning")
        return redirect(url_for("security.login"), 303)
    except Invalid as wrong:
        db().rollback()
        flash(error_text(wrong.errors[0]), "warning")
        return redirect(note["failed"], 303)
    commit()
    flash(gettext("Acceso del hospital vinculado. Entre con él."), "success")
    return redirect(url_for("security.login"), 303)


ENDINGS |= {LINK: _found, AGAIN: _shown_again, FIRST: _invited_shown}
