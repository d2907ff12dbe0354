"""Calendars as administrators keep them: days by place and year, added, taken back, compared with the journal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select

from compassionate import clock
from compassionate.deadlines.calendars import CHECKED_YEARS
from compassionate.deadlines.explaining import place_words
from compassionate.extensions import alone, db
from compassionate.models import Case, Centre, Clock, ClockMove
from compassionate.services import calendar_entries
from compassionate.services.calendar_entries import Entry, YearOf
from compassionate.services.recounting import Run
from compassionate.web import reading
from compassionate.web.access import actor, administrators
from compassionate.web.admin import today
from compassionate.web.admin_forms import drawn, options, posted
from compassionate.web.filling import Failure, attempt, recovered_at, status_of
from compassionate.web.templating import ago, day, exact, language, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("admin_calendars", __name__)
RECENT, MOST_MOVES = timedelta(days=7), 50
TONES = {"package": "neutral", "off": "info", "works": "wait"}


@blueprint.get("/administracion/calendarios")
@administrators
def index() -> Any:
    """The places whose days count for these centres, this year and the next, and what moved of late."""
    rows = [_place(where) for where in calendar_entries.places(db(), actor())]
    unsaid = calendar_entries.towns_unsaid(db(), actor())
    return render_template("admin/calendars.html", rows=rows, years=_years(), unsaid=unsaid, moves=_moves())


def _years() -> tuple[int, int]:
    return today().year, today().year + 1


def _place(where: str) -> list[Any]:
    held = [calendar_entries.year_of(db(), actor(), where, year) for year in _years()]
    return [_name(where), *(_state(each) for each in held)]


def _name(where: str) -> str:
    """A place at the head of a line."""
    name = place_words(where, language())
    return name[:1].upper() + name[1:]


def _state(held: YearOf) -> dict[str, Any]:
    """How a place and year stands, as a link to its days."""
    href = url_for("admin_calendars.year", year=held.year, where=held.place)
    total = ngettext("%(num)d festivo", "%(num)d festivos", sum(each.kind != "works" for each in held.days))
    words = say(f"calendar_lacks.{held.lacks}") if held.lacks else total
    return {"text": words, "href": href, "sub": _trust(held), "hidden": f"{place_words(held.place)} {held.year}"}


def _trust(held: YearOf) -> str:
    if held.source:
        return str(gettext("comprobado: %(source)s", source=held.source))
    checked = not held.is_town and held.year in CHECKED_YEARS
    return str(gettext("comprobado por el paquete de festivos")) if checked else ""


@blueprint.get("/administracion/calendarios/<int:year>/<path:where>")
@administrators
def year(year: int, where: str) -> Any:
    """The days of one place and year."""
    held = calendar_entries.year_of(db(), actor(), where, year)
    return render_template(
        "admin/calendar_year.html",
        held=held,
        name=_name(where),
        rows=[_day(held, each) for each in held.days],
        told=_told(held),
        moves=_moves(),
    )


def _told(held: YearOf) -> str:
    """How far the year may be trusted, in a sentence."""
    if held.source:
        words = gettext(
            "Comprobado con %(source)s por %(who)s, %(when)s.", source=held.source, who=held.by, when=ago(held.at)
        )
    elif held.lacks == "local":
        words = gettext("No consta ninguna fiesta local: los plazos de este municipio pueden acabar más tarde.")
    elif held.lacks:
        words = gettext("Provisional: nadie ha comparado este año con el diario oficial.")
    else:
        words = "" if held.is_town else gettext("Comprobado por el paquete de festivos con los diarios oficiales.")
    return str(words)


def _day(held: YearOf, each: Entry) -> list[Any]:
    kind = {"text": say(f"calendar_entry.{each.kind}"), "tone": TONES[each.kind]}
    source = f"{each.source} ({each.by})" if each.source else gettext("Paquete de festivos")
    if each.id:
        act, href = gettext("Quitar"), url_for("admin_calendars.remove", day_id=each.id)
    else:
        act = gettext("Marcar como laborable")
        href = url_for("admin_calendars.add", year=held.year, where=held.place, kind="works", day=day(each.on))
    return [day(each.on), each.name, kind, source, {"text": act, "href": href, "hidden": day(each.on)}]


@blueprint.route("/administracion/calendarios/<int:year>/anadir/<path:where>", methods=["GET", "POST"])
@administrators
@alone
def add(year: int, where: str) -> Any:
    """Enter days, one or many at once."""
    failure: Failure | None = None
    calendar_entries.require_place(db(), actor(), where, year)
    if request.method == "POST":
        found, given = Run(), posted()
        failure = attempt(
            lambda: _into(found, calendar_entries.add_days(db(), actor(), where, year, given, clock.now()))
        )
        if failure is None:
            return _saved(found, year, where)
    asked = {"kind": request.args.get("kind", "off"), "days": request.args.get("day", "")[:10], "source": ""}
    form = drawn(asked, failure)
    kinds = options("calendar_kind", calendar_entries.KINDS if "/" not in where else ("off",))
    return _page("admin/calendar_add.html", year, where, form=form, kinds=kinds), status_of(failure)


@blueprint.route("/administracion/calendarios/<int:year>/comprobar/<path:where>", methods=["GET", "POST"])
@administrators
@alone
def confirm(year: int, where: str) -> Any:
    """State that the year was compared with the official journal, or take that back."""
    failure: Failure | None = None
    held = calendar_entries.year_of(db(), actor(), where, year)
    if request.method == "POST":
        found, given = Run(), posted()
        failure = attempt(lambda: _into(found, _compared(where, year, given)))
        if failure is None:
            return _saved(found, year, where)
    form = drawn({"source": held.source}, failure)
    return _page("admin/calendar_confirm.html", year, where, form=form, held=held), status_of(failure)


def _compared(place: str, year: int, given: dict[str, Any]) -> Run:
    if given.get("act") == "withdraw":
        return calendar_entries.withdraw_year(db(), actor(), place, year, clock.now())
    return calendar_entries.confirm_year(db(), actor(), place, year, given, clock.now())


@blueprint.route("/administracion/calendarios/dias/<day_id>/quitar", methods=["GET", "POST"])
@administrators
@alone
def remove(day_id: str) -> Any:
    """Take back a day that was entered."""
    row = calendar_entries.day_named(db(), actor(), day_id)
    place, year, found = row.place, row.on.year, Run()
    failure: Failure | None = None
    if request.method == "POST":
        failure = attempt(lambda: _into(found, calendar_entries.remove_day(db(), actor(), day_id, clock.now())))
        if failure is None:
            return _saved(found, year, place)
    return _page("admin/calendar_remove.html", year, place, on=day(row.on), what=row.name), status_of(failure)


def _page(template: str, year: int, place: str, **more: Any) -> str:
    back = url_for("admin_calendars.year", year=year, where=place)
    return render_template(template, year=year, name=_name(place), back=back, recovered=recovered_at(), **more)


def _into(found: Run, made: Run) -> None:
    found.looked_at, found.moved = made.looked_at, made.moved


def _saved(found: Run, year: int, place: str) -> Any:
    """Say at once how many open clocks moved; which ones, on the page that follows."""
    moved = ngettext("Se ha movido %(num)d plazo abierto.", "Se han movido %(num)d plazos abiertos.", len(found.moved))
    flash(
        f"{gettext('Calendario guardado.')} {moved if found.moved else gettext('Ningún plazo abierto se mueve.')}",
        "success",
    )
    return redirect(url_for("admin_calendars.year", year=year, where=place), 303)


def _moves() -> list[list[Any]]:
    """The open clocks of this administrator's centres that calendars moved of late."""
    wanted = (
        select(ClockMove, Clock.clock, Case.code)
        .join(Clock, ClockMove.clock_id == Clock.id)
        .join(Case, Clock.case_id == Case.id)
        .join(Centre, Case.centre_id == Centre.id)
        .where(
            ClockMove.why.in_(("calendar", "centre")), ClockMove.at >= clock.now() - RECENT, Case.blocked_at.is_(None)
        )
        .where(Centre.id.in_(actor().centres(Role.ADMINISTRATOR)))
        .order_by(ClockMove.at.desc(), ClockMove.id)
        .limit(MOST_MOVES)
    )
    rows = db().execute(wanted).all()
    if rows:
        reading.lists(*(code for _, _, code in rows))
    return [
        [
            code,
            say(f"clock.{name}"),
            day(each.before_on),
            day(each.after_on),
            {"text": ago(each.at), "exact": exact(each.at)},
        ]
        for each, name, code in rows
    ]


def notice() -> list[dict[str, str]]:
    """On the first screens of an administrator: of which places days are missing (TIM-03)."""
    if Role.ADMINISTRATOR not in actor().roles():
        return []
    years = _years() if today().month == 12 else _years()[:1]
    rows = calendar_entries.lacking(db(), actor(), years)
    unsaid = calendar_entries.towns_unsaid(db(), actor())
    named = [f"{say(f'calendar_lacks.{row.lacks}')}: {place_words(row.place, language())} {row.year}" for row in rows]
    named += [gettext("El centro %(code)s no dice su municipio", code=code) for code in unsaid]
    if not named:
        return []
    text, href = say("outage.calendars.text", which="; ".join(named)), url_for("admin_calendars.index")
    act = gettext("Ver los calendarios")
    return [{"title": say("outage.calendars.title"), "text": text, "kind": "warning", "href": href, "act": act}]
