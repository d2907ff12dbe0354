"""Where a hospital's time goes: days by step and by whom was waited on, as tables and as a file."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import format_decimal

from compassionate import clock
from compassionate.clock import AGENCY_ZONE, months_after
from compassionate.exports import csv_files
from compassionate.extensions import db
from compassionate.services import case_lists, delays
from compassionate.services.delays import LEAST, Asked, Figure
from compassionate.web import reading
from compassionate.web.access import actor, roles
from compassionate.web.downloads import attachment
from compassionate.web.due import owner_words, today
from compassionate.web.limits import EXPORTS, costly
from compassionate.web.templating import day, say
from compassionate.workflow import engine

blueprint = Blueprint("delays", __name__)
PERIODS = (3, 6, 12, 36)
HEAD = ("step", "owner", "cases", "median", "p90")


@blueprint.get("/demoras")
@roles(*delays.READ_BY)
def index() -> Any:
    """Median and nine in ten of the days of each step, and the same of what is open now."""
    wanted, months = _asked()
    known = case_lists.known(db(), actor())
    return render_template(
        "cases/delays.html",
        past=[_cells(each) for each in _ordered(delays.past(db(), actor(), wanted))],
        present=[_cells(each) for each in _ordered(delays.present(db(), actor(), wanted, clock.now()))],
        wanted=wanted,
        months=str(months),
        periods=[(str(each), say(f"delays_period.{each}")) for each in PERIODS],
        centres=list(known["centre"].items()),
        products=list(known["product"].items()),
        begin=day(wanted.begin.astimezone(AGENCY_ZONE).date()),
        least=LEAST,
    )


@blueprint.get("/demoras.csv")
@roles(*delays.READ_BY)
@costly(**EXPORTS)
def as_csv() -> Any:
    """The same figures as a file: those of few cases are as hidden in it as on the page."""
    wanted, months = _asked()
    groups = (
        ("past", delays.past(db(), actor(), wanted)),
        ("present", delays.present(db(), actor(), wanted, clock.now())),
    )
    rows = [(say(f"delays_kind.{kind}"), *_values(each)) for kind, found in groups for each in _ordered(found)]
    reading.hands_out("delays", months=str(months), rows=len(rows))
    head = [say(f"delays_column.{name}") for name in ("kind", *HEAD)]
    return attachment(csv_files.write(head, rows, for_people=True), "text/csv", "demoras.csv")


def _asked() -> tuple[Asked, int]:
    """The period and filters that the address names; whatever it does not know is left out."""
    given = request.args.get("months", "")
    months = int(given) if given in map(str, PERIODS) else 12
    begin = datetime.combine(months_after(today(), -months), time(), AGENCY_ZONE)
    centre, product = (request.args.get(name, "")[:40] for name in ("centre", "product"))
    return Asked(begin, clock.now(), centre, product), months


def _ordered(found: list[Figure]) -> list[Figure]:
    """In the order of the way; within a step those who took longest first, those of few cases last."""
    states = [state.id for pathway in engine.pathways() for state in pathway.case.states]
    place = {state: number for number, state in reversed(list(enumerate(states)))}
    key = lambda each: (place.get(each.state, len(place)), not each.is_told, -each.median * each.is_told, each.owner)  # noqa: E731
    return sorted(found, key=key)


def _values(each: Figure) -> tuple[Any, ...]:
    """A figure as a row: how many cases and how many days are told only of enough cases."""
    step, owner = say(f"state.{each.state}"), owner_words(each.owner)
    if not each.is_told:
        return step, owner, f"<{LEAST}", "", ""
    return step, owner, each.cases, round(each.median, 1), round(each.p90, 1)


def _cells(each: Figure) -> list[Any]:
    step, owner, cases, *days = _values(each)
    return [step, owner, cases, *(format_decimal(value, "#,##0.0") if value != "" else "–" for value in days)]
