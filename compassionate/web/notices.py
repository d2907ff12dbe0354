"""What I am told: a page of notices, read one by one or together; how they reach me by mail; my calendar's address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_login import current_user

from compassionate import clock
from compassionate.extensions import commit, db
from compassionate.services import calendar_feeds, noticeboard
from compassionate.services.notice_words import sentence
from compassionate.services.noticeboard import Told
from compassionate.web import reading
from compassionate.web.access import actor, readers
from compassionate.web.admin_forms import posted
from compassionate.web.filling import Failure, attempt, status_of, typed
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.templating import ago, exact, language, say
from compassionate.workflow.notices import HOW, KINDS, PAST, SAFETY

blueprint = Blueprint("notices", __name__)
TONES = {PAST: "stop", SAFETY: "stop", "near": "wait", "turn": "info"}


@blueprint.get("/avisos")
@readers
def index() -> Any:
    """What I am told, the newest first; the unread ones unless all are asked for."""
    every, after = request.args.get("who") == "all", request.args.get("after", "")
    rows, cursor = noticeboard.page(db(), actor(), after, only_unread=not every)
    reading.lists(*(told.code for told in rows))
    who = "all" if every else None
    return render_template(
        "notices/index.html",
        rows=[_row(told) for told in rows],
        every=every,
        newest=rows[0].notice.id if rows and not after else "",
        unread=noticeboard.unread(db(), actor()),
        next_url=url_for("notices.index", after=cursor, who=who) if cursor else "",
        first_url=url_for("notices.index", who=who) if after else "",
    )


def _row(told: Told) -> dict[str, Any]:
    notice = told.notice
    return {
        "id": notice.id,
        "code": told.code,
        "href": f"/expedientes/{told.code}",
        "kind": say(f"notice_kind.{notice.kind}"),
        "tone": TONES.get(notice.kind, "neutral"),
        "text": sentence(notice, language()),
        "state": say(f"state.{told.state}"),
        "when": ago(notice.at),
        "exact": exact(notice.at),
        "is_read": notice.read_at is not None,
    }


@blueprint.post("/avisos/<notice_id>/leido")
@readers
def read_one(notice_id: str) -> Any:
    """Mark one as read; from the link of its case, go on to the case."""
    told = noticeboard.read_one(db(), actor(), notice_id, clock.now())
    commit()
    goes_on = request.form.get("go") == "case"
    return redirect(f"/expedientes/{told.code}" if goes_on else url_for("notices.index"), 303)


@blueprint.post("/avisos/leidos")
@readers
def read_all() -> Any:
    """Mark as read all that was shown when the page was drawn, and what came before."""
    count = noticeboard.read_until(db(), actor(), request.form.get("newest", ""), clock.now())
    commit()
    flash(ngettext("%(num)d aviso leído.", "%(num)d avisos leídos.", count), "success")
    return redirect(url_for("notices.index"), 303)


@blueprint.route("/cuenta/avisos", methods=["GET", "POST"])
@readers
def choose() -> Any:
    """How each kind of notice goes by mail; in the application they are all told."""
    failure: Failure | None = None
    if request.method == "POST":
        given = posted()
        failure = attempt(lambda: noticeboard.choose(db(), actor(), given, clock.now()))
        if failure is None:
            flash(gettext("Guardado cómo quiere recibir los avisos."), "success")
            return redirect(url_for("notices.choose"), 303)
    return _draw(failure), status_of(failure)


def _draw(failure: Failure | None = None, address: str = "") -> str:
    errors, given = failure.errors if failure else (), typed() or {}
    held = noticeboard.choices(db(), actor())
    made = calendar_feeds.made_at(db(), actor())
    return render_template(
        "notices/choose.html",
        kinds=[
            {"name": kind, "text": say(f"notice_kind.{kind}"), "hint": say(f"notice_hint.{kind}"),
             "value": (given.get(kind) or [held[kind]])[0]}
            for kind in KINDS
        ],
        how=[(each, say(f"notice_mail.{each}")) for each in HOW],
        me=current_user.account,
        summary=present_errors(errors),
        errors=errors_by_field(errors),
        address=address,
        made=ago(made),
        made_exact=exact(made),
    )  # fmt: skip


@blueprint.post("/cuenta/calendario")
@readers
def make_calendar() -> Any:
    """A new secret address of my calendar, shown once; the one before stops working."""
    token = calendar_feeds.make(db(), actor(), clock.now())
    commit()
    return _draw(address=url_for("calendar_feed.show", token=token, _external=True))


@blueprint.post("/cuenta/calendario/quitar")
@readers
def revoke_calendar() -> Any:
    """Take the address away."""
    calendar_feeds.revoke(db(), actor(), clock.now())
    commit()
    flash(gettext("La dirección del calendario ya no funciona."), "success")
    return redirect(url_for("notices.choose"), 303)
