"""People and their roles: listed for everybody of a centre, kept by its administrator."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Account, Membership
from compassionate.services import accounts, administration, links, open_work
from compassionate.services.administration import AccountFilters
from compassionate.services.memberships import in_force, is_over
from compassionate.web.access import actor, administrators
from compassionate.web.admin import today
from compassionate.web.admin_forms import drawn, options, posted, staff
from compassionate.web.filling import OK, Failure, attempt, recovered_at, seen
from compassionate.web.hosts import base_url
from compassionate.web.presenters import present_errors
from compassionate.web.templating import ago, day, exact, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("admin_accounts", __name__)
TONES = {"active": "good", "locked": "stop", "no_password": "wait", "disabled": "neutral"}
PERSON = "/administracion/cuentas/<username>"
FILTERS = ("q", "role", "state", "centre")


@blueprint.get("/administracion/cuentas")
@staff
def index() -> Any:
    """Who works here, with which role; filters stand in the address."""
    asked = {name: request.args.get(name, "").strip()[:100] for name in FILTERS}
    filters = AccountFilters(asked["q"], asked["role"], asked["state"], asked["centre"])
    administers = Role.ADMINISTRATOR in actor().roles()
    rows = administration.list_accounts(db(), actor(), filters, today())
    codes = sorted({held.centre_code for held in actor().held})
    return render_template(
        "admin/accounts.html",
        rows=[_row(row, administers) for row in rows],
        administers=administers,
        asked=asked,
        narrowed=any(asked.values()),
        roles=options("role", Role),
        states=options("account_state", administration.STATES),
        centres=[(code, code) for code in codes],
    )


def _row(row: administration.AccountRow, administers: bool) -> dict[str, Any]:
    href = url_for("admin_accounts.show", username=row.username) if row.administered else ""
    held = ", ".join(_role_words(each) for each in row.roles) or gettext("ninguna ahora")
    cells: list[Any] = [{"text": row.name, "href": href}, {"text": row.username}, held]
    if administers:
        cells.append({"text": say(f"account_state.{row.state}"), "tone": TONES[row.state]})
    return {"cells": cells, "tone": "wait" if administers and row.state in ("no_password", "locked") else ""}


def _role_words(row: Membership) -> str:
    words = f"{say(f'role.{row.role}')} · {row.centre.code}"
    if row.delegation_wording:
        words += f" ({row.delegation_wording})"
    if row.from_on > today():
        words += gettext(" desde el %(day)s", day=day(row.from_on))
    return words + (gettext(" hasta el %(day)s", day=day(row.until_on)) if row.until_on else "")


@blueprint.route("/administracion/nueva-cuenta", methods=["GET", "POST"])
@administrators
def new() -> Any:
    """A new account; what answers is the link with which its person sets a password, shown once."""
    failure: Failure | None = None
    if request.method == "POST":
        given, made = posted(), dict[str, Account]()
        failure = attempt(lambda: made.update(account=administration.open_account(db(), actor(), given, clock.now())))
        if failure is None:
            return _link_page(made["account"], is_new=True)
    held = administration.administered(db(), actor())
    names = ("username", "name", "email", "collegiate_number", "specialty", "service", "telephone", "until_on")
    stored: dict[str, Any] = (
        dict.fromkeys(names, "") | {f"roles.{centre.code}": [] for centre in held} | {"from_on": str(today())}
    )
    page = render_template(
        "admin/account_new.html",
        form=drawn(stored, failure),
        centres=held,
        roles=options("role", Role),
        recovered=recovered_at(),
    )
    return page, failure.status if failure else OK


def _link_page(account: Account, is_new: bool = False) -> Any:
    now = clock.now()
    link = links.password_link(current_app.config["SECRET_KEY"], account, now, base_url())
    return render_template(
        "admin/account_link.html", them=account, link=link, until=exact(now + links.lifetime(account)), is_new=is_new
    )


def _account(username: str) -> Account:
    return administration.account_named(db(), actor(), username)


@blueprint.get(PERSON)
@administrators
def show(username: str) -> Any:
    """One person: what is known, roles, access."""
    return _draw(_account(username))


def _draw(account: Account, failure: Failure | None = None) -> Any:
    mine = set(actor().centres(Role.ADMINISTRATOR))
    state = administration.state_of(account)
    rows = [row for row in account.memberships if row.centre_id in mine]
    page = render_template(
        "admin/account.html",
        them=account,
        person=accounts.person_of(account),
        state={"text": say(f"account_state.{state}"), "tone": TONES[state]},
        held=[_membership(account, row) for row in rows if not is_over(row, today())],
        ended=[_ended(row) for row in rows if is_over(row, today())],
        elsewhere=administration.other_centres(actor(), account, today()),
        is_me=account.id == actor().account_id,
        open_work=open_work.count_of(db(), actor(), account),
        locked_at=exact(account.locked_at),
        factor_since=exact(account.second_factor_at),
        last_access=exact(account.logged_in_at),
        password_set=ago(account.password_set_at),
        password_set_exact=exact(account.password_set_at),
        errors=present_errors(failure.errors) if failure else [],
    )
    return page, failure.status if failure else OK


def _membership(account: Account, row: Membership) -> list[Any]:
    words = say(f"role.{row.role}")
    state = gettext("Ahora") if in_force(row, today()) else gettext("Por empezar")
    until = day(row.until_on) or gettext("sin fecha de fin")
    href = url_for("admin_accounts.end_role", username=account.username, membership_id=row.id)
    act = {"text": gettext("Quitar"), "href": href, "hidden": f"{words}, {row.centre.code}"}
    name = {"text": words, "sub": row.delegation_wording}
    own = account.id == actor().account_id
    return [name, row.centre.code, state, day(row.from_on), until, "" if own else act]


def _ended(row: Membership) -> list[Any]:
    return [
        {"text": say(f"role.{row.role}"), "sub": row.delegation_wording},
        row.centre.code,
        day(row.from_on),
        day(row.until_on),
    ]


@blueprint.route(f"{PERSON}/datos", methods=["GET", "POST"])
@administrators
def edit(username: str) -> Any:
    """What is known of a person."""
    account = _account(username)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: accounts.edit(db(), actor(), account, given, clock.now(), seen()))
        if failure is None:
            flash(gettext("Datos guardados."), "success")
            return redirect(url_for("admin_accounts.show", username=username), 303)
    form = drawn(asdict(accounts.person_of(account)), failure)
    page = render_template("admin/account_edit.html", them=account, form=form, recovered=recovered_at())
    return page, form.status


@blueprint.route(f"{PERSON}/funciones", methods=["GET", "POST"])
@administrators
def add_role(username: str) -> Any:
    """One more role at a centre."""
    account = _account(username)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: administration.grant_role(db(), actor(), account, given, clock.now()))
        if failure is None:
            flash(gettext("Función dada. La persona tiene que volver a entrar."), "success")
            return redirect(url_for("admin_accounts.show", username=username), 303)
    held = administration.administered(db(), actor())
    only = held[0].code if len(held) == 1 else ""
    form = drawn({"centre": only, "role": "", "from_on": str(today()), "until_on": ""}, failure)
    return render_template(
        "admin/account_role.html",
        them=account,
        form=form,
        centres=[(centre.code, f"{centre.code} · {centre.name}") for centre in held],
        roles=options("role", Role),
        recovered=recovered_at(),
    ), form.status


@blueprint.route(f"{PERSON}/funciones/<membership_id>", methods=["GET", "POST"])
@administrators
def end_role(username: str, membership_id: str) -> Any:
    """The end of a role: at once, or after a day."""
    account = _account(username)
    row = administration.membership_of(db(), actor(), account, membership_id)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: administration.end_role(db(), actor(), row, given, clock.now()))
        if failure is None:
            flash(gettext("Función quitada. Lo que hizo con ella sigue a su nombre."), "success")
            return _on_to_open_work(account)
    form = drawn({"when": "", "last_day": ""}, failure)
    page = render_template("admin/account_role_end.html", them=account, row=row, form=form, recovered=recovered_at())
    return page, form.status


@blueprint.route(f"{PERSON}/acceso", methods=["GET", "POST"])
@administrators
def access(username: str) -> Any:
    """Disable an account, or let it in again, told first what that means."""
    account = _account(username)
    if request.method == "GET":
        return render_template("admin/account_access.html", them=account)
    activate = not account.active
    failure = attempt(lambda: _set_active(account, activate))
    if failure is not None:
        return _draw(account, failure)
    flash(
        gettext("Cuenta activada.") if activate else gettext("Cuenta desactivada: sus sesiones han terminado."),
        "success",
    )
    return redirect(url_for("admin_accounts.show", username=username), 303) if activate else _on_to_open_work(account)


def _on_to_open_work(account: Account) -> Any:
    """Who can act no longer may have work open: it is handed over next, else back to the person."""
    left = open_work.count_of(db(), actor(), account)
    if left:
        flash(ngettext("Le queda %(num)d cosa abierta.", "Le quedan %(num)d cosas abiertas.", left), "warning")
    page = "open_work.person" if left else "admin_accounts.show"
    return redirect(url_for(page, username=account.username), 303)


def _set_active(account: Account, activate: bool) -> None:
    administration.require_whole(actor(), account, today())
    accounts.set_active(db(), actor(), account, activate, clock.now())


@blueprint.post(f"{PERSON}/enlace")
@administrators
def new_link(username: str) -> Any:
    """A new one-time link, shown once; every earlier one dies."""
    account = _account(username)
    failure = attempt(lambda: _renew_link(account))
    return _draw(account, failure) if failure is not None else _link_page(account)


def _renew_link(account: Account) -> None:
    administration.require_whole(actor(), account, today())
    accounts.renew_link(db(), actor(), account, clock.now())
