"""Handing over open work: cases that nobody answers for any more, and everything that one person has open."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Account
from compassionate.services import open_work, orphans
from compassionate.services.open_work import Item
from compassionate.web import reading
from compassionate.web.access import actor, roles
from compassionate.web.admin_forms import posted
from compassionate.web.due import turn_short
from compassionate.web.filling import Failure, attempt, recovered_at, status_of, typed
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import say

blueprint = Blueprint("open_work", __name__)
heads = roles(*orphans.HEADS)
BASE = "/administracion/relevos"


@blueprint.get(BASE)
@heads
def index() -> Any:
    """The cases whose physician or pharmacist can no longer act, and everybody who has cases open: who left first."""
    found = orphans.of_heads(db(), actor(), clock.now())
    listed = open_work.people(db(), actor())
    reading.lists(*(each.code for each in found))
    gone = {each.username for each in found}
    return render_template(
        "admin/orphans.html",
        rows=[[each.code, say(f"role.{each.role}"), each.name, each.asked or "–"] for each in found],
        people=[
            {"name": name, "href": url_for("open_work.person", username=username), "count": count}
            for username, name, count in sorted(listed, key=lambda each: each[0] not in gone)
        ],
    )


@blueprint.route(f"{BASE}/<username>", methods=["GET", "POST"])
@heads
def person(username: str) -> Any:
    """Everything that a person has open, and to whom it goes."""
    account = open_work.person_of(db(), actor(), username)
    failure: Failure | None = None
    if request.method == "POST":
        given, done = posted(), [0, 0]
        failure = attempt(
            lambda: done.__setitem__(slice(2), open_work.hand_over(db(), actor(), account, given, clock.now()))
        )
        if failure is None:
            _say(*done)
            return redirect(url_for("open_work.person", username=account.username), 303)
    return _draw(account, failure), status_of(failure)


def _say(given: int, waiting: int) -> None:
    if given:
        flash(ngettext("Entregado: %(num)d.", "Entregados: %(num)d.", given), "success")
    if waiting:
        words = ngettext("%(num)d propuesto: falta que acepte.", "%(num)d propuestos: falta que acepte.", waiting)
        flash(words, "success")


def _draw(account: Account, failure: Failure | None) -> str:
    work = open_work.work_of(db(), actor(), account)
    reading.lists(*(each.code for items in work.values() for each in items))
    given = typed() or {}
    kind = (given.get("kind") or [""])[0]
    errors = failure.errors if failure else ()
    return render_template(
        "admin/open_work.html",
        them=account,
        parts=[_part(account, name, items, given if name == kind else {}) for name, items in work.items() if items],
        kind=kind,
        summary=present_errors(errors),
        errors=errors_by_field(errors),
        refused=failure is not None and bool(failure.reasons),
        recovered=recovered_at(),
    )


def _part(account: Account, kind: str, items: list[Item], given: Any) -> dict[str, Any]:
    people = open_work.takers(db(), actor(), account, kind, clock.now())
    return {
        "kind": kind,
        "title": say(f"open_work.{kind}"),
        "hint": say(f"open_work_hint.{kind}"),
        "options": [{"value": each.id, "text": each.code, "hint": _hint(each)} for each in items],
        "ticked": given.get("item") or [each.id for each in items if not each.asked],
        "people": [(each.id, each.name) for each in people],
        "to": (given.get("to") or [""])[0],
        "reason": (given.get("reason") or [""])[0],
    }


def _hint(each: Item) -> str:
    asked = gettext("falta que acepte %(name)s", name=each.asked) if each.asked else ""
    turn = gettext("pendiente de %(turn)s", turn=turn_short(each.turn)) if each.turn else ""
    return " · ".join(part for part in (say(f"state.{each.state}"), turn, asked) if part)
