"""What became of the patients of a programme: lines first, then figures, relief, and what others published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, render_template, request, url_for

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.extensions import db
from compassionate.programmes.model import Programme
from compassionate.services.committee.wording import marks
from compassionate.services.given import Given
from compassionate.services.outcomes import agency, comparators, entered
from compassionate.services.outcomes.cohort import Cohort, Filters, centres, cohort, treated
from compassionate.services.outcomes.issued import READ_BY
from compassionate.services.outcomes.known import known, programme
from compassionate.services.outcomes.measures import measures
from compassionate.services.outcomes.sections import Asked, report
from compassionate.statistics.tables import Report, Table, shown
from compassionate.web import issued_reports, reading
from compassionate.web.access import actor, readers
from compassionate.web.documents import printing_fault
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import language, say

blueprint = Blueprint("outcomes", __name__)
KIND = "cohort_report"
WRONG = 422
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    filters: Filters
    centre: str
    measure: str
    last_on: date | None


@blueprint.get("/resultados")
@readers
def index() -> Any:
    """The programmes, with how many were treated of each among the cases that this person may count."""
    counted = treated(db(), actor())
    rows = [
        [{"text": _name(name), "href": url_for("outcomes.show", name=name)}, str(counted.get(name, 0))]
        for name in known(db())
    ]
    return render_template("outcomes/index.html", rows=rows)


@blueprint.get("/resultados/<name>")
@readers
def show(name: str) -> Any:
    """The outcomes of one programme, one measure at a time."""
    held = programme_or_404(name)
    try:
        wanted, errors = _wanted(), tuple[FieldError, ...]()
    except Invalid as wrong:
        wanted, errors = Wanted(Filters(), "", "", None), wrong.errors
    counted = cohort(db(), actor(), name, clock.now(), wanted.filters)
    if counted.by_patient:
        reading.lists(*(each.code for each in counted.patients))
    chosen = _measure(wanted.measure, held, counted)
    made = _made(held, counted, chosen, wanted.centre)
    page = render_template(
        "outcomes/programme.html",
        name=name,
        made=made,
        sections=[{"held": each, "tables": [_drawn(made, table) for table in each.tables]} for each in made.sections],
        has_patients=bool(counted.patients),
        measures=_chips(name, counted, chosen),
        errors=present_errors(errors),
        by_field=errors_by_field(errors),
        may_enter=entered.may_enter(actor()),
        copied=agency.of_cohort(counted) if counted.by_patient else None,
        **_choices(counted, wanted),
        **_print(name, wanted),
    )
    return page, WRONG if errors else 200


def programme_or_404(name: str) -> Programme:
    """The latest version of a programme, or the page of what is not there."""
    held = programme(db(), name) if name in known(db()) else None
    if held is None:
        abort(404)
    return held


def _name(name: str) -> str:
    held = programme(db(), name)
    return held.name.said(language()) if held else name


def _wanted() -> Wanted:
    """What the address names; raises Invalid for days that are none, or in no order."""
    given, mine = Given(request.args.to_dict()), {each.code: each.id for each in centres(db(), actor())}
    first, last = (given.day(name, latest=None) for name in ("from", "until"))
    if first and last and last < first:
        given.wrong("until", "committee.ends_before")
    given.settle()
    centre = request.args.get("centre", "")[:40]
    if centre and centre not in mine:
        abort(404)
    ids = (mine[centre],) if centre else ()
    filters = Filters(ids, first, last + A_DAY if last else None, request.args.get("version", "")[:20])
    only = centre or (next(iter(mine)) if len(mine) == 1 else "")
    return Wanted(filters, only, request.args.get("measure", "")[:40], last)


def _measure(wanted: str, held: Programme, counted: Cohort) -> str:
    """The measure that is asked for, else the programme's first one, else any that somebody has."""
    present = [each.id for each in measures(counted.present)]
    usual = held.primary.measure.instrument
    return next((each for each in (wanted, usual) if each in present), present[0] if present else usual)


def _made(held: Programme, counted: Cohort, chosen: str, centre: str) -> Report:
    """The report as this person may see it: who treats sees each patient, others no figures of few."""
    least = 0 if counted.by_patient else current_app.extensions["compassionate.settings"].small_cell
    names = ", ".join(each.name for each in centres(db(), actor()) if centre in ("", each.code))
    arms = comparators.arms(db(), held, language())
    usual = held.primary.measure.instrument
    asked = Asked(counted, arms, held.name.said(language()), names, usual, (chosen,), with_codes=counted.by_patient)
    return report(asked, clock.now(), least, language())


def _drawn(made: Report, table: Table) -> dict[str, Any]:
    told = marks(made.language)
    rows: list[list[Any]] = [
        [shown(value, column.kind, told, made.language) for column, value in zip(table.columns, cells, strict=True)]
        for cells in table.rows
    ]
    if table.code.startswith("trajectories"):
        rows = [[_linked(row[0]), *row[1:]] for row in rows]
    return {
        "title": table.title,
        "head": [column.head for column in table.columns],
        "rows": rows,
        "numeric": [place for place, column in enumerate(table.columns) if column.kind != "text"],
        "notes": table.notes,
        "picture": table.picture,
        "folded": table.code == "formulas" or table.code.startswith("relief"),
    }


def _linked(label: str) -> Any:
    """The row of a patient leads to the follow-up of the case, where its code is told."""
    _, dot, code = label.partition(". ")
    return (
        {"text": label, "href": url_for("visits.index", code=code)} if dot and reading.CODE.fullmatch(code) else label
    )


def _chips(name: str, counted: Cohort, chosen: str) -> list[dict[str, Any]]:
    kept = {key: value for key, value in request.args.items() if key in ("centre", "from", "until", "version")}
    return [
        {
            "text": say(f"instrument.{each.id}.name"),
            "href": f"{url_for('outcomes.show', name=name)}?{urlencode(kept | {'measure': each.id})}",
            "current": each.id == chosen,
        }
        for each in measures(counted.present)
    ]


def _choices(counted: Cohort, wanted: Wanted) -> dict[str, Any]:
    versions = sorted({*counted.versions, wanted.filters.version} - {""})
    return {
        "centres": [(each.code, each.name) for each in centres(db(), actor())],
        "versions": [(each, each) for each in versions],
        "asked": {name: request.args.get(name, "")[:40] for name in ("centre", "from", "until", "version", "measure")},
    }


def _print(name: str, wanted: Wanted) -> dict[str, Any]:
    """What was printed of it; a report is of one centre, of those whose roles have it there."""
    mine = {each.code: each.id for each in centres(db(), actor())}
    if wanted.centre not in mine or mine[wanted.centre] not in actor().centres(*READ_BY):
        return {"issued": None, "fault": ""}
    return {"issued": issued_reports.shown(KIND, wanted.centre, name), "fault": printing_fault()}
