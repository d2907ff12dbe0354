"""The first screen: what waits for this person today, role by role."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from compassionate import clock
from compassionate.extensions import db
from compassionate.services import covers
from compassionate.web.access import actor, signed_in
from compassionate.web.admin_calendars import notice as calendar_notice
from compassionate.web.asked import questions
from compassionate.web.desk import Sitting, tell_delays
from compassionate.web.desks import desks
from compassionate.web.hand_over_words import arriving, offers
from compassionate.web.outages import outages
from compassionate.workflow.permissions import SECTIONS

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def index() -> Any:
    """Every role's desk, one after the other."""
    today = clock.civil_date(clock.now(), "Europe/Madrid")
    sitting = Sitting(db(), actor(), today, covers.standing_in(db(), actor(), today))
    may_open = bool(actor().roles() & set(SECTIONS["open_case"].roles))
    told = [*outages(), *calendar_notice()]
    held = desks(sitting)
    tell_delays(db(), held)
    return render_template(
        "home/index.html",
        desks=held,
        may_open=may_open,
        outages=told,
        questions=questions(db(), actor(), sitting.covers),
        offers=offers(db(), actor()),
        arriving=arriving(db(), actor()),
    )
