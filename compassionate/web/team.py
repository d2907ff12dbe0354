"""The people responsible for a case: read by everybody, changed by physician and pharmacy."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services.edits import expect_seen, hold
from compassionate.services.physician_changes import needs_acceptance
from compassionate.services.team import holders, set_team
from compassionate.web.access import actor, readers
from compassionate.web.case_page import team
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, seen
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import say
from compassionate.workflow.roles import Role

blueprint = Blueprint("team", __name__)
EDIT = "edit_team"


@blueprint.get("/expedientes/<code>/equipo")
@readers
def show(code: str) -> Any:
    """Who is responsible."""
    return _page(load_case(code))


@blueprint.post("/expedientes/<code>/equipo")
@readers
def change(code: str) -> Any:
    """Name the responsible physician and the pharmacist."""
    case = load_case(code)
    if failure := attempt(lambda: _set(case)):
        return _page(load_case(code), failure), failure.status
    flash(say("done.edit_team"), "success")
    return redirect(f"/expedientes/{code}", 303)


def _set(case: Case) -> None:
    hold(db(), case)
    expect_seen(db(), case, EDIT, seen())
    form = request.form
    physician = form.get("physician", case.physician_id or "")
    set_team(db(), actor(), case, physician, form.get("pharmacist", ""), clock.now())


def _page(case: Case, failure: Failure | None = None) -> str:
    stored = {"physician": case.physician_id or "", "pharmacist": case.pharmacist_id or ""}
    people = {role.value: holders(db(), case, role, clock.now()) for role in (Role.PHYSICIAN, Role.PHARMACIST)}
    words = {account.id: account.name for each in people.values() for account in each}
    return render_template(
        "cases/team.html",
        filled=fill(
            stored, case=case, edit=EDIT, failure=failure, words={n: words.get(v, v) for n, v in stored.items()}
        ),
        choices={role: [(account.id, account.name) for account in each] for role, each in people.items()},
        team=team(case),
        in_writing=needs_acceptance(db(), case),
        may_change=may(case, "team"),
        who=who_may(case, "team"),
        recovered=recovered_at(),
        **frame(case),
    )
