"""The legal clocks of a case: which run, since when, by which step; and closing one by hand with its reason."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import select

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case, CaseEvent, Clock
from compassionate.models.vault import unseal
from compassionate.services.team import settle_clock
from compassionate.web.access import actor, readers
from compassionate.web.appeal_view import appeals
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import ago, exact, say

blueprint = Blueprint("deadlines", __name__)


@blueprint.get("/expedientes/<code>/plazos")
@readers
def index(code: str) -> Any:
    """Every clock of the case, those that run first."""
    case = load_case(code)
    clocks = _clocks(case)
    return render_template(
        "cases/deadlines.html",
        running=[_shown(case, *each) for each in clocks if each[0].closed_at is None],
        closed=[_shown(case, *each) for each in clocks if each[0].closed_at is not None],
        may_settle=may(case, "settle_clocks"),
        who=who_may(case, "settle_clocks"),
        appeals=appeals(db(), case),
        **frame(case),
    )


@blueprint.get("/expedientes/<code>/plazos/<clock_id>")
@readers
def show(code: str, clock_id: str) -> Any:
    """One clock, and the form that closes it."""
    return _page(load_case(code), clock_id)


@blueprint.post("/expedientes/<code>/plazos/<clock_id>")
@readers
def settle(code: str, clock_id: str) -> Any:
    """Close a clock by hand: the appeal was waived, the agency answered otherwise."""
    case = load_case(code)
    reason = request.form.get("reason", "")
    if failure := attempt(lambda: settle_clock(db(), actor(), case, clock_id, reason, clock.now())):
        return _page(load_case(code), clock_id, failure), failure.status
    flash(say("done.settle_clock"), "success")
    return redirect(f"/expedientes/{code}/plazos", 303)


def _clocks(case: Case) -> list[tuple[Clock, CaseEvent]]:
    wanted = (
        select(Clock, CaseEvent)
        .join(CaseEvent, Clock.opened_by_event_id == CaseEvent.id)
        .where(Clock.case_id == case.id)
        .order_by(Clock.opened_at, Clock.id)
    )
    return [(row, event) for row, event in db().execute(wanted)]


def _shown(case: Case, row: Clock, event: CaseEvent) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": say(f"clock.{row.clock}"),
        "code": row.clock,
        "opened": ago(row.opened_at),
        "opened_exact": exact(row.opened_at),
        "by": say(f"done.{event.name}"),
        "state": say("clock_runs.suspended" if row.suspended_at else "clock_runs.running"),
        "closed": ago(row.closed_at),
        "closed_exact": exact(row.closed_at),
        "reason": unseal(db(), row, "settled_reason", case.key_id) or "",
    }


def _page(case: Case, clock_id: str, failure: Failure | None = None) -> str:
    found = next((each for each in _clocks(case) if each[0].id == clock_id), None)
    if found is None:
        raise NotFound
    return render_template(
        "cases/clock.html",
        held=_shown(case, *found),
        filled=fill({"reason": ""}, case=case, failure=failure),
        may_settle=may(case, "settle_clocks") and found[0].closed_at is None,
        who=who_may(case, "settle_clocks"),
        recovered=recovered_at(),
        **frame(case),
    )
