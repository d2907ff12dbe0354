"""The values of a recorded step in words: what stood in its form, as labelled rows of the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Account, Case, CaseEvent
from compassionate.services.advance import pathway_of
from compassionate.services.papers import titles_of
from compassionate.services.recording import inputs_of
from compassionate.services.snapshots import papers_of
from compassionate.web.step_fields import PERSONS
from compassionate.web.step_words import line_words
from compassionate.web.templating import day, exact, say
from compassionate.words import has_words
from compassionate.workflow.table import Input

Row = dict[str, str]
HASH = 16
CODES = {"clock": "clock", "copy": "document_copy", "channel": "choice.channel", "status": "visit_status"}


@dataclass(frozen=True, slots=True)
class Past:
    """What saying old values needs: the case, and its papers by id."""

    session: Session
    case: Case
    titles: Mapping[str, str]


def past(session: Session, case: Case) -> Past:
    """Everything that the history of a case is told with; one query, for the titles of its papers."""
    return Past(session, case, {row.id: titles_of(session, row)[0] for row in papers_of(session, case)})


def value_rows(held: Past, event: CaseEvent) -> list[Row]:
    """The values of an event, each with its label; empty ones are left out."""
    values = inputs_of(held.session, held.case, event)
    kinds = _inputs(held.case, event)
    ordered = [name for name in kinds if name in values] + [name for name in values if name not in kinds]
    said = [name for name in ordered if name in kinds or has_words(f"past_value.{name}")]  # codes are for the audit
    rows = [_row(held, event, name, values[name], kinds.get(name)) for name in said]
    return [row for row in rows if row["value"]]


def _inputs(case: Case, event: CaseEvent) -> dict[str, Input]:
    return {each.name: each for _, row in pathway_of(case).rows(event.name) for each in row.inputs}


def _row(held: Past, event: CaseEvent, name: str, value: Any, asked: Input | None) -> Row:
    label = say(f"input.{name}") if has_words(f"input.{name}") and asked else say(f"past_value.{name}")
    if name == "paper":
        words = held.titles.get(str(value), say("past_value.withdrawn_paper"))
        return (
            {"key": label, "value": words, "href": f"/expedientes/{held.case.code}/papeles/{value}"} if value else _no
        )
    return {"key": label, "value": _words(held, event, name, value, asked), "href": ""}


_no: Row = {"key": "", "value": "", "href": ""}


def _words(held: Past, event: CaseEvent, name: str, value: Any, asked: Input | None) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return say("answer.yes" if value else "answer.no")
    if asked is not None:
        return _said(held, asked, value)
    if name == "kind":
        return say(f"{'document_kind' if event.name == 'issue_document' else 'paper_kind'}.{value}")
    if isinstance(value, list):
        return ", ".join(say(f"past_field.{each}") if has_words(f"past_field.{each}") else str(each) for each in value)
    if name in CODES:
        return say(f"{CODES[name]}.{value}")
    return f"{str(value)[:HASH]}…" if name.endswith("sha256") else dated(name, value)


def _said(held: Past, asked: Input, value: Any) -> str:
    """A value of a step's form, by the kind of its input."""
    if asked.kind in ("choice", "choices"):
        chosen = [value] if isinstance(value, str) else value
        return ", ".join(say(f"choice.{asked.name}.{each}") for each in chosen)
    if asked.name in PERSONS:
        account = held.session.scalar(select(Account).where(Account.username == str(value).lower()))
        return account.name if account else str(value)
    lines = {str(line.number): line_words(line) for line in held.case.lines}
    if asked.kind == "packs":
        return "; ".join(f"{lines.get(number, number)}: {packs}" for number, packs in value.items())
    if asked.kind == "line":
        return lines.get(str(value), str(value))
    return dated(asked.name, value)


def dated(name: str, value: Any) -> str:
    """Dates and instants as people read them; anything else as it was written."""
    if not isinstance(value, str) or not (name.endswith(("_on", "_at", "until")) or name == "on"):
        return str(value)
    try:
        return exact(datetime.fromisoformat(value)) if "T" in value else day(date.fromisoformat(value))
    except ValueError:
        return value
