"""Cases: the list, the search that keeps identifiers out of addresses, and the page that answers first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask_login import current_user

from compassionate import clock
from compassionate.extensions import begin_writing, commit, db, reads_first
from compassionate.services import delays
from compassionate.services import views as saved_views
from compassionate.services.advance import possible
from compassionate.services.appeals import lapsed
from compassionate.services.case_lists import list_cases
from compassionate.services.facts import today_at
from compassionate.services.searching import search
from compassionate.web import case_list, drafts
from compassionate.web.access import actor, readers
from compassionate.web.appeal_view import appeals
from compassionate.web.case_page import regions, request_summary, team
from compassionate.web.due import delay_bars
from compassionate.web.framing import frame, load_case
from compassionate.web.hand_over_words import moved_words, waiting_words
from compassionate.web.limits import costly
from compassionate.web.next_step import ROLE, next_for, other_steps
from compassionate.web.state_picture import picture
from compassionate.web.views import view_link
from compassionate.workflow.permissions import SECTIONS, may_edit

blueprint = Blueprint("cases", __name__)
SEARCH = "/expedientes/buscar"


@blueprint.get("/expedientes")
@readers
def index() -> Any:
    """The dense list, by waiting time or by legal date; filters, order and place are in the address."""
    views = saved_views.of_person(db(), actor().account_id)
    first = next((each for each in views if each.is_default), None)
    if first is not None and not request.args:
        return redirect(case_list.Asked(first.filters).url())
    wanted, after = case_list.asked(request.args), request.args.get("after", "")
    found, cursor = list_cases(db(), actor(), wanted.filters(actor()), after=after, order=wanted.order)
    return render_template(
        "cases/index.html",
        asked=wanted,
        head=case_list.head(actor(), wanted),
        rows=case_list.rows(db(), actor(), found),
        choices=case_list.choices(db(), actor()),
        views=[view_link(each, wanted) for each in views],
        next_url=wanted.url(after=cursor) if cursor else "",
        first_url=wanted.url() if after else "",
        may_open=bool(actor().roles() & set(SECTIONS["open_case"].roles)),
    )


@blueprint.get(SEARCH)
@readers
def search_form() -> Any:
    """The search as a page of its own, for whoever has no header at hand."""
    typed = drafts.draft_fields(current_user.account)
    return render_template("cases/search.html", text=typed.get("q", "") if typed else "", rows=None)


@blueprint.post(SEARCH)
@readers
@reads_first
@costly("search", at_once=2, a_minute=60)
def find() -> Any:
    """Find by code, product or identifier: sent in a body, because an address is written down in many places."""
    text = request.form.get("q", "")
    found = search(db(), actor(), text)
    listed = case_list.rows(db(), actor(), found.rows)
    _forget_draft()
    if len(found.rows) == 1:
        return redirect(f"/expedientes/{found.rows[0].code}", 303)
    return render_template(
        "cases/search.html", text=text, head=case_list.head(actor()), rows=listed, more=found.more, search_value=text
    )


def _forget_draft() -> None:
    if drafts.draft_fields(current_user.account) is not None:
        begin_writing()
        drafts.drop(current_user.account, SEARCH)
        commit()


@blueprint.get("/expedientes/<code>")
@readers
def show(code: str) -> Any:
    """Where a case stands, whose turn, since when, what blocks, and the one thing that this person can do."""
    case = load_case(code)
    steps, roles = possible(db(), actor(), case, clock.now()), actor().roles_at(case.centre_id)
    next_step = next_for(case, steps, roles, lapsed(db(), case, today_at(case, clock.now())))
    shown = [next_step.goal_href] if next_step.blocks else []
    others = other_steps(case, steps, [*shown, next_step.primary["href"]] if next_step.primary else shown)
    mine = [step.name for step in steps if not any(each.code == ROLE for each in step.answer.reasons)]
    return render_template(
        "cases/show.html",
        next=next_step,
        others=others,
        picture=picture(db(), case, mine),
        regions=regions(case),
        appeals=appeals(db(), case),
        team=team(case),
        hand_over=waiting_words(case),
        moved=moved_words(case),
        may_change_team=may_edit("team", roles, case.state),
        summary=request_summary(db(), case),
        delays=delay_bars(delays.of_case(db(), case, clock.now())),
        read_only=not (others or next_step.primary or next_step.waits_outside),
        turn_of_somebody=bool(case.turn),
        **frame(case),
    )
