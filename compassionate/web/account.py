"""A person's own account: roles, password, language; and the page where a one-time link leads."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, refresh
from flask_login import current_user
from flask_security import hash_password

from compassionate import clock
from compassionate.errors import FieldError, Invalid, NotFound
from compassionate.extensions import begin_writing, commit, db, reads_first
from compassionate.models import Account, Membership
from compassionate.services import accounts, administration, links, throttle
from compassionate.services.actors import Actor, actor_of
from compassionate.services.memberships import in_force, is_over
from compassionate.services.throttle import Door
from compassionate.web.access import actor, public, signed_in
from compassionate.web.admin import today
from compassionate.web.admin_forms import options
from compassionate.web.credentials import LINK, prove, source
from compassionate.web.factor_rule import is_off
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.sessions import keep_session
from compassionate.web.templating import ago, day, exact, say
from compassionate.workflow.permissions import READERS

blueprint = Blueprint("account", __name__)
DEAD = 404
WRONG = 422


@blueprint.get("/cuenta")
@signed_in
def mine() -> Any:
    """My roles, centre by centre, my password, my language."""
    account = current_user.account
    centres = {row.centre.code: row.centre for row in account.memberships}
    return render_template(
        "account/mine.html",
        me=account,
        person=accounts.person_of(account),
        held=[_held(row) for row in account.memberships if not is_over(row, today())],
        administrators=sorted({who for centre in centres.values() for who in _administrators(centre)}),
        password_set=ago(account.password_set_at),
        password_set_exact=exact(account.password_set_at),
        languages=options("language", accounts.LANGUAGES),
        offers_factor=not is_off(),
        reads_cases=bool(actor().roles() & set(READERS)),
    )


def _administrators(centre: Any) -> list[str]:
    return administration.administrators_of(db(), centre, today())


def _held(row: Membership) -> list[Any]:
    by = db().get(Account, row.delegated_by_id) if row.delegated_by_id else None
    basis = ", ".join(part for part in (row.delegation_wording, row.delegation_act, by.name if by else "") if part)
    state = gettext("Ahora") if in_force(row, today()) else gettext("Por empezar")
    until = day(row.until_on) or gettext("sin fecha de fin")
    return [{"text": say(f"role.{row.role}"), "sub": basis}, row.centre.name, state, day(row.from_on), until]


@blueprint.post("/cuenta/idioma")
@signed_in
def language() -> Any:
    """The language of my screens."""
    accounts.set_language(db(), actor(), current_user.account, request.form.get("language", ""), clock.now())
    commit()
    refresh()
    flash(gettext("Idioma guardado."), "success")
    return redirect(url_for("account.mine"), 303)


@blueprint.route("/cuenta/contrasena", methods=["GET", "POST"])
@signed_in
@reads_first
def password() -> Any:
    """Change my password: the present one is asked for (ASVS 6.2.3); elsewhere I am logged out."""
    errors: tuple[FieldError, ...] = ()
    if request.method == "POST":
        errors = _change_errors(current_user.account)
        if not errors:
            new_hash = hash_password(request.form["password"])
            begin_writing()
            account = current_user.account
            accounts.set_password(db(), actor(), account, new_hash, clock.now())
            commit()
            keep_session(account)
            flash(gettext("Contraseña cambiada. En los demás equipos se ha cerrado su sesión."), "success")
            return redirect(url_for("account.mine"), 303)
    page = render_template(
        "account/password.html", summary=present_errors(errors), errors=errors_by_field(errors), me=current_user.account
    )
    return page, WRONG if errors else 200


def _change_errors(account: Account) -> tuple[FieldError, ...]:
    present, new = request.form.get("present_password", ""), request.form.get("password", "")
    username = account.username
    try:
        prove(present, "present_password", "password.present_wrong")
    except Invalid as wrong:
        return wrong.errors
    errors = accounts.password_errors(new, username)
    return errors or ((FieldError("password", "password.same"),) if new == present else ())


@blueprint.route("/cuenta/clave/<token>", methods=["GET", "POST"])
@public
@reads_first
def set_password(token: str) -> Any:
    """Set a password with a one-time link; the link dies, nobody is logged in by it (ASVS 6.4.3)."""
    try:
        account = _counted_account_of(token) if request.method == "POST" else _account_of(token)
        errors: tuple[FieldError, ...] = ()
        if request.method == "POST":
            errors = _set(account, token)
            if not errors:
                flash(gettext("Contraseña guardada. Entre con ella."), "success")
                return redirect(url_for("security.login"), 303)
    except NotFound:
        return render_template("account/link_dead.html"), DEAD
    page = render_template(
        "account/set_password.html",
        username=account.username,
        name=account.name,
        token=token,
        offers_hospital=not account.password,
        summary=present_errors(errors),
        errors=errors_by_field(errors),
    )
    return page, WRONG if errors else 200


def _counted_account_of(token: str) -> Account:
    """The account of a link that was sent: whoever tries links is slowed down like whoever tries passwords."""
    door = Door(LINK, source=source())
    may_try = throttle.enter(begin_writing(), door, clock.now())
    commit()
    if not may_try:
        raise NotFound
    account = _account_of(token)
    throttle.passed(begin_writing(), door, clock.now())
    commit()
    return account


def _account_of(token: str, lock: bool = False) -> Account:
    return links.account_of(db(), current_app.config["SECRET_KEY"], token, clock.now(), lock)


def _set(account: Account, token: str) -> tuple[FieldError, ...]:
    new = request.form.get("password", "")
    errors = accounts.password_errors(new, account.username)
    if errors:
        return errors
    new_hash = hash_password(new)
    begin_writing()
    account = _account_of(token, lock=True)  # anew: of two people with one link, one sets the password
    accounts.set_password(db(), _self(account), account, new_hash, clock.now())
    commit()
    return ()


def _self(account: Account) -> Actor:
    return actor_of(account, today())
