"""What was filed as urgent and is not complete yet: what each owes, who completes it, until when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template

from compassionate import clock
from compassionate.extensions import db
from compassionate.services import urgent
from compassionate.services.urgent import Waiting
from compassionate.web.access import actor, readers
from compassionate.web.desk import Section, Sitting, case_url, link, listed, tell_delays_of
from compassionate.web.due import term, tone
from compassionate.web.templating import day, say
from compassionate.workflow.roles import Role
from compassionate.workflow.urgent import parts

blueprint = Blueprint("urgent_filings", __name__)
PAGE = "/urgentes"


@blueprint.get(PAGE)
@readers
def index() -> Any:
    """Every urgent filing of this person's centres that owes something, the earliest day first."""
    sitting = Sitting(db(), actor(), clock.civil_date(clock.now(), clock.AGENCY_ZONE.key))
    held = _section(sitting, actor().centres())
    tell_delays_of(db(), [held])
    return render_template("urgent_filings/index.html", section=held)


def section(sitting: Sitting, role: Role) -> list[Section]:
    """The list of a first screen, there only while something is owed; a physician's are their own patients'."""
    mine = sitting.actor.account_id if role == Role.PHYSICIAN else ""
    held = _section(sitting, sitting.centres(role), mine)
    return [held] if held.rows else []


def _section(sitting: Sitting, centres: Sequence[str], physician_id: str = "") -> Section:
    found = urgent.waiting(sitting.session, centres, physician_id)
    rows = [(each.row, (_when(each, sitting), _owes(each)), tone(each.due_on, sitting.today)) for each in found]
    return listed("urgent_filings", ("complete_by", "owes"), rows, dated=True)


def _when(each: Waiting, sitting: Sitting) -> Any:
    return {"text": day(each.due_on), "sub": term(each.due_on, sitting.today) if each.due_on else ""}


def _owes(each: Waiting) -> Any:
    said = [
        say("urgent_filing.owes", part=say(f"urgent_part.{part}"), who=say(f"turn_short.{parts()[part].who}"))
        for part in each.parts
    ]
    return link("; ".join(said), case_url(each.row, f"/solicitudes/{each.number}"), each.row)
