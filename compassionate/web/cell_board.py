"""The board of the cell unit: exceptions first, then what is overdue, today, and the two weeks to come."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template
from flask_babel import format_date

from compassionate import clock
from compassionate.extensions import db
from compassionate.paths import step_url
from compassionate.services.cell_board import READERS, Board, Line, board
from compassionate.web import reading
from compassionate.web.access import actor, roles
from compassionate.web.case_list import case_link
from compassionate.web.desk import Section, Sitting, columns, link, standing
from compassionate.web.templating import ago, day, exact, say
from compassionate.workflow.roles import Role

blueprint = Blueprint("cell_board", __name__)
PAGE = "/celulas"
HEAD = ("case", "patient", "todo", "who", "state", "until")
TONES = {"hold": "stop", "excursion": "stop", "late_test": "wait", "failed": "stop"}


@blueprint.get(PAGE)
@roles(*READERS)
def index() -> Any:
    """What is to be done with cells at this person's centres."""
    held = board(db(), actor().centres(*READERS), clock.now())
    every = [*held.exceptions, *held.overdue, *held.undated, *(line for _, lines in held.days for line in lines)]
    reading.lists(*(line.row.code for line in every))
    return render_template("cell_board/index.html", **shown(held))


def shown(held: Board) -> dict[str, Any]:
    """The board as its page draws it."""
    return {
        "head": [say(f"cell_board.column.{name}") for name in HEAD],
        "exceptions": _lines(held.exceptions),
        "overdue": _lines(held.overdue, "stop"),
        "days": [_day(held, on, lines) for on, lines in held.days],
        "undated": _lines(held.undated),
        "later": held.later,
        "is_cut": held.is_cut,
        "figures": [
            {
                "text": say("cell_board.exceptions"),
                "figure": len(held.exceptions),
                "tone": "stop" if held.exceptions else "",
            },
            {"text": say("cell_board.overdue"), "figure": len(held.overdue), "tone": "stop" if held.overdue else ""},
            {"text": say("cell_board.today"), "figure": sum(len(lines) for on, lines in held.days if on == held.today)},
            {"text": say("cell_board.cultures"), "figure": held.cultures},
        ],
    }


def _day(held: Board, on: date, lines: tuple[Line, ...]) -> dict[str, Any]:
    taken = sum(line.state == "procurement_scheduled" for line in lines)
    words = say("cell_board.slots", taken=taken, slots=held.slots) if held.slots else ""
    return {
        "title": f"{format_date(on, 'EEEE d MMMM')} · {ago(on)}",
        "id": on.isoformat(),
        "slots": words if taken or on == held.today else "",
        "full": bool(held.slots) and taken > held.slots,
        "rows": _lines(lines),
    }


def _lines(lines: Any, tone: str = "") -> list[dict[str, Any]]:
    return [{"cells": _cells(line), "tone": tone or TONES.get(line.exception, "")} for line in lines]


def _cells(line: Line) -> list[Any]:
    said = (
        {"text": say(f"cell_board.{line.exception}"), "tone": TONES[line.exception]} if line.exception else _state(line)
    )
    who = ", ".join(say(f"turn_short.{role.value}") for role in line.due.who)
    return [case_link(line.row), line.patient, todo(line), who, said, _until(line)]


def todo(line: Line) -> Any:
    """What to do, as a link to the step for who may take it, else to the cells of the case."""
    words = say(f"step.{line.due.step}")
    if line.test:
        words = f"{words}: {line.test}"
    mine = bool(actor().roles_at(line.centre_id) & set(line.due.who))
    href = step_url(line.row.code, line.due.step) if mine else f"/expedientes/{line.row.code}/celulas"
    return link(words, href, line.row)


def _state(line: Line) -> dict[str, Any]:
    if line.exception:
        return {"text": say(f"cell_board.{line.exception}"), "tone": TONES[line.exception]}
    words = say(f"region_state.cells.{line.state}")
    more = [say("cell_board.culture_day", day=line.culture_day)] if line.culture_day else []
    more += [say("cell_board.attempt", number=line.attempt)] if line.attempt > 1 else []
    return {"text": words, "sub": " · ".join(more)}


def _until(line: Line) -> Any:
    """The hour from which nothing is implanted, else the day on which it was due."""
    if line.expires_at is not None and line.state in ("released", "dispatched", "received", "identity_verified"):
        return {"text": say("cell_board.expires"), "sub": exact(line.expires_at)}
    return {"text": ago(line.on), "exact": day(line.on), "iso": line.on.isoformat()} if line.on else ""


def sections(sitting: Sitting, role: Role) -> list[Section]:
    """The same for a first screen: exceptions, what is overdue and today's, as far as this role acts."""
    held = board(sitting.session, sitting.centres(role), clock.now())
    now = [line for on, lines in held.days if on == held.today for line in lines]
    parts = (
        ("cells_exceptions", held.exceptions),
        ("cells_overdue", held.overdue),
        ("cells_today", (*now, *held.undated)),
    )
    return [_section(name, [line for line in lines if role in line.due.who]) for name, lines in parts]


def _section(name: str, lines: list[Line]) -> Section:
    head = columns("todo", "state", "turn", "since", "due", "delay")
    rows = [
        {
            "cells": [case_link(line.row), line.row.product, todo(line), _cells(line)[4], *standing(line.row)],
            "tone": TONES.get(line.exception, "stop" if name == "cells_overdue" else ""),
        }
        for line in lines
    ]
    return Section(name, head, rows, found=tuple(line.row for line in lines))
