"""Keeping records: what is due and why, what is blocked, who destroys it; each act on a page that says what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import close_session, commit, db, foundation
from compassionate.models import Case, Centre, Tombstone
from compassionate.services import blocking, centres, purging, retention, shredding
from compassionate.services.actors import Actor
from compassionate.services.retention import Kept
from compassionate.web import reading
from compassionate.web.access import actor, administrators, roles
from compassionate.web.admin_forms import drawn, options, posted
from compassionate.web.filling import Failure, attempt, recovered_at, status_of
from compassionate.web.presenters import present_reasons
from compassionate.web.templating import day, exact, say
from compassionate.workflow import retention as rules
from compassionate.workflow.roles import Role

blueprint = Blueprint("retention", __name__)
PAGE = "/administracion/conservacion"
CASE = PAGE + "/expedientes/<code>"
keepers = roles(*retention.SEEN_BY)
TONES = {"due": "wait", "blocked": "neutral", "waiting": "wait", "proposed": "stop", "held": "info", "kept": "good"}
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a case: who may take it, where the case must stand, what the form asks, what does it."""

    roles: tuple[Role, ...]
    statuses: tuple[str, ...]
    do: Callable[[Session, Actor, Case, Given, datetime], object]
    fields: tuple[str, ...] = ()
    is_final: bool = False


ADM, DIR, AUD = Role.ADMINISTRATOR, Role.DIRECTOR, Role.AUDITOR
BLOCKED = ("blocked", "waiting", "proposed", "held")
ACTS = {
    "bloquear": Act((ADM,), ("due",), lambda s, a, c, g, now: blocking.block(s, a, c, now)),
    "abrir": Act(
        (AUD,),
        BLOCKED,
        lambda s, a, c, g, now: blocking.open_blocked(s, a, c.code, g, now),
        ("authority", "reason"),
    ),
    "proponer": Act((ADM,), ("waiting",), lambda s, a, c, g, now: purging.propose(s, a, c, now), is_final=True),
    "destruir": Act((ADM, DIR), ("proposed",), lambda s, a, c, g, now: purging.destroy(s, a, c, now), is_final=True),
    "rechazar": Act((ADM, DIR), ("proposed",), lambda s, a, c, g, now: purging.reject(s, a, c, now)),
    "desbloquear": Act((ADM,), BLOCKED, lambda s, a, c, g, now: blocking.unblock(s, a, c, _said(g), now), ("reason",)),
    "retener": Act(
        (ADM, AUD, DIR),
        ("open", "kept", "due", "blocked", "waiting", "proposed"),
        lambda s, a, c, g, now: blocking.put_hold(s, a, c, _said(g), now),
        ("reason",),
    ),
    "levantar": Act((ADM,), ("held",), lambda s, a, c, g, now: blocking.lift_hold(s, a, c, _said(g), now), ("reason",)),
    "fallecimiento": Act(
        (ADM,), ("kept", "due"), lambda s, a, c, g, now: blocking.record_death(s, a, c, g, now), ("died_on",)
    ),
}


def _said(given: Given) -> str:
    return str(given.get("reason") or "")


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
        return redirect(url_for("retention.show", code=_case(code).code), 303)
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
    code = {"text": each.case.code, "href": url_for("retention.show", code=each.case.code)}
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


@blueprint.get(CASE)
@keepers
def show(code: str) -> Any:
    """How long one case is kept, class by class, and what may be done about it now. Nothing about its patient."""
    stands = _kept(code)
    return render_template(
        "retention/show.html",
        case=stands.case,
        status=stands.status,
        tone=TONES.get(stands.status, "neutral"),
        terms=[_term(term) for term in stands.terms],
        facts=_facts(stands),
        acts=[name for name, act in ACTS.items() if _may(stands, act)],
    )


def _case(code: str) -> Case:
    case = retention.case_of(db(), actor(), code)
    reading.shows(case)
    return case


def _kept(code: str) -> Kept:
    return retention.kept(db(), _case(code), clock.now())


def _may(stands: Kept, act: Act) -> bool:
    blocked = act.statuses == BLOCKED and stands.case.blocked_at is None
    return (
        stands.status in act.statuses and not blocked and bool(actor().roles_at(stands.case.centre_id) & set(act.roles))
    )


def _term(term: rules.Term) -> list[Any]:
    years = gettext("%(years)d años", years=term.years) if term.years else gettext("Sin límite")
    counted = gettext("desde %(event)s", event=say(f"retention_event.{term.rule.counted_from}"))
    on = f"{counted} ({day(term.counted_on)})" if term.counted_on else counted
    until = day(term.until) if term.until else {"text": say(f"retention_why.{term.why}"), "tone": "wait"}
    return [say(f"retention_class.{term.record_class}"), {"text": years, "sub": on}, term.rule.legal_basis, until]


def _facts(stands: Kept) -> list[dict[str, Any]]:
    case, longest = stands.case, stands.longest
    until = day(longest.until) if longest and longest.until else gettext("Sin fecha")
    rows = [{"key": gettext("Se conserva hasta"), "value": until}]
    if case.blocked_at is not None:
        rows += [{"key": gettext("Bloqueado"), "value": exact(case.blocked_at)}]
        rows += [{"key": gettext("Destruible después del"), "value": day(stands.destroyable_on) or "–"}]
    if stands.row is not None and stands.row.held_at is not None:
        rows += [{"key": gettext("Retención legal desde"), "value": exact(stands.row.held_at)}]
    if stands.row is not None and stands.row.proposed_at is not None:
        rows += [{"key": gettext("Destrucción propuesta"), "value": exact(stands.row.proposed_at)}]
    return rows


@blueprint.get(CASE + "/<act>")
@keepers
def take(code: str, act: str) -> Any:
    """The form of one act: it says what it means."""
    held = ACTS.get(act)
    if held is None:
        raise NotFound
    case = _case(code)
    return _draw(case, act, held)


@blueprint.post(CASE + "/<act>")
@keepers
def do(code: str, act: str) -> Any:
    """Do it; a destroyed case is scoured from the files at once, where nobody is in the way."""
    held = ACTS.get(act)
    if held is None:
        raise NotFound
    case, given, now = _case(code), posted(), clock.now()
    failure = attempt(lambda: held.do(db(), actor(), case, given, now))
    if failure is not None:
        return _draw(_case(code), act, held, failure), status_of(failure)
    flash(say(f"retention_done.{act}"), "success")
    if act == "destruir":
        return _scoured(now)
    return redirect(f"/expedientes/{code}" if act == "abrir" else url_for("retention.show", code=code), 303)


def _scoured(now: datetime) -> Any:
    close_session()
    base = foundation()
    shredding.finish(base.session, lambda: base.session(write=True), now)
    return redirect(url_for("retention.index"), 303)


def _draw(case: Case, act: str, held: Act, failure: Failure | None = None) -> Any:
    reasons = present_reasons(failure.reasons, case.code, 0, case.centre.code) if failure else []
    return render_template(
        "retention/act.html",
        case=case,
        act=act,
        held=held,
        form=drawn(dict.fromkeys(held.fields, ""), failure),
        reasons=reasons,
        authorities=options("authority", blocking.AUTHORITIES),
        recovered=recovered_at(),
        longest=blocking.LONGEST_REASON,
    )


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
