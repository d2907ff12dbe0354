"""Going on with a treatment: when the medicine ends, line by line, and the requests made so that it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case, Request
from compassionate.paths import continuation_url
from compassionate.services import continuing, fitting, stockout
from compassionate.services.advance import Possible
from compassionate.services.facts import request_state
from compassionate.services.requests import units_a_day
from compassionate.web import reading
from compassionate.web.access import actor, readers
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import line_words, state_tone, state_words
from compassionate.web.templating import ago, day, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("continuations", __name__)


@blueprint.get("/continuaciones")
@readers
def upcoming() -> Any:
    """Who runs out of medicine, soonest first."""
    rows = [_row(case, held) for case, held in stockout.upcoming(db(), actor(), clock.now())]
    endings = [_ending(each) for each in fitting.endings(db(), actor(), clock.now())]
    return render_template("continuations/upcoming.html", rows=rows, endings=endings)


@blueprint.get("/expedientes/<code>/continuaciones")
@readers
def index(code: str) -> Any:
    """Every request of one case after the first, with what it asked for and what was granted."""
    case, now = load_case(code), clock.now()
    held = stockout.forecasts(db(), case, now)
    daily = _tried(case)
    return render_template(
        "continuations/index.html",
        **frame(case),
        lines=[_line(case, row) for row in held],
        continuations=requested(case),
        continuing=opening(case, steps_of(case)),
        start=_start(case, continuing.kind_for(db(), case, held)),
        fits=[_fit(case, each, daily) for each in fitting.fits(db(), case, now, daily)],
    )


def _tried(case: Case) -> dict[int, Decimal]:
    """Another dose that somebody asks about, by line; what is no number asks nothing."""
    typed = {line.number: units_a_day(request.args.get(f"unidades.{line.number}", "").strip()) for line in case.lines}
    return {number: value for number, value in typed.items() if value is not None}


def _fit(case: Case, each: fitting.Fit, daily: dict[int, Decimal]) -> dict[str, Any]:
    line = next(row for row in case.lines if row.number == each.line_number)
    typed = daily.get(each.line_number, each.units_a_day)
    words = {"until": day(each.until), "valid": day(each.valid_until), "packs": each.packs_short}
    return {
        "number": each.line_number,
        "name": line_words(line),
        "unit": line.product_line.unit,
        "value": format(typed.normalize(), "f").replace(".", ",") if typed is not None else "",
        "verdict": say(f"fit.{each.verdict}"),
        "why": say(f"fit_why.{each.verdict}", needed=each.needed, available=each.available, short=each.short, **words),
        "kind": {"fits": "good", "unknown": "info"}.get(each.verdict, "warning"),
    }


def _start(case: Case, kind: str) -> dict[str, Any] | None:
    """The button that opens the next request, or leads to the one that is open; None for who may not."""
    there = continuing.open_one(case)
    if there is not None:
        return {"href": continuation_url(case.code, there.number), "kind": "", "version": case.version}
    roles, wanted = actor().roles_at(case.centre_id), {Role.PHYSICIAN, Role.PHARMACIST}
    if case.state not in stockout.RUNNING or not roles & wanted:
        return None
    action = f"/expedientes/{case.code}/continuaciones"
    return {"href": "", "kind": kind, "action": action, "version": case.version, "text": say(f"request_kind.{kind}")}


def _ending(each: fitting.Ending) -> dict[str, Any]:
    reading.lists(each.case.code)
    return {
        "code": each.case.code,
        "href": f"/expedientes/{each.case.code}/continuaciones",
        "product": each.case.product.name,
        "what": say(f"ending.{each.what}"),
        "ends": ago(each.ends_on),
        "ends_exact": day(each.ends_on),
        "by": ago(each.ask_by),
        "by_exact": day(each.ask_by),
        "is_due": each.is_due,
        "start": _start(each.case, "more_packs" if each.what == "packs" else "continuation"),
    }


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
