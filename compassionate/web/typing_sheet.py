"""The transcription sheet as its pages draw it: fields with count, limit and tick, papers, and what follows."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.services import transcription as typing
from compassionate.services import typing_ticks
from compassionate.services.facts import request_state
from compassionate.services.paper_names import ToSend, papers_if_asked, papers_to_send
from compassionate.services.papers import titles_of
from compassionate.services.snapshots import snapshot
from compassionate.web.access import actor
from compassionate.web.downloads import size_words
from compassionate.web.editing import may
from compassionate.web.filed import filed
from compassionate.web.offers import offers, steps_of
from compassionate.web.request_pages import heading
from compassionate.web.review_pages import CHANGEABLE
from compassionate.web.templating import ago, day, exact, say

MARK, COPIED = "mark.", "copied"
PAPER = "paper."


def transcription(case: Case, number: int) -> dict[str, Any]:
    """The sheet: every field as plain text, the papers under their names, and where the number is written back."""
    head, state = heading(case, number), request_state(case, number)
    parts, papers = typing.sheet(db(), case, number), papers_to_send(db(), case, number)
    marks = _marks(case, parts, papers)
    texts = {each.id: each.text for part in parts for each in part.fields}
    held = typing_ticks.ticks(db(), actor(), case, number, marks, texts)
    fields = [_field(each, marks, held) for part in parts for each in part.fields]
    by_id = {each["id"]: each for each in fields}
    return head | {
        "parts": [_part(part, by_id) for part in parts],
        "order": typing.order(db(), case, number),
        "papers": [_paper(case, number, each, marks, held) for each in papers],
        "lacks_report": bool(papers) and papers[0].place > 1,
        "if_asked": [
            {"title": titles_of(db(), each)[0], "href": f"/expedientes/{case.code}/papeles/{each.id}"}
            for each in papers_if_asked(db(), case, number)
        ],
        "endorsed_on": _endorsed_on(case, number),
        "stale": [each for each in fields if each["stale"]],
        "over": [each for each in fields if each["over"]],
        "unverified": any(each["limit"] and not each["verified"] for each in fields),
        "done": sum(each["copied"] for each in fields),
        "total": sum(1 for each in fields if each["text"]),
        "may_tick": may(case, typing_ticks.SECTION, state),
        "filed": filed(db(), case, number),
        "state": state,
        "steps": offers(case, steps_of(case), ("submit",), head["instance"]),
        "is_final": state not in (*CHANGEABLE, "awaiting_endorsement"),
        "printed_at": exact(clock.now()),
    }


def _marks(case: Case, parts: tuple[typing.Part, ...], papers: tuple[ToSend, ...]) -> dict[str, str]:
    of_fields = {
        each.id: typing_ticks.mark_of(db(), case, each.id, each.text)
        for part in parts
        for each in part.fields
        if each.text
    }
    return of_fields | {f"{PAPER}{each.sha256[:24]}": each.sha256[: typing_ticks.MARK] for each in papers}


def _field(each: typing.Typed, marks: dict[str, str], held: dict[str, typing_ticks.Tick]) -> dict[str, Any]:
    tick = held.get(each.id)
    return {
        "id": each.id,
        "anchor": f"campo-{each.id.replace('.', '-')}",
        "label": each.label,
        "text": each.text,
        "count": len(each.text),
        "limit": each.limit,
        "verified": each.verified,
        "over": each.over,
        "mark": marks.get(each.id, ""),
        "copied": tick is not None and not tick.is_stale,
        "stale": say("typing_sheet.stale", when=ago(tick.at), at=exact(tick.at)) if tick and tick.is_stale else "",
    }


def _part(part: typing.Part, by_id: dict[str, dict[str, Any]]) -> dict[str, Any]:
    fields = [by_id[each.id] for each in part.fields]
    return {"letter": part.letter, "title": part.title, "line": part.line, "fields": fields}


def _paper(
    case: Case, number: int, paper: ToSend, marks: dict[str, str], held: dict[str, typing_ticks.Tick]
) -> dict[str, Any]:
    name = f"{PAPER}{paper.sha256[:24]}"
    return {
        "id": name,
        "name": paper.name,
        "title": paper.title or say("paper_to_send.dossier"),
        "size": size_words(paper.size),
        "bytes": paper.size,
        "sha256": paper.sha256,
        "mark": marks[name],
        "copied": name in held,
        "href": url_for("transcriptions.paper_to_send", code=case.code, number=number, place=paper.place),
    }


def _endorsed_on(case: Case, number: int) -> str:
    held = snapshot(db(), case, number).signature("endorsement")
    return day(clock.civil_date(held.at, case.centre.zone)) if held else ""


def save_ticks(case: Case, number: int) -> None:
    """Keep the ticks of the posted sheet, or of the one field that was posted."""
    shown = {name.removeprefix(MARK): mark for name, mark in request.form.items() if name.startswith(MARK)}
    parts, papers = typing.sheet(db(), case, number), papers_to_send(db(), case, number)
    known, copied = _marks(case, parts, papers), set(request.form.getlist(COPIED))
    typing_ticks.save(db(), actor(), case, number, shown, copied, known.keys(), clock.now())
