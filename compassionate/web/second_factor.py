"""One's own second factor: an authenticator app, passkeys, recovery codes. Every change asks for the password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import commit, db, reads_first
from compassionate.models import Account, Passkey
from compassionate.services import passkeys, second_factor
from compassionate.web.access import actor, signed_in
from compassionate.web.credentials import prove
from compassionate.web.factor_rule import is_off, rule
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.sessions import keep_session
from compassionate.web.templating import ago, exact

blueprint = Blueprint("second_factor", __name__)
HERE = "/cuenta/segundo-factor"
WRONG = 422


@blueprint.before_request
def _only_where_it_is_used() -> None:
    if is_off():
        abort(404)


@blueprint.get(HERE)
@signed_in
def overview() -> Any:
    """What I show at the log-in besides the password."""
    account = current_user.account
    held = second_factor.authenticator(db(), account)
    return render_template(
        "account/second_factor.html",
        app_since=exact(held.confirmed_at) if held else "",
        passkeys=[_row(each) for each in passkeys.listed(db(), account)],
        codes_left=second_factor.recovery_codes_left(db(), account),
        has_factor=account.second_factor_at is not None,
        is_required=rule() == second_factor.REQUIRED,
    )


def _row(passkey: Passkey) -> dict[str, str]:
    used = ago(passkey.used_at) or gettext("nunca")
    return {"id": passkey.id, "name": passkey.name, "since": exact(passkey.created_at), "used": used}


@blueprint.post(f"{HERE}/preparar")
@signed_in
def prepare() -> Any:
    """A secret for an app, to be confirmed on the next page."""
    try:
        second_factor.begin(db(), current_user.account, clock.now())
    except Invalid:
        return redirect(url_for("second_factor.overview"), 303)
    commit()
    return redirect(url_for("second_factor.app"), 303)


@blueprint.route(f"{HERE}/aplicacion", methods=["GET", "POST"])
@signed_in
@reads_first
def app() -> Any:
    """The QR code, and the first code that the app shows; it is asked for from then on."""
    held = second_factor.authenticator(db(), current_user.account)
    if held is None or held.confirmed_at is not None:
        return redirect(url_for("second_factor.overview"), 303)
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        codes, errors = _proven(
            lambda: second_factor.confirm(
                db(), actor(), current_user.account, request.form.get("code", ""), clock.now()
            )
        )
        if not errors:
            return _show_codes(codes, gettext("Aplicación activada. A partir de ahora se le pedirá su código."))
        held = second_factor.authenticator(db(), current_user.account)
        assert held is not None
    return _draw_app(current_user.account, held, errors)


def _draw_app(account: Account, held: Any, errors: tuple[FieldError, ...]) -> Any:
    secret = second_factor.secret_of(db(), held)
    page = render_template(
        "account/app.html",
        picture=segno.make(second_factor.address_of(db(), held, account), error="m").svg_data_uri(
            scale=5, border=3, light="white"
        ),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        username=account.username,
        summary=present_errors(errors),
        errors=errors_by_field(errors),
    )
    return page, WRONG if errors else 200


def _proven(act: Callable[[], Any]) -> tuple[Any, tuple[FieldError, ...]]:
    """Do it once the password was right, and go on in this browser alone; or say what is wrong."""
    try:
        prove(request.form.get("password", ""))
        done = act()
    except Invalid as wrong:
        db().rollback()
        return None, wrong.errors
    commit()
    keep_session(current_user.account)
    return done, ()


def _show_codes(codes: list[str], words: str) -> str:
    flash(words, "success")
    return render_template("account/recovery_codes.html", codes=codes, username=current_user.account.username)


@blueprint.route(f"{HERE}/codigos", methods=["GET", "POST"])
@signed_in
@reads_first
def recovery_codes() -> Any:
    """New recovery codes, shown once; the earlier ones are dead."""
    if current_user.account.second_factor_at is None:
        return redirect(url_for("second_factor.overview"), 303)
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        codes, errors = _proven(
            lambda: second_factor.renew_recovery_codes(db(), actor(), current_user.account, clock.now())
        )
        if not errors:
            return _show_codes(codes, gettext("Códigos nuevos hechos. Los anteriores ya no valen."))
    return _draw_password_page(
        errors,
        title=gettext("Hacer códigos de recuperación nuevos"),
        lead=gettext("Los que tenga apuntados dejan de valer."),
        button=gettext("Hacer códigos nuevos"),
    )


@blueprint.route(f"{HERE}/quitar", methods=["GET", "POST"])
@signed_in
@reads_first
def remove_app() -> Any:
    """Take my app away."""
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        _, errors = _proven(lambda: second_factor.remove_app(db(), actor(), current_user.account, clock.now(), rule()))
        if not errors:
            return _gone(gettext("Aplicación quitada."))
    return _draw_password_page(
        errors,
        title=gettext("Quitar la aplicación de códigos"),
        lead=gettext("Dejará de pedirse su código al entrar. Después puede activar otra."),
        button=gettext("Quitar la aplicación"),
        kind="warning",
    )


@blueprint.route(f"{HERE}/llaves/<passkey_id>/quitar", methods=["GET", "POST"])
@signed_in
@reads_first
def remove_passkey(passkey_id: str) -> Any:
    """Take one of my passkeys away."""
    name = passkeys.own(db(), current_user.account, passkey_id).name
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        _, errors = _proven(lambda: _remove(passkey_id))
        if not errors:
            return _gone(gettext("Llave de acceso quitada."))
    return _draw_password_page(
        errors,
        title=gettext("Quitar la llave «%(name)s»", name=name),
        lead=gettext("Ya no podrá entrar con ella. Bórrela también en el aparato que la guarda."),
        button=gettext("Quitar la llave"),
        kind="warning",
    )


def _remove(passkey_id: str) -> None:
    account = current_user.account
    held = passkeys.own(db(), account, passkey_id)
    second_factor.remove_passkey(db(), actor(), account, held, clock.now(), rule())


def _gone(words: str) -> Any:
    flash(words, "success")
    return redirect(url_for("second_factor.overview"), 303)


def _draw_password_page(errors: tuple[FieldError, ...], **words: str) -> Any:
    page = render_template(
        "account/with_password.html",
        words=words,
        username=current_user.account.username,
        summary=present_errors(errors),
        errors=errors_by_field(errors),
    )
    return page, WRONG if errors else 200
