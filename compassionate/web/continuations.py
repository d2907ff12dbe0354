"""Going on with a treatment: when the medicine ends, line by line, and the requests made so that it does not."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case, Request
from compassionate.services import stockout
from compassionate.services.advance import Possible
from compassionate.services.facts import request_state
from compassionate.web import reading
from compassionate.web.access import actor, readers
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import line_words, state_tone, state_words
from compassionate.web.templating import ago, day, say

blueprint = Blueprint("continuations", __name__)


@blueprint.get("/continuaciones")
@readers
def upcoming() -> Any:
    """Who runs out of medicine, soonest first."""
    rows = [_row(case, held) for case, held in stockout.upcoming(db(), actor(), clock.now())]
    return render_template("continuations/upcoming.html", rows=rows)


@blueprint.get("/expedientes/<code>/continuaciones")
@readers
def index(code: str) -> Any:
    """Every request of one case after the first, with what it asked for and what was granted."""
    case = load_case(code)
    return render_template(
        "continuations/index.html",
        **frame(case),
        lines=[_line(case, held) for held in stockout.forecasts(db(), case, clock.now())],
        continuations=requested(case),
        continuing=opening(case, steps_of(case)),
    )


def requested(case: Case) -> list[dict[str, Any]]:
    """The requests after the first one, as rows."""
    return [_request(case, row) for row in case.requests if row.number]


def _request(case: Case, row: Request) -> dict[str, Any]:
    state = request_state(case, row.number)
    names = {line.number: line_words(line) for line in case.lines}
    return {
        "number": row.number,
        "href": f"/expedientes/{case.code}/solicitudes/{row.number}",
        "kind": say(f"request_kind.{row.kind}"),
        "state": state_words("continuation", state),
        "tone": state_tone(case, "continuation", state),
        "reference": row.reference,
        "submitted": day(clock.civil_date(row.submitted_at, case.centre.zone)) if row.submitted_at else "",
        "packs": [{"line": names.get(each.line_number, ""), "packs": each.packs} for each in row.packs],
    }


def opening(case: Case, steps: list[Possible]) -> dict[str, Any]:
    """The step that opens one more request, whatever number it will have."""
    instance = next((step.instance for step in steps if step.name == "open_continuation"), "")
    return offers(case, steps, ("open_continuation",), instance)


def forecast(held: stockout.Forecast) -> dict[str, Any]:
    """A forecast in words: when the medicine ends and what to do before."""
    code = _code(held)
    return {
        "code": code,
        "title": say(f"stockout.{code}.title", on=held.runs_out_on, ends=held.course_ends_on),
        "text": say(f"stockout.{code}.text", by=held.act_by, ends=held.course_ends_on, lead=held.lead_days),
        "kind": ("stop" if held.is_late else "warning") if code in ("ask", "order") else "info",
        "at_home": held.at_home,
        "in_pharmacy": held.in_pharmacy,
    }


def _code(held: stockout.Forecast) -> str:
    if held.units_a_day is None:
        return "no_daily_use"
    return "not_running" if held.runs_out_on is None else held.outlook


def _line(case: Case, held: stockout.Forecast) -> dict[str, Any]:
    line = next(row for row in case.lines if row.number == held.line_number)
    return {"number": held.line_number, "name": line_words(line), "forecast": forecast(held)}


def _row(case: Case, held: stockout.Forecast) -> dict[str, Any]:
    line = next(row for row in case.lines if row.number == held.line_number)
    reading.lists(case.code)
    return {
        "code": case.code,
        "href": f"/expedientes/{case.code}/tratamiento",
        "product": case.product.name,
        "line": line_words(line),
        "out": ago(held.runs_out_on),
        "out_exact": day(held.runs_out_on),
        "by": ago(held.act_by),
        "by_exact": day(held.act_by),
        "is_late": held.is_late,
        "todo": say(f"stockout.{held.outlook}.todo"),
        "turn": say("turn.pharmacist"),
        "stock": held.in_pharmacy + held.at_home,
        "unit": line.product_line.unit,
    }
