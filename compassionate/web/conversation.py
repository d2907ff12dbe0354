"""The conversation about a case: what was asked of whom, what was answered, what is still open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.models.base import new_id
from compassionate.paths import cure_url
from compassionate.services import conversation, idempotency
from compassionate.services.conversation import ABOUT, LIMIT, SECTION, TO_ROLES, Said, Thread
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at, status_of
from compassionate.web.framing import frame, load_case
from compassionate.web.templating import ago, exact, say

blueprint = Blueprint("conversation", __name__)
BASE = "/expedientes/<code>/conversacion"
FIELDS = ("to", "about", "text")
TONES = {"waiting": "wait", "answered": "good", "closed": "done"}


@blueprint.get(BASE)
@readers
def index(code: str) -> Any:
    """The open questions of a case (`?ver=cerradas`: the closed ones), and the form that asks."""
    return _list(load_case(code))


@blueprint.post(BASE)
@readers
def ask(code: str) -> Any:
    """Ask a role of the centre or somebody of the case's team."""
    case = load_case(code)
    asked = {name: request.form.get(name, "") for name in FIELDS}
    failure = _once(code, "ask_question", lambda: conversation.ask(db(), actor(), case, asked, clock.now()))
    return (_list(load_case(code), failure), failure.status) if failure else redirect(_url(code), 303)


@blueprint.get(f"{BASE}/<question_id>")
@readers
def show(code: str, question_id: str) -> Any:
    """One question with its answers, and the form that answers."""
    return _one(load_case(code), question_id)


@blueprint.post(f"{BASE}/<question_id>")
@readers
def answer(code: str, question_id: str) -> Any:
    """Answer, or ask further."""
    case, text = load_case(code), request.form.get("text", "")
    act = lambda: conversation.answer(db(), actor(), case, question_id, text, clock.now())  # noqa: E731
    if failure := _once(code, "answer_question", act):
        return _one(load_case(code), question_id, failure), failure.status
    return redirect(f"{_url(code)}/{question_id}", 303)


@blueprint.post(f"{BASE}/<question_id>/cerrar")
@readers
def close(code: str, question_id: str) -> Any:
    """Close a question: nothing more is waited for."""
    case = load_case(code)
    act = lambda: conversation.close(db(), actor(), case, question_id, clock.now())  # noqa: E731
    if failure := _once(code, "close_question", act):
        return _one(load_case(code), question_id, failure), failure.status
    return redirect(_url(code), 303)


def _url(code: str) -> str:
    return f"/expedientes/{code}/conversacion"


def _once(code: str, step: str, act: Callable[[], object]) -> Failure | None:
    """Do it and say so; a form that was sent before is not done again (CON-04)."""
    key = request.form.get("idempotency_key", "")
    if idempotency.result_of(db(), actor(), key):
        return None

    def remembered() -> None:
        act()
        idempotency.remember(db(), actor(), key, _url(code), clock.now())

    failure = attempt(remembered)
    if failure is None:
        flash(say(f"done.{step}"), "success")
    return failure


def _list(case: Case, failure: Failure | None = None) -> str:
    closed = request.args.get("ver") == "cerradas"
    about = request.args.get("sobre", "")
    about = about if about in ABOUT else ""
    found, cursor = conversation.threads(db(), case, closed, request.args.get("after", ""), about)
    labels = {name: say(f"conversation.{name}") for name in FIELDS}
    asked = {"to": "", "about": about, "text": ""}
    return render_template(
        "cases/conversation.html",
        threads=[_shown(case, each) for each in found],
        closed=closed,
        next_url=_page_url(case, closed, about, after=cursor) if cursor else "",
        other_url=_page_url(case, not closed, about),
        about=say(f"about.{about}") if about else "",
        filled=fill(asked, case=case, failure=failure, labels=labels),
        choices=_choices(case),
        **_page(case),
    )


def _page_url(case: Case, closed: bool, about: str, **more: str) -> str:
    asked = ({"ver": "cerradas"} if closed else {}) | ({"sobre": about} if about else {}) | more
    return f"{_url(case.code)}?{urlencode(asked)}" if asked else _url(case.code)


def _one(case: Case, question_id: str, failure: Failure | None = None) -> str:
    row = conversation.one(db(), case, question_id)
    return render_template(
        "cases/question.html",
        thread=_shown(case, conversation.thread(db(), case, row)),
        filled=fill({"text": ""}, case=case, failure=failure, labels={"text": say("conversation.answer")}),
        may_close=may(case, SECTION) and conversation.may_close(actor(), case, row),
        status=status_of(failure),
        **_page(case),
    )


def _page(case: Case) -> dict[str, Any]:
    return {
        "may_talk": may(case, SECTION),
        "who": who_may(case, SECTION),
        "key": new_id(),
        "limit": LIMIT,
        "recovered": recovered_at(),
    } | frame(case)


def _choices(case: Case) -> dict[str, list[tuple[str, str]]]:
    people = [(f"person:{each.id}", each.name) for each in conversation.team(case).values()]
    roles = [(f"role:{role.value}", say(f"role.{role.value}")) for role in TO_ROLES]
    return {"to": [*roles, *people], "about": [(name, say(f"about.{name}")) for name in ABOUT]}


def _shown(case: Case, held: Thread) -> dict[str, Any]:
    row = held.row
    return {
        "href": f"{_url(case.code)}/{row.id}",
        "to": row.to.name if row.to else say(f"role.{row.to_role}"),
        "about": say(f"about.{row.about}") if row.about else "",
        "about_href": cure_url(row.about, case.code) if row.about else "",
        "status": say(f"conversation.{held.status}"),
        "tone": TONES[held.status],
        "closed": row.closed_at is not None,
        "asked": _said(held.asked),
        "answers": [_said(each) for each in held.answers],
    }


def _said(held: Said) -> dict[str, str]:
    role = say(f"role.{held.role}") if held.role else ""
    return {
        "text": held.text,
        "who": f"{held.by} ({role})" if role else held.by,
        "when": ago(held.at),
        "exact": exact(held.at),
    }
