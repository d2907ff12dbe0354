"""The follow-up of a case: its visits and what they measured, attempts to reach the patient, reactions, forms owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.questionnaires import display
from compassionate.services import reactions, team, visits
from compassionate.web import patient_links
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, typed
from compassionate.web.framing import frame, load_case
from compassionate.web.offers import offers, steps_of
from compassionate.web.sheets import Sheet, as_stored, posted, shown
from compassionate.web.templating import day, exact, language, say
from compassionate.web.visit_entry import entry, last_visit, scores
from compassionate.web.visit_pictures import changes, chart, columns, visit_row

blueprint = Blueprint("visits", __name__)
STEPS = ("record_lost_to_follow_up", "record_contact_regained")
SECTIONS = ("visits", "contact_attempts", "settle_reactions", "follow_up_forms", "first_dose_day")
ATTEMPT, FORMS, REACTION = "contactos", "formularios", "reacciones"


@blueprint.get("/expedientes/<code>/seguimiento")
@readers
def index(code: str) -> Any:
    """Visits, their measures, and everything that is owed before the case can be closed."""
    return _page(load_case(code))


@blueprint.post("/expedientes/<code>/seguimiento/contactos")
@readers
def add_attempt(code: str) -> Any:
    """One more attempt to reach the patient."""
    case = load_case(code)
    return _done(
        case,
        ATTEMPT,
        lambda: visits.record_attempt(db(), actor(), case, request.form, clock.now()),
        gettext("Intento de contacto guardado."),
    )


@blueprint.post("/expedientes/<code>/seguimiento/formularios")
@readers
def send_forms(code: str) -> Any:
    """The follow-up forms that the authorisation asked for were sent."""
    case, on = load_case(code), request.form.get("forms_on", "")
    return _done(
        case,
        FORMS,
        lambda: team.send_follow_up_forms(db(), actor(), case, on, clock.now(), field="forms_on"),
        gettext("Envío de los formularios guardado."),
    )


@blueprint.post("/expedientes/<code>/seguimiento/reacciones/<triage_id>")
@readers
def settle(code: str, triage_id: str) -> Any:
    """How the triage of a suspected reaction ended."""
    case, given = load_case(code), request.form.get("notified", "")
    return _done(
        case,
        triage_id,
        lambda: reactions.settle_reaction(db(), actor(), case, triage_id, given, clock.now(), field="notified"),
        gettext("Valoración guardada."),
    )


@blueprint.route("/expedientes/<code>/seguimiento/<name>", methods=["GET", "POST"])
@readers
def visit(code: str, name: str) -> Any:
    """One visit: the day it took place and its questionnaire."""
    case = load_case(code)
    visits.visit_of(db(), case, name)
    form = visits.visit_form(db(), case)
    if request.method == "GET":
        return _visit(case, name, shown(case, form, name))
    done_on = request.form.get("done_on", "")
    sheet = posted(
        case,
        form,
        lambda given, version: visits.record_visit(
            db(), actor(), case, name, done_on, given, clock.now(), version=version, demanding=_demanding(given)
        ),
        name,
    )
    if not sheet.saved:
        return _visit(case, name, sheet)
    flash(gettext("Visita guardada: %(visit)s.", visit=say(f"visit.{name}")), "success")
    if sheet.answers.get("adverse_events") is True:
        flash(gettext("Notifique la sospecha de reacción adversa de inmediato y regístrelo abajo."), "warning")
        return redirect(url_for("visits.index", code=case.code, _anchor="reacciones"), 303)
    return redirect(url_for("visits.visit", code=case.code, name=name), 303)


def _demanding(given: Any) -> bool:
    """What was forgotten is asked for, until somebody says that the visit has to do without; safety always."""
    return "without" not in request.form or given.get("adverse_events") is None


@blueprint.post("/expedientes/<code>/seguimiento/<name>/no-realizada")
@readers
def skip(code: str, name: str) -> Any:
    """The visit was missed, or will not take place, and why."""
    case, given = load_case(code), request.form
    visits.visit_of(db(), case, name)
    failure = attempt(
        lambda: visits.skip_visit(
            db(), actor(), case, name, given.get("status", ""), given.get("reason", ""), clock.now()
        )
    )
    if failure:
        return _visit(case, name, as_stored(case, visits.visit_form(db(), case), name), failure)
    flash(gettext("Guardado."), "success")
    return redirect(url_for("visits.index", code=case.code), 303)


def _done(case: Case, which: str, act: Callable[[], object], told: str) -> Any:
    if failure := attempt(act):
        return _page(case, which, failure), failure.status
    flash(told, "success")
    return redirect(url_for("visits.index", code=case.code), 303)


def _page(case: Case, which: str = "", failure: Failure | None = None) -> Any:
    held = visits.planned(db(), case, clock.now())
    empty = {"on": "", "channel": "", "outcome": "", "forms_on": "", "notified": ""}
    return render_template(
        "visits/index.html",
        **frame(case),
        visits=[visit_row(case, each) for each in held],
        columns=columns(held),
        chart=chart(held),
        changes=changes(held),
        triages=[_triage(each) for each in reactions.triages(db(), case)],
        attempts=[_attempt(*each) for each in visits.attempts(db(), case)],
        forms_owed=team.forms_owed(db(), case),
        forms_sent=[day(row.forms_sent_on) for row in team.forms_sent(db(), case)],
        channels=[(channel, say(f"contact_channel.{channel}")) for channel in visits.CONTACT_CHANNELS],
        may={
            name: may(case, name)
            for name in ("visits", "contact_attempts", "settle_reactions", "follow_up_forms", "first_dose_day")
        },
        who={name: who_may(case, name) for name in ("contact_attempts", "settle_reactions", "follow_up_forms")},
        sponsor=case.product.sponsor,
        steps=offers(case, steps_of(case), STEPS),
        filled=fill(empty, case=case, failure=failure),
        which=which,
    )


def _visit(case: Case, name: str, sheet: Sheet, failure: Failure | None = None) -> Any:
    row = visits.visit_of(db(), case, name)
    held = visits.planned(db(), case, clock.now())
    mine = next(each for each in held if each.row is row)
    last, told = visits.before(db(), case, row), patient_links.told(case, row)
    given = (typed() or {}).get("done_on") if failure is None else None
    today = clock.civil_date(clock.now(), case.centre.zone)
    context = {
        "visit": visit_row(case, mine),
        "sheet": sheet,
        "parts": entry(sheet, last, patient_links.latest_said(case, row)),
        "last": last_visit(last),
        "told": told,
        "scores": scores(held, name, visits.answers_of(db(), case, row)),
        "tried": [
            _attempt(*each) for each in visits.attempts(db(), case) if mine.opens_on and each[0].on >= mine.opens_on
        ],
        "forgotten": any(each["text"] == say("error.visit.forgotten") for each in sheet.errors),
        "without": "without" in request.form,
        "may_link": may(case, "patient_links"),
        "done_on": given[0] if given else (row.done_on or _usual_day(mine, today)),
        "done_error": next((each["text"] for each in sheet.errors if each["href"] == "#done_on"), ""),
        "sections": display(sheet.form, sheet.answers, language()),
        "may_save": may(case, "visits"),
        "who": who_may(case, "visits"),
        "statuses": [(status, say(f"visit_status.{status}")) for status in visits.SKIPPED],
        "filled": fill({"status": "", "reason": ""}, case=case, failure=failure),
        "is_skipping": failure is not None,
        "recovered": recovered_at(),
        "today": today,
    }
    return render_template("visits/visit.html", **context, **frame(case)), failure.status if failure else sheet.status


def _tried(case: Case, held: visits.Planned) -> list[dict[str, Any]]:
    """The attempts to reach the patient since the window opened."""
    since = held.opens_on
    return [_attempt(*each) for each in visits.attempts(db(), case) if since is not None and each[0].on >= since]


def _usual_day(held: visits.Planned, today: date) -> date | str:
    """Today, where that can be the day of the visit: a baseline is made before the first dose or on its day."""
    late = held.row.name == "baseline" and held.closes_on is not None and today > held.closes_on
    return "" if late else today


def _triage(held: reactions.Triage) -> dict[str, Any]:
    row = held.row
    return {
        "id": row.id,
        "ground": say(f"reaction_ground.{row.ground}"),
        "visit": say(f"visit.{held.visit}") if held.visit else "",
        "opened": row.opened_at,
        "opened_exact": exact(row.opened_at),
        "settled": row.settled_at,
        "settled_exact": exact(row.settled_at),
        "settled_by": held.settled_by,
        "outcome": held.outcome,
    }


def _attempt(row: Any, outcome: str, by: str) -> dict[str, Any]:
    return {"on": day(row.on), "channel": say(f"contact_channel.{row.channel}"), "outcome": outcome, "by": by}
