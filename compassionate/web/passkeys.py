"""One's own passkeys: made in the browser, named, renamed. The only pages of the product that need JavaScript."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import commit, db, reads_first
from compassionate.services import passkeys
from compassionate.web.access import actor, signed_in
from compassionate.web.credentials import prove
from compassionate.web.factor_rule import is_off
from compassionate.web.log_in import place
from compassionate.web.presenters import error_text, errors_by_field, present_errors
from compassionate.web.second_factor import HERE, WRONG
from compassionate.web.sessions import keep_session

blueprint = Blueprint("passkeys", __name__)


@blueprint.before_request
def _only_where_it_is_used() -> None:
    if is_off():
        abort(404)


@blueprint.route(f"{HERE}/llaves/nueva", methods=["GET", "POST"])
@signed_in
def new() -> Any:
    """A new passkey: the browser asked for a number, showing the password, and brings it signed."""
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        try:
            codes = _add()
        except Invalid as wrong:
            db().rollback()
            errors = wrong.errors
        else:
            flash(gettext("Llave de acceso guardada. Ya puede entrar con ella."), "success")
            if codes:
                username = current_user.account.username
                return render_template("account/recovery_codes.html", codes=codes, username=username)
            return redirect(url_for("second_factor.overview"), 303)
    page = render_template(
        "account/passkey.html",
        name=request.form.get("name", ""),
        username=current_user.account.username,
        summary=present_errors(errors),
        errors=errors_by_field(errors),
    )
    return page, WRONG if errors else 200


def _add() -> list[str]:
    name, answer = request.form.get("name", ""), request.form.get("credential", "")
    codes = passkeys.add(db(), actor(), current_user.account, name, answer, place(), clock.now())
    commit()
    keep_session(current_user.account)
    return codes


@blueprint.post(f"{HERE}/llaves/opciones")
@signed_in
@reads_first
def options() -> Any:
    """What the browser needs to make a passkey, once the password was shown; 422 with a sentence otherwise."""
    try:
        prove(request.form.get("password", ""))
        text, status = passkeys.registration(db(), current_user.account, place(), clock.now()), 200
    except Invalid as wrong:
        text, status = json.dumps({"error": error_text(wrong.errors[0])}), WRONG
    commit()
    return Response(text, status, mimetype="application/json")


@blueprint.route(f"{HERE}/llaves/<passkey_id>/nombre", methods=["GET", "POST"])
@signed_in
def rename(passkey_id: str) -> Any:
    """Call a passkey of mine something else."""
    held = passkeys.own(db(), current_user.account, passkey_id)
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        try:
            passkeys.rename(db(), actor(), current_user.account, held, request.form.get("name", ""), clock.now())
        except Invalid as wrong:
            errors = wrong.errors
        else:
            commit()
            flash(gettext("Nombre guardado."), "success")
            return redirect(url_for("second_factor.overview"), 303)
    page = render_template(
        "account/passkey_name.html",
        name=request.form.get("name", held.name),
        summary=present_errors(errors),
        errors=errors_by_field(errors),
    )
    return page, WRONG if errors else 200
