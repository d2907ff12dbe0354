"""Keeping one case: how long and why, and each act on it, on a page that says what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import close_session, db, foundation
from compassionate.models import Case
from compassionate.services import blocking, purging, retention, shredding
from compassionate.services.actors import Actor
from compassionate.services.retention import Kept
from compassionate.web import reading
from compassionate.web.access import actor, roles
from compassionate.web.admin_forms import drawn, options, posted
from compassionate.web.filling import Failure, attempt, recovered_at, status_of
from compassionate.web.presenters import present_reasons
from compassionate.web.templating import day, exact, say
from compassionate.workflow import retention as rules
from compassionate.workflow.roles import Role

blueprint = Blueprint("retention_case", __name__)
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


def shown_case(code: str) -> Case:
    """The case of that code where this person sees what is kept, put on record; raises NotFound."""
    case = retention.case_of(db(), actor(), code)
    reading.shows(case)
    return case


def _kept(code: str) -> Kept:
    return retention.kept(db(), shown_case(code), clock.now())


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


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound
    return ACTS[name]


@blueprint.get(CASE + "/<act>")
@keepers
def take(code: str, act: str) -> Any:
    """The form of one act: it says what it means."""
    held = _act(act)
    return _draw(shown_case(code), act, held)


@blueprint.post(CASE + "/<act>")
@keepers
def do(code: str, act: str) -> Any:
    """Do it; a destroyed case is scoured from the files at once, where nobody is in the way."""
    held = _act(act)
    case, given, now = shown_case(code), posted(), clock.now()
    failure = attempt(lambda: held.do(db(), actor(), case, given, now))
    if failure is not None:
        return _draw(shown_case(code), act, held, failure), status_of(failure)
    flash(say(f"retention_done.{act}"), "success")
    if act == "destruir":
        return _scoured(now)
    return redirect(f"/expedientes/{code}" if act == "abrir" else url_for("retention_case.show", code=code), 303)


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
