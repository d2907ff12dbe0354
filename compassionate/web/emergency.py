"""Emergency access: asked for with a reason, seen while it lasts, ended by hand or by itself, looked at afterwards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import commit, db
from compassionate.models import Case
from compassionate.services import emergencies
from compassionate.services.emergencies import Listed
from compassionate.web import reading
from compassionate.web.access import actor, administrators, roles
from compassionate.web.admin_forms import drawn, posted
from compassionate.web.filling import attempt, recovered_at, status_of
from compassionate.web.templating import exact, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("emergency", __name__)
PAGE = "/acceso-urgente"
TONES = {"open": "stop", "ended": "wait", "reviewed": "good"}
askers = roles(*emergencies.ASKERS)
reviewers = roles(Role.ADMINISTRATOR, Role.AUDITOR)


def minutes() -> int:
    """How long an access lasts (COMPASSIONATE_EMERGENCY_MINUTES)."""
    return int(current_app.extensions["compassionate.settings"].emergency_minutes)


@blueprint.route(PAGE, methods=["GET"])
@askers
def show() -> Any:
    """The form, with what it means, and what is open now."""
    return _draw()


@blueprint.route(PAGE, methods=["POST"])
@askers
def ask() -> Any:
    """Open a case to be read."""
    opened: list[Any] = []
    given, now = posted(), clock.now()
    failure = attempt(lambda: opened.append(emergencies.open_access(db(), actor(), given, now, minutes())))
    if failure:
        return _draw(failure), status_of(failure)
    held = opened[0]
    if isinstance(held, Case):
        flash(gettext("Este expediente es de su centro: no hace falta un acceso urgente y no se ha abierto ninguno."))
        return redirect(f"/expedientes/{held.code}", 303)
    return redirect(f"/expedientes/{held.case.code}", 303)


def _draw(failure: Any = None) -> str:
    return render_template(
        "emergency/show.html",
        form=drawn({"case_code": "", "reason": ""}, failure),
        minutes=minutes(),
        open=emergencies.mine(db(), actor(), clock.now()),
        shortest=emergencies.SHORTEST_REASON,
        longest=emergencies.LONGEST_REASON,
        recovered=recovered_at(),
    )


@blueprint.post(PAGE + "/<access_id>/terminar")
@askers
def end(access_id: str) -> Any:
    """End one's own access."""
    emergencies.end_access(db(), actor(), access_id, clock.now())
    commit()
    flash(gettext("Acceso urgente terminado."), "success")
    return redirect(PAGE, 303)


@blueprint.get(emergencies.REVIEW)
@reviewers
def index() -> Any:
    """What was opened at the centres of whoever looks."""
    rows = emergencies.of_centres(db(), actor(), clock.now())
    may_review = bool(actor().centres(Role.ADMINISTRATOR))
    return render_template("emergency/index.html", rows=[_row(row) for row in rows], may_review=may_review)


def _row(row: Listed) -> dict[str, Any]:
    state = {"text": say(f"emergency_state.{row.status}"), "tone": TONES[row.status]}
    if row.reviewed_at:
        state["sub"] = gettext("visto por %(who)s, %(at)s", who=row.reviewed_by, at=exact(row.reviewed_at))
    who = {"text": row.who, "sub": row.works_at}
    times = {"text": exact(row.opened_at), "sub": gettext("hasta %(until)s", until=exact(row.until))}
    may_see = row.reviewed_at is None and not row.is_mine
    reading.lists(row.code)
    return {"id": row.id, "code": row.code, "cells": [row.code, who, row.reason, times, state], "may_review": may_see}


@blueprint.post(emergencies.REVIEW + "/<access_id>/visto")
@administrators
def review(access_id: str) -> Any:
    """An administrator has looked at it."""
    emergencies.review(db(), actor(), access_id, clock.now())
    commit()
    flash(gettext("Anotado como visto."), "success")
    return redirect(url_for("emergency.index"), 303)
