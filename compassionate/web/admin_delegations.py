"""The director's delegates: who stands in today, a new delegation, the end of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Centre
from compassionate.services import centres, delegations
from compassionate.web.access import actor, roles
from compassionate.web.admin_forms import drawn, options, posted, staff
from compassionate.web.filling import OK, Failure, attempt, recovered_at
from compassionate.web.templating import day, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("admin_delegations", __name__)
TONES = {"in_force": "good", "to_come": "info", "ended": "neutral"}
directors_only = roles(Role.DIRECTOR)


@blueprint.get("/administracion/delegaciones")
@staff
def index() -> Any:
    """Every centre of whoever looks: who holds the office, and who stands in for them today."""
    held = [_centre(centre) for centre in delegations.centres_of(db(), actor())]
    return render_template("admin/delegations.html", centres=held)


def _centre(centre: Centre) -> dict[str, Any]:
    today = centres.today_at(centre, clock.now())
    listed = delegations.delegations(db(), centre, today)
    mine = delegations.is_director(actor(), centre.id)
    return {
        "centre": centre,
        "directors": delegations.directors(db(), centre, today),
        "standing_in": [each for each in listed if each.status == "in_force"],
        "rows": [_row(centre, each, mine) for each in listed],
        "mine": mine,
    }


def _row(centre: Centre, each: delegations.Delegation, mine: bool) -> list[Any]:
    state = {"text": say(f"delegation_state.{each.status}"), "tone": TONES[each.status]}
    dates = f"{day(each.from_on)} – {day(each.until_on)}"
    cells = [each.name, state, dates, each.wording, f"{each.act} ({each.by})"]
    if mine and each.status != "ended":
        href = url_for("admin_delegations.end", code=centre.code, membership_id=each.id)
        return [*cells, {"text": gettext("Terminar"), "href": href, "hidden": each.name}]
    return [*cells, ""] if mine else cells


@blueprint.route("/administracion/delegaciones/<code>/nueva", methods=["GET", "POST"])
@directors_only
def new(code: str) -> Any:
    """The director delegates."""
    centre = _own_centre(code)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: delegations.delegate(db(), actor(), centre, given, clock.now()))
        if failure is None:
            flash(gettext("Delegación registrada."), "success")
            return redirect(url_for("admin_delegations.index"), 303)
    return _draw(centre, failure), failure.status if failure else OK


def _own_centre(code: str) -> Centre:
    centre = delegations.centre_of(db(), actor(), code)
    if not delegations.is_director(actor(), centre.id):
        raise NotFound
    return centre


def _draw(centre: Centre, failure: Failure | None) -> Any:
    today = centres.today_at(centre, clock.now())
    people = delegations.candidates(db(), actor(), centre, today)
    stored = {"account": "", "act": "", "wording": "", "from_on": today.isoformat(), "until_on": ""}
    return render_template(
        "admin/delegation_new.html",
        centre=centre,
        people=[(person.username, person.name) for person in people],
        wordings=options("delegation_wording", delegations.WORDINGS),
        form=drawn(stored, failure),
        recovered=recovered_at(),
    )


@blueprint.route("/administracion/delegaciones/<code>/<membership_id>", methods=["GET", "POST"])
@directors_only
def end(code: str, membership_id: str) -> Any:
    """The director ends a delegation, told first what that means."""
    centre = _own_centre(code)
    listed = delegations.delegations(db(), centre, centres.today_at(centre, clock.now()))
    each = next((one for one in listed if one.id == membership_id and one.status != "ended"), None)
    if each is None:
        raise NotFound
    if request.method == "POST":
        failure = attempt(lambda: delegations.end(db(), actor(), centre, membership_id, clock.now()))
        if failure is None:
            flash(gettext("Delegación terminada."), "success")
            return redirect(url_for("admin_delegations.index"), 303)
    return render_template("admin/delegation_end.html", centre=centre, each=each)
