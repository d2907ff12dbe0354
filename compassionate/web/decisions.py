"""The agency's decisions as they arrived, with what each still owes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import select

from compassionate import clock
from compassionate.errors import NotFound
from compassionate.extensions import db
from compassionate.models import Case, Decision
from compassionate.models.vault import unseal
from compassionate.services.team import complete_decision
from compassionate.web.access import actor, readers
from compassionate.web.editing import may, who_may
from compassionate.web.filling import Failure, attempt, fill, recovered_at
from compassionate.web.framing import frame, load_case
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, say
from compassionate.web.uploads import takes_files, upload_sent
from compassionate.workflow.inputs import CHANNELS

blueprint = Blueprint("decisions", __name__)
TELEPHONE = "telephone"
Row = dict[str, str]


@blueprint.get("/expedientes/<code>/decision")
@readers
def index(code: str) -> Any:
    """Every decision on the requests of this case, the newest first."""
    case = load_case(code)
    return render_template(
        "cases/decisions.html",
        decisions=[_shown(case, row) for row in reversed(_decisions(case))],
        may_complete=may(case, "complete_decision"),
        who=who_may(case, "complete_decision"),
        **frame(case),
    )


@blueprint.get("/expedientes/<code>/decision/<decision_id>")
@readers
def show(code: str, decision_id: str) -> Any:
    """One decision, and the form for what it still owes."""
    return _page(load_case(code), decision_id)


@blueprint.post("/expedientes/<code>/decision/<decision_id>")
@readers
@takes_files
def complete(code: str, decision_id: str) -> Any:
    """Add the number that followed, or the writing that confirms a call (RD 1015/2009 art. 10.a)."""
    case = load_case(code)
    owed = _owed(_decision(case, decision_id))
    given = {name: request.form.get(name, "") for name in owed}
    if failure := attempt(lambda: _complete(case, decision_id, given)):
        return _page(load_case(code), decision_id, failure), failure.status
    flash(say("done.complete_decision"), "success")
    return redirect(f"/expedientes/{code}/decision", 303)


def _complete(case: Case, decision_id: str, given: dict[str, str]) -> None:
    complete_decision(db(), actor(), case, decision_id, given, clock.now(), upload_sent())


def _decisions(case: Case) -> list[Decision]:
    wanted = select(Decision).where(Decision.case_id == case.id).order_by(Decision.decided_on, Decision.id)
    return list(db().scalars(wanted))


def _decision(case: Case, decision_id: str) -> Decision:
    row = next((row for row in _decisions(case) if row.id == decision_id), None)
    if row is None:
        raise NotFound
    return row


def _owed(row: Decision) -> tuple[str, ...]:
    """The fields that a decision still lacks."""
    call = row.channel == TELEPHONE and row.written_on is None
    return (*(("reference",) if not row.reference else ()), *(("written_on", "channel") if call else ()))


def _page(case: Case, decision_id: str, failure: Failure | None = None) -> str:
    row = _decision(case, decision_id)
    owed = _owed(row)
    return render_template(
        "cases/decision.html",
        held=_shown(case, row),
        owed=owed,
        filled=fill(dict.fromkeys(owed, ""), case=case, failure=failure),
        channels=[(each, say(f"choice.channel.{each}")) for each in CHANNELS if each != TELEPHONE],
        may_complete=may(case, "complete_decision") and bool(owed),
        who=who_may(case, "complete_decision"),
        recovered=recovered_at(),
        **frame(case),
    )


def _shown(case: Case, row: Decision) -> dict[str, Any]:
    texts = unseal(db(), row, "texts", case.key_id) or {}
    return {
        "id": row.id,
        "title": say(f"outcome.{row.outcome}"),
        "tone": "good" if row.outcome == "authorised" else "done",
        "request": say("step_form.continuation", number=row.request_number) if row.request_number else "",
        "owed": [say(f"decision_owes.{name}") for name in _owed(row) if name != "channel"],
        "rows": [each for each in (*_arrival(case, row, texts), *_content(case, row, texts)) if each["value"]],
    }


def _arrival(case: Case, row: Decision, texts: dict[str, str]) -> list[Row]:
    """How it arrived: number, channel, days, paper."""
    rows = [
        _row("input.reference", row.reference),
        _row("input.channel", say(f"choice.channel.{row.channel}")),
        _row("input.sender", texts.get("sender", "")),
        _row("input.decided_on", day(row.decided_on)),
        _row("input.seen_on", day(row.seen_on)),
        _row("decision_page.written_on", day(row.written_on)),
    ]
    href = f"/expedientes/{case.code}/papeles/{row.paper_id}" if row.paper_id else ""
    paper = {"text": say("decision_page.paper"), "href": href}
    return [*rows, *([{"key": say("input.paper"), "value": paper}] if href else [])]  # type: ignore[list-item]


def _content(case: Case, row: Decision, texts: dict[str, str]) -> list[Row]:
    """What it says: packs, conditions and validity, or grounds and appeal."""
    lines = {line.number: line_words(line) for line in case.lines}
    if row.outcome == "denied":
        return [
            _row("input.grounds", ", ".join(say(f"grounds.{each}") for each in row.grounds)),
            _row("input.grounds_text", texts.get("grounds_text", "")),
            _row("input.appeal_named", say(f"choice.appeal_named.{row.appeal_named}")),
            _row("decision_page.without_hearing", say("answer.yes") if row.without_hearing else ""),
        ]
    sent = say("decision_page.forms_sent", on=day(row.forms_sent_on)) if row.forms_sent_on else ""
    owed = say("decision_page.forms_owed") if row.follow_up_forms else ""
    return [
        _row("input.packs_granted", "; ".join(f"{lines[each.line_number]}: {each.packs}" for each in row.packs)),
        _row("input.conditions", texts.get("conditions", "")),
        _row("input.valid_until", day(row.valid_until) or say("decision_page.no_end")),
        _row("decision_page.follow_up_forms", sent or owed),
    ]


def _row(label: str, value: str) -> Row:
    return {"key": say(label), "value": value}
