"""What an administrator does for whoever cannot get in: unlock the account, take a second factor or a link away.

Never for oneself, and only for a person all of whose centres one administers (ENS op.acc.3; ASVS 6.4.4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import Invalid
from compassionate.extensions import commit, db
from compassionate.models import Account
from compassionate.services import administration, identities, second_factor, throttle
from compassionate.web.access import actor, administrators
from compassionate.web.admin import today
from compassionate.web.admin_accounts import PERSON
from compassionate.web.hospital_log_in import the_provider
from compassionate.web.presenters import present_errors
from compassionate.web.templating import exact

blueprint = Blueprint("admin_access", __name__)
WRONG = 422


@blueprint.route(f"{PERSON}/bloqueo", methods=["GET", "POST"])
@administrators
def unlock(username: str) -> Any:
    """Unlock an account after too many failed attempts."""
    account = administration.account_named(db(), actor(), username)
    locked = exact(account.locked_at)
    return _page(
        account,
        "admin/account_unlock.html",
        lambda: throttle.unlock(db(), actor(), account, clock.now()),
        gettext("Cuenta desbloqueada. La persona puede volver a intentarlo."),
        locked_at=locked,
    )


@blueprint.route(f"{PERSON}/segundo-factor", methods=["GET", "POST"])
@administrators
def take_factor_away(username: str) -> Any:
    """Take a lost second factor away: the person gets in with the password alone, and sets another one up."""
    account = administration.account_named(db(), actor(), username)
    return _page(
        account,
        "admin/account_factor.html",
        lambda: second_factor.take_away(db(), actor(), account, clock.now()),
        gettext("Segundo factor quitado. Sus sesiones han terminado."),
    )


@blueprint.route(f"{PERSON}/acceso-del-hospital", methods=["GET", "POST"])
@administrators
def take_link_away(username: str) -> Any:
    """Take a wrong or old link with the hospital's log-in away: the person makes another one."""
    the_provider()
    account = administration.account_named(db(), actor(), username)
    return _page(
        account,
        "admin/account_hospital.html",
        lambda: identities.take_away(db(), actor(), account, clock.now()),
        gettext("Vínculo con el acceso del hospital quitado. Sus sesiones han terminado."),
    )


def _page(account: Account, template: str, act: Callable[[], None], done: str, **words: Any) -> Any:
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        try:
            administration.require_whole(actor(), account, today())
            act()
        except Invalid as wrong:
            db().rollback()
            errors = present_errors(wrong.errors)
        else:
            commit()
            flash(done, "success")
            return redirect(url_for("admin_accounts.show", username=account.username), 303)
    return render_template(template, them=account, errors=errors, **words), WRONG if errors else 200
