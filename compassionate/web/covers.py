"""Who stands in for me while I am away: arranged by myself, for days, and taken back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import commit, db
from compassionate.models import Cover
from compassionate.services import covers
from compassionate.web.access import actor, readers
from compassionate.web.admin_forms import drawn, posted
from compassionate.web.filling import Failure, attempt, recovered_at, status_of
from compassionate.web.templating import day, say

blueprint = Blueprint("covers", __name__)


@blueprint.route("/cuenta/suplencias", methods=["GET", "POST"])
@readers
def index() -> Any:
    """Who stands in for me and for whom I do; the form for days away."""
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        given["by"] = given.get(f"by.{given.get('place', '')}", "")
        failure = attempt(lambda: covers.arrange(db(), actor(), given, clock.now()))
        if failure is None:
            flash(gettext("Suplencia guardada. Termina sola el último día."), "success")
            return redirect(url_for("covers.index"), 303)
    return _draw(failure), status_of(failure)


@blueprint.post("/cuenta/suplencias/<cover_id>/terminar")
@readers
def end(cover_id: str) -> Any:
    """Take it back at once."""
    covers.end(db(), actor(), cover_id, clock.now())
    commit()
    flash(gettext("Suplencia terminada."), "success")
    return redirect(url_for("covers.index"), 303)


def _draw(failure: Failure | None) -> str:
    today, held = covers.today_of_all(), covers.places(db(), actor(), clock.now())
    only = held[0].key if len(held) == 1 else ""
    stored = {"place": only, "from_on": today.isoformat(), "until_on": ""} | {f"by.{each.key}": "" for each in held}
    return render_template(
        "account/covers.html",
        mine=[_row(row, row.by.name) for row in covers.mine(db(), actor(), today)],
        others=[_row(row, row.account.name) for row in covers.standing_in(db(), actor(), today)],
        places=[
            {
                "key": each.key,
                "name": f"{say(f'role.{each.role.value}')} · {each.centre.name}",
                "people": [(account.id, account.name) for account in each.colleagues],
            }
            for each in held
        ],
        choices=[(each.key, f"{say(f'role.{each.role.value}')} · {each.centre.name}") for each in held],
        form=drawn(stored, failure),
        recovered=recovered_at(),
    )


def _row(row: Cover, name: str) -> dict[str, str]:
    what = f"{say(f'role.{row.role}')} · {row.centre.code}"
    return {"id": row.id, "name": name, "what": what, "from": day(row.from_on), "until": day(row.until_on)}
