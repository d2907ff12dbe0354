"""A physician's patients as cards: the next thing that I must do for each, and what follows."""

from __future__ import annotations

from datetime import date
from typing import Any

from compassionate.models import Cover
from compassionate.paths import step_url
from compassionate.services import paperwork, worklists
from compassionate.services.worklists import SOON, WorkRow
from compassionate.web import reading, recalls_owed, urgent_filings
from compassionate.web.case_list import state_tag
from compassionate.web.desk import Desk, Sitting, case_url, visits
from compassionate.web.presenters import turn_words
from compassionate.web.state_picture import way_ahead
from compassionate.web.templating import ago, day, say
from compassionate.workflow import engine
from compassionate.workflow.roles import Role

Next = tuple[str, str]  # words and address
Beside = dict[tuple[str, str], str]
PAGES = {
    "draft": "",
    "screening": "/requisitos",
    "preparing": "/solicitudes/0",
    "correction_requested": "",
    "deceased": "/plazos",
}
STEPS = {
    "refusal_notified": "file_representations",
    "in_treatment": "record_dose",
    "interrupted": "resume_treatment",
}


def of_physician(sitting: Sitting) -> Desk:
    """My patients: those that wait for me first."""
    rows = worklists.of_physician(sitting.session, sitting.centres(Role.PHYSICIAN), sitting.actor.account_id)
    hurried = urgent_filings.section(sitting, Role.PHYSICIAN)
    sections = [*recalls_owed.section(sitting, Role.PHYSICIAN), *hurried, visits(sitting, Role.PHYSICIAN)]
    outcomes = {"text": say("desk_link.outcomes"), "href": "/resultados"}
    return Desk(Role.PHYSICIAN, sections, _cards(sitting, rows), links=[outcomes])


def instead_of(sitting: Sitting, cover: Cover, words: str, key: str) -> Desk:
    """The patients of a colleague for whom one stands in: what is shown is what one's own role may see and do."""
    if cover.role != Role.PHYSICIAN:
        return Desk(Role(cover.role), stead=words, key=key)
    rows = worklists.of_physician(sitting.session, (cover.centre_id,), cover.account_id)
    due = visits(sitting, Role.PHYSICIAN, cover=cover)
    return Desk(Role.PHYSICIAN, [due], _cards(sitting, rows) or None, stead=words, key=key)


def _cards(sitting: Sitting, rows: list[WorkRow]) -> list[dict[str, Any]]:
    beside = paperwork.region_states(sitting.session, rows)
    planned = paperwork.next_visits(sitting.session, rows)
    return [_card(row, beside[row.id], planned.get(row.id), sitting.today) for row in rows]


def _card(row: WorkRow, beside: Beside, visit: tuple[str, date | None] | None, today: date) -> dict[str, Any]:
    tag = state_tag(row)
    reading.lists(row.code)
    words, href = _next(row, beside, visit, today)
    card = {
        "code": row.code,
        "href": case_url(row),
        "product": row.product,
        "state": tag["text"],
        "tone": tag["tone"],
        "next": words or say("todo.waits_for", turn=turn_words(row.turn), since=ago(row.since_at)),
        "next_href": href,
        "then": _then(row),
    }
    if visit and visit[1] and row.state in worklists.VISITED:
        card |= {"due": say("todo.visit", visit=say(f"visit.{visit[0]}"), on=ago(visit[1])), "due_exact": day(visit[1])}
    return card


def _next(row: WorkRow, beside: Beside, visit: tuple[str, date | None] | None, today: date) -> Next:
    """What the physician must do next; no words where the case waits for somebody else."""
    if not {"physician", "opener"} & set(row.turn):
        return "", ""
    if row.state == "authorised":
        return _before_treatment(row, beside)
    if row.state in worklists.VISITED and visit and visit[1] and visit[1] <= today + SOON:
        return say("todo.record_visit", visit=say(f"visit.{visit[0]}")), case_url(row, f"/seguimiento/{visit[0]}")
    if row.state == "in_follow_up":
        return say("todo.in_follow_up"), case_url(row, "/seguimiento")
    href = step_url(row.code, STEPS[row.state]) if row.state in STEPS else case_url(row, PAGES.get(row.state, ""))
    return say(f"todo.physician.{row.state}"), href


def _before_treatment(row: WorkRow, beside: Beside) -> Next:
    """Consent first; then the first dose, once there is something to give."""
    if any(state != "signed" for (kind, _), state in beside.items() if kind == "consent"):
        return say("todo.consent"), case_url(row, "/consentimientos")
    if any(state == "released" for (kind, _), state in beside.items() if kind == "supply"):
        return say("todo.first_dose"), step_url(row.code, "start_treatment")
    return say("todo.no_stock"), ""


def _then(row: WorkRow) -> str:
    ahead = way_ahead(engine.pathway(row.pathway, row.pathway_version).case, row.state)
    return say(f"state.{ahead[0]}") if ahead else ""
