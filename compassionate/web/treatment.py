"""The treatment of a case: what a dose needs today, what was given, how long it lasts, what may be done next."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Account, Case, Dose
from compassionate.models.vault import unseal
from compassionate.services import stockout, treatments
from compassionate.services.facts import request_state
from compassionate.web.access import readers
from compassionate.web.continuations import forecast, opening, requested
from compassionate.web.editing import may
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.step_words import line_words, present
from compassionate.web.templating import ago, day, exact, say

blueprint = Blueprint("treatment", __name__)
GIVING = ("start_treatment", "record_dose", "resume_treatment")
COURSE = (
    "interrupt_treatment",
    "end_treatment",
    "abandon_before_treatment",
    "record_suspension",
    "record_suspension_lifted",
    "record_revocation",
)


@blueprint.get("/expedientes/<code>/tratamiento")
@readers
def index(code: str) -> Any:
    """The gate as a list, the primary step, the doses, the stock."""
    case = load_case(code)
    steps, gate = steps_of(case), _gate(case) if case.state in treatments.GIVING_STATES else []
    return render_template(
        "treatment/index.html",
        **frame(case),
        gate=gate,
        gives_dispensed=bool(gate) and treatments.may_give_dispensed(db(), case, clock.now()),
        missing=[reason for condition in gate for reason in condition["reasons"]],
        giving=offers(case, steps, GIVING),
        course=offers(case, steps, COURSE),
        lines=_lines(case),
        doses=[_dose(case, row) for row in treatments.doses(db(), case)],
        posologies=_posologies(case),
        change_in=_where_to_change(case),
        continuations=requested(case),
        continuing=opening(case, steps),
    )


def _gate(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "title": say(f"gate.{condition.name}"),
            "hint": say(f"gate_hint.{condition.name}"),
            "is_held": not condition.reasons,
            "at_each_act": condition.name == "identity_checked",
            "reasons": present(case, condition.reasons),
        }
        for condition in treatments.gate(db(), case, clock.now())
    ]


def _lines(case: Case) -> list[dict[str, Any]]:
    names = {line.number: (line_words(line), line.product_line.unit) for line in case.lines}
    accounts = {account.number: account for account in treatments.accounts(db(), case)}
    return [
        {
            "number": held.line_number,
            "name": names[held.line_number][0],
            "unit": names[held.line_number][1],
            "account": accounts[held.line_number],
            "forecast": forecast(held),
        }
        for held in stockout.forecasts(db(), case, clock.now())
    ]


def _dose(case: Case, row: Dose) -> dict[str, Any]:
    details = unseal(db(), row, "details", case.key_id) or {}
    account = db().get(Account, row.by_id)
    return {
        "on": day(row.given_on),
        "act": say(f"choice.act.{row.act}"),
        "from_dispensed": row.from_dispensed,
        "line": row.line_number,
        "batch": row.batch,
        "expires_on": day(row.expires_on),
        "units": row.units,
        "by": account.name if account else "",
        "collected_by": details.get("collected_by") or "",
        "next_on": day(row.next_on),
        "note": details.get("note") or "",
    }


def _where_to_change(case: Case) -> int | None:
    """The newest request in which whoever looks may state another posology now."""
    numbers = (row.number for row in reversed(case.requests))
    return next((number for number in numbers if may(case, "posology", request_state(case, number))), None)


def _begins(request_number: int | None) -> str:
    """From when a posology without a date holds: that of the request that states it."""
    if request_number is None:
        return str(gettext("desde que se indicó"))
    if request_number:
        return str(gettext("con la continuación %(number)d", number=request_number))
    return str(gettext("desde el inicio"))


def _posologies(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "version": row.version,
            "from_on": day(row.from_on) or _begins(row.request_number),
            "at": ago(row.at),
            "exact": exact(row.at),
            "by": by,
            "request": row.request_number,
            **details,
        }
        for row, details, by in treatments.posologies(db(), case)
    ]
