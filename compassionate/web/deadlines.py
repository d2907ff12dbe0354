"""The legal clocks of a case: until when, whose, why; more time that was granted; closing by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy import select

from compassionate import clock
from compassionate.deadlines.calendars import CHECKED_YEARS
from compassionate.deadlines.counting import Due
from compassionate.deadlines.explaining import warnings
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case, CaseEvent, Clock, ClockExtension, ClockMove, ClockStop
from compassionate.models.vault import unseal
from compassionate.services.calendars import Calendars
from compassionate.services.deadlines import rule_of
from compassionate.services.explanations import explain
from compassionate.services.more_time import SECTION, grant_extension, left_to_grant
from compassionate.services.team import settle_clock
from compassionate.web import clock_words
from compassionate.web.access import actor, readers
from compassionate.web.appeal_view import appeals
from compassionate.web.clock_pictures import picture
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import language, say

blueprint = Blueprint("deadlines", __name__)
SETTLE = "settle_clocks"


@blueprint.get("/expedientes/<code>/plazos")
@readers
def index(code: str) -> Any:
    """Every clock of the case, the nearest end first."""
    case = load_case(code)
    moves = _last_moves(case)
    rows = [_row(case, held) | {"moved": moves.get(held.id, "")} for held in _clocks(case)]
    rows.sort(key=lambda row: row["order"])
    return render_template(
        "cases/deadlines.html",
        running=[row for row in rows if row["runs"]],
        closed=[row for row in rows if not row["runs"]],
        warnings=_warnings(case),
        appeals=appeals(db(), case),
        **frame(case),
    )


@blueprint.get("/expedientes/<code>/plazos/<clock_id>")
@readers
def show(code: str, clock_id: str) -> Any:
    """One clock: when it ends, whose it is, what its end means, how it moved, and its days one by one."""
    case = load_case(code)
    held = _clock(case, clock_id)
    due = explain(db(), held, case.centre, Calendars(db()))
    return render_template(
        "cases/clock.html",
        held=_row(case, held),
        told=_told(case, held),
        due=due,
        picture=picture(rule_of(held, case.centre), due) if due else None,
        warnings=warnings(due, language()) if due and held.closed_at is None else [],
        acts=_acts(case, held),
        who=who_may(case, SECTION),
        **frame(case),
    )


@blueprint.route("/expedientes/<code>/plazos/<clock_id>/ampliar", methods=["GET", "POST"])
@readers
def extend(code: str, clock_id: str) -> Any:
    """Record that the agency granted more time (Ley 39/2015 art. 32, 68.2)."""
    case = load_case(code)
    failure: Failure | None = None
    if request.method == "POST":
        given = request.form.to_dict()
        failure = attempt(lambda: grant_extension(db(), actor(), case, clock_id, given, clock.now()))
        if failure is None:
            flash(say("done.extend_clock"), "success")
            return redirect(f"/expedientes/{code}/plazos/{clock_id}", 303)
    return _extending(load_case(code), clock_id, failure), status_of(failure)


@blueprint.route("/expedientes/<code>/plazos/<clock_id>/cerrar", methods=["GET", "POST"])
@readers
def settle(code: str, clock_id: str) -> Any:
    """Close a clock by hand: the appeal was waived, the agency answered otherwise."""
    case = load_case(code)
    failure: Failure | None = None
    if request.method == "POST":
        reason = request.form.get("reason", "")
        failure = attempt(lambda: settle_clock(db(), actor(), case, clock_id, reason, clock.now()))
        if failure is None:
            flash(say("done.settle_clock"), "success")
            return redirect(f"/expedientes/{code}/plazos", 303)
    return _closing(load_case(code), clock_id, failure), status_of(failure)


def _clocks(case: Case) -> list[Clock]:
    return list(db().scalars(select(Clock).where(Clock.case_id == case.id).order_by(Clock.id)))


def _last_moves(case: Case) -> dict[str, str]:
    """How the end of each clock moved last, by the clock's id."""
    moves = select(ClockMove).join(Clock, ClockMove.clock_id == Clock.id).where(Clock.case_id == case.id)
    rows = list(db().scalars(moves.order_by(ClockMove.at, ClockMove.id)))
    return {each.clock_id: line["text"] for each in rows for line in clock_words.move_lines([each])}


def _clock(case: Case, clock_id: str) -> Clock:
    found = db().scalar(select(Clock).where(Clock.id == clock_id, Clock.case_id == case.id))
    if found is None:
        raise NotFound
    return found


def _row(case: Case, held: Clock) -> dict[str, Any]:
    reason = unseal(db(), held, "settled_reason", case.key_id) or ""
    return clock_words.row(held, case) | {"reason": reason, "href": f"/expedientes/{case.code}/plazos/{held.id}"}


def _warnings(case: Case) -> list[str]:
    """What about these ends is not certain, said once for all of them (TIM-03)."""
    calendars = Calendars(db())
    running = [held for held in _clocks(case) if held.closed_at is None]
    dues = [explain(db(), held, case.centre, calendars) for held in running]
    provisional = tuple(sorted({each for due in dues if due for each in due.provisional}))
    unknown = tuple(sorted({each for due in dues if due for each in due.unknown_local}))
    found = warnings(Due(None, (), provisional, unknown), language())
    town = [] if case.centre.municipality else [gettext("El centro no dice su municipio: sus fiestas no se cuentan.")]
    return [*found, *(town if running else [])]


def _told(case: Case, held: Clock) -> dict[str, Any]:
    """What is known of a clock, in words."""
    rule, of = rule_of(held, case.centre), held.id
    event = db().get_one(CaseEvent, held.opened_by_event_id)
    stops = db().scalars(select(ClockStop).where(ClockStop.clock_id == of).order_by(ClockStop.since_on))
    extensions = select(ClockExtension).where(ClockExtension.clock_id == of).order_by(ClockExtension.granted_on)
    moves = select(ClockMove).where(ClockMove.clock_id == of).order_by(ClockMove.at, ClockMove.id)
    return {
        "law": clock_words.law(held, case),
        "counted_from": clock_words.counted_from(held),
        "by": say(f"done.{event.name}"),
        "stops": clock_words.stop_lines(stops),
        "extensions": clock_words.extension_lines(rule, db().scalars(extensions)),
        "moves": clock_words.move_lines(db().scalars(moves)),
        "checked": f"{CHECKED_YEARS[0]}–{CHECKED_YEARS[-1]}" if rule.calendar != "none" else "",
    }


def _acts(case: Case, held: Clock) -> dict[str, bool]:
    """What may be done with it by whoever looks."""
    runs = held.closed_at is None
    extendable = runs and held.due_on is not None and left_to_grant(db(), held) > 0
    return {
        "extend": extendable and may(case, SECTION),
        "extendable": extendable,
        "settle": runs and may(case, SETTLE),
    }


def _extending(case: Case, clock_id: str, failure: Failure | None) -> str:
    held = _clock(case, clock_id)
    rule, left = rule_of(held, case.centre), left_to_grant(db(), held)
    stored = {"asked_on": "", "granted_on": "", "amount": left}
    return render_template(
        "cases/clock_extend.html",
        held=_row(case, held),
        form=fill(stored, case=case, failure=failure),
        basis=rule.extension_basis,
        most=clock_words.amount_words(rule, left),
        unit=say(f"clock_unit.{rule.unit}"),
        possible=_acts(case, held)["extendable"],
        may_extend=may(case, SECTION),
        who=who_may(case, SECTION),
        recovered=recovered_at(),
        **frame(case),
    )


def _closing(case: Case, clock_id: str, failure: Failure | None) -> str:
    held = _clock(case, clock_id)
    return render_template(
        "cases/clock_settle.html",
        held=_row(case, held),
        filled=fill({"reason": ""}, case=case, failure=failure),
        may_settle=_acts(case, held)["settle"],
        who=who_may(case, SETTLE),
        recovered=recovered_at(),
        **frame(case),
    )
