"""Keeping records: what is due and why, what is blocked, what was destroyed; what a hospital adds to the law."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import commit, db
from compassionate.models import Centre, Tombstone
from compassionate.services import blocking, centres, purging, retention
from compassionate.services.retention import Kept
from compassionate.web import reading
from compassionate.web.access import actor, administrators
from compassionate.web.admin_forms import drawn, posted
from compassionate.web.filling import Failure, attempt, recovered_at, status_of
from compassionate.web.retention_case import ADM, PAGE, TONES, keepers, shown_case
from compassionate.web.templating import day, exact, say
from compassionate.workflow import retention as rules

blueprint = Blueprint("retention", __name__)


@blueprint.get(PAGE)
@keepers
def index() -> Any:
    """What is due with its ground and date, what is blocked or held, and what was destroyed."""
    return _index()


def _index(failure: str = "", status: int = 200) -> Any:
    found = retention.listed(db(), actor(), clock.now())
    stones = purging.tombstones(db(), actor())
    return (
        render_template(
            "retention/index.html",
            rows=[{"cells": _cells(each)} for each in found],
            due=sum(each.status == "due" for each in found) if actor().centres(ADM) else 0,
            stones=[_stone(each) for each in stones],
            centres=_centres(),
            wrong=failure,
        ),
        status,
    )


@blueprint.post(PAGE)
@keepers
def find() -> Any:
    """The page of one case, by its code: sent in a body, as every search is."""
    code = str(posted().get("of") or "")
    try:
        return redirect(url_for("retention_case.show", code=shown_case(code).code), 303)
    except NotFound:
        return _index(gettext("No hay ningún expediente con ese código en sus centros. Escríbalo completo."), 422)


@blueprint.post(PAGE + "/bloquear")
@administrators
def block_due() -> Any:
    """Block every case whose terms have ended."""
    codes = blocking.block_due(db(), actor(), clock.now())
    commit()
    flash(gettext("Expedientes bloqueados: %(count)d.", count=len(codes)), "success")
    return redirect(url_for("retention.index"), 303)


def _centres() -> list[dict[str, Any]]:
    held = [each for each in centres.visible(db(), actor()) if each.id in actor().centres(*retention.SEEN_BY)]
    mine = actor().centres(ADM)
    return [{"code": each.code, "name": each.name, "unset": _unset(each), "mine": each.id in mine} for each in held]


def _unset(centre: Centre) -> list[str]:
    years = retention.hospital_years(centre).years
    return [
        say(f"retention_class.{name}")
        for name in rules.CLASSES
        if name not in years and not rules.is_verified(name, centre.territory)
    ]


def _cells(each: Kept) -> list[Any]:
    status = {"text": say(f"retention_status.{each.status}"), "tone": TONES.get(each.status, "neutral")}
    longest = each.longest
    until = day(longest.until) if longest and longest.until else "–"
    reading.lists(each.case.code)
    code = {"text": each.case.code, "href": url_for("retention_case.show", code=each.case.code)}
    ground = say(f"retention_ground.{longest.rule.id}") if longest else ""
    return [code, status, until, {"text": ground, "sub": longest.rule.legal_basis if longest else ""}, _blocked(each)]


def _blocked(each: Kept) -> Any:
    if each.case.blocked_at is None:
        return "–"
    after = day(each.destroyable_on) if each.destroyable_on else ""
    return {
        "text": exact(each.case.blocked_at),
        "sub": gettext("destruible después del %(day)s", day=after) if after else "",
    }


def _stone(row: Tombstone) -> list[Any]:
    gone = exact(row.scoured_at) if row.scoured_at else gettext("Limpieza de los ficheros pendiente")
    return [
        row.code,
        f"{day(row.opened_on)} – {day(row.closed_on)}",
        say(f"retention_ground.{row.ground}"),
        exact(row.purged_at),
        gone,
    ]


@blueprint.route(PAGE + "/centros/<code>", methods=["GET", "POST"])
@administrators
def years(code: str) -> Any:
    """What a hospital adds to the law: years a class, and how long a blocked case waits."""
    centre = centres.find(db(), actor(), code)
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: retention.set_years(db(), actor(), centre, given, clock.now()))
        if failure is None:
            flash(gettext("Años de conservación guardados."), "success")
            return redirect(url_for("retention.index"), 303)
        centre = centres.find(db(), actor(), code)
    form = drawn(retention.year_values(centre), failure)
    page = render_template(
        "retention/years.html", centre=centre, classes=_classes(centre), form=form, recovered=recovered_at()
    )
    return page, status_of(failure)


def _classes(centre: Centre) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": say(f"retention_class.{name}"),
            "least": rules.least_years(name, centre.territory),
            "verified": rules.is_verified(name, centre.territory),
        }
        for name in rules.CLASSES
    ]
