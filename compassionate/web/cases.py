"""Cases: the list, the search that keeps identifiers out of addresses, and the page that answers first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from compassionate import clock
from compassionate.extensions import db
from compassionate.services.advance import possible
from compassionate.web.access import actor, readers
from compassionate.web.case_page import regions, request_summary, team
from compassionate.web.framing import frame, load_case
from compassionate.web.next_step import next_for, other_steps
from compassionate.web.state_picture import picture
from compassionate.workflow.permissions import may_edit

blueprint = Blueprint("cases", __name__)


@blueprint.get("/expedientes/<code>")
@readers
def show(code: str) -> Any:
    """Where a case stands, whose turn, since when, what blocks, and the one thing that this person can do."""
    case = load_case(code)
    steps, roles = possible(db(), actor(), case, clock.now()), actor().roles_at(case.centre_id)
    next_step = next_for(case, steps, roles)
    others = other_steps(case, steps, next_step.primary["href"] if next_step.primary else "")
    mine = [step["href"].rpartition("/")[2] for group in others for step in group["steps"]]
    return render_template(
        "cases/show.html",
        next=next_step,
        others=others,
        picture=picture(db(), case, mine),
        regions=regions(case),
        team=team(case),
        may_change_team=may_edit("team", roles, case.state),
        summary=request_summary(db(), case),
        read_only=not others and next_step.primary is None,
        **frame(case),
    )
