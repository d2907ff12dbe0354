"""The report to the pharmacy and therapeutics committee: looked at first, then a workbook, or printed and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import FieldError, Invalid
from compassionate.exports import workbooks
from compassionate.extensions import db
from compassionate.models import Centre
from compassionate.services.committee import periods
from compassionate.services.committee.issued import subject_of
from compassionate.services.committee.periods import Period
from compassionate.services.committee.report import READ_BY, centre_of, centres, report
from compassionate.services.committee.sections import period_words
from compassionate.services.committee.wording import marks
from compassionate.services.given import Given
from compassionate.statistics.tables import Report, Table, shown
from compassionate.web import issued_reports, reading
from compassionate.web.access import actor, roles
from compassionate.web.documents import printing_fault
from compassionate.web.downloads import attachment
from compassionate.web.due import today
from compassionate.web.limits import EXPORTS, costly
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import language

blueprint = Blueprint("committee", __name__)
ADDRESS, KIND = "/informes/comision", "committee_report"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRONG = 422
Answer = Any


@dataclass(frozen=True, slots=True)
class Asked:
    """Which centre and days the address names, and how it names them."""

    centre: Centre
    period: Period
    quarter: str

    @property
    def args(self) -> dict[str, Any]:
        """The address of the same report."""
        days = {"from": self.period.from_on.isoformat(), "until": self.period.last_on.isoformat()}
        return {"centre": self.centre.code, **({"quarter": self.quarter} if self.quarter else days)}


@blueprint.get(ADDRESS)
@roles(*READ_BY)
def index() -> Answer:
    """The report on screen, of the last whole quarter unless the address says otherwise."""
    try:
        asked = _asked()
    except Invalid as wrong:
        return _page(_usual(), wrong.errors), WRONG
    return _page(asked)


@blueprint.get(f"{ADDRESS}.xlsx")
@roles(*READ_BY)
@costly(**EXPORTS)
def as_workbook() -> Answer:
    """The same report as a workbook."""
    asked = _asked()
    data = workbooks.write(_made(asked), marks(language()), clock.now())
    return _handed_out(asked, data, XLSX, "xlsx")


@blueprint.get(f"{ADDRESS}.pdf")
@roles(*READ_BY)
@costly(**EXPORTS)
def as_pdf() -> Answer:
    """The newest issue of it that still says the same; where there is none, the page where it is asked for."""
    asked = _asked()
    return issued_reports.current(KIND, asked.centre.code, subject_of(asked.period))


def _handed_out(asked: Asked, data: bytes, kind: str, ending: str) -> Answer:
    days = {"from_on": asked.period.from_on.isoformat(), "last_on": asked.period.last_on.isoformat()}
    reading.hands_out(KIND, format=ending, centre=asked.centre.code, **days)
    name = f"comision-{asked.centre.code.lower()}-{asked.period.from_on}-{asked.period.last_on}.{ending}"
    return attachment(data, kind, name)


def _made(asked: Asked) -> Report:
    least = current_app.extensions["compassionate.settings"].small_cell
    return report(db(), actor(), asked.centre, asked.period, clock.now(), least, language())


def _usual() -> Asked:
    centre = centre_of(db(), actor(), request.args.get("centre", "")[:40])
    period = periods.quarter_of(today()).before()
    return Asked(centre, period, _key(period))


def _key(period: Period) -> str:
    held = period.quarter
    return f"{held[0]}-{held[1]}" if held else ""


def _asked() -> Asked:
    """What the address names; days count where both are given, else the quarter. Raises Invalid, NotFound."""
    given, usual = Given(request.args.to_dict()), _usual()
    first, last = (given.day(name, latest=None) for name in ("from", "until"))
    if first or last or given.errors:
        return Asked(usual.centre, _days(given), "")
    known = {_key(each): each for each in periods.latest(today())}
    period = known.get(request.args.get("quarter", ""), usual.period)
    return Asked(usual.centre, period, _key(period))


def _days(given: Given) -> Period:
    """From a day to another, both of them in it."""
    given.errors = []
    first, last = (given.day(name, required=True, latest=today()) for name in ("from", "until"))
    if first and last:
        if last < first:
            given.wrong("until", "committee.ends_before")
        elif (last - first).days >= periods.LONGEST:
            given.wrong("until", "committee.too_long", most=periods.LONGEST)
    given.settle()
    assert first is not None
    assert last is not None
    return Period(first, last + periods.DAY)


def _page(asked: Asked, errors: tuple[FieldError, ...] = ()) -> str:
    typed = {name: request.args.get(name, "")[:20] for name in ("from", "until")}
    made = _made(asked)
    return render_template(
        "reports/committee.html",
        made=made,
        sections=[{"held": each, "tables": [_drawn(made, table) for table in each.tables]} for each in made.sections],
        centres=[(each.code, each.name) for each in centres(db(), actor())],
        asked=asked,
        quarters=[(_key(each), period_words(each, language())) for each in periods.latest(today())],
        typed=typed,
        errors=present_errors(errors),
        by_field=errors_by_field(errors),
        workbook=url_for("committee.as_workbook", **asked.args),
        issued=None if errors else issued_reports.shown(KIND, asked.centre.code, subject_of(asked.period)),
        fault=printing_fault(),
    )


def _drawn(made: Report, table: Table) -> dict[str, Any]:
    """A table as the page draws it: the same words as in the PDF."""
    told = marks(made.language)
    rows = [
        [shown(value, column.kind, told, made.language) for column, value in zip(table.columns, cells, strict=True)]
        for cells in table.rows
    ]
    return {
        "title": table.title,
        "head": [column.head for column in table.columns],
        "rows": rows,
        "numeric": [place for place, column in enumerate(table.columns) if column.kind != "text"],
        "notes": table.notes,
        "empty": gettext("En este periodo no hay nada que contar aquí."),
    }
