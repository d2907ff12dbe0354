"""What an edit changed, in words: each field with the value before and after, for who may see the case (AUD-02)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.documents.difference_words import answer
from compassionate.models import Case
from compassionate.questionnaires import Questionnaire
from compassionate.services.actors import Actor
from compassionate.services.auditing import Entry
from compassionate.services.cases import visible_cases
from compassionate.services.changes import opened
from compassionate.services.criteria import forms_of
from compassionate.services.facts import BEFORE_SUBMISSION, request_state
from compassionate.services.resubmission import Changed, changed_since_filed, changed_since_seen
from compassionate.web.past_values import dated
from compassionate.web.templating import language, say
from compassionate.words import has_words
from compassionate.workflow.rectifying import FILED

CODED = {
    "kind": "centre_kind",
    "committee": "committee_rule",
    "consent_kinds": "consent_kind",
    **{name: name for name in ("sex", "territory", "zone", "language", "programme", "application_status")},
    "visit_status": "visit_status",
}
FLAGS = {"y": "answer.yes", "True": "answer.yes", "False": "answer.no"}


def of_entries(session: Session, actor: Actor, entries: Sequence[Entry]) -> dict[int, list[str]]:
    """The lines of the rows of a page, by their place; those of a blocked case are not opened (LO 3/2018 art. 32)."""
    edits = [entry for entry in entries if entry.row.get("detail", {}).get("changed")]
    codes = {entry.row["case"] for entry in edits if entry.row["case"]}
    if not edits:
        return {}
    seen = set(session.scalars(visible_cases(actor).with_only_columns(Case.code).where(Case.code.in_(codes))))
    hidden = set(session.scalars(select(Case.code).where(Case.code.in_(codes - seen))))
    return {
        entry.seq: [say("changed.blocked")] if entry.row["case"] in hidden else lines(session, entry.row["detail"])
        for entry in edits
    }


def lines(session: Session, detail: Mapping[str, Any]) -> list[str]:
    """One line a field: what it is called, what it said, what it says; one that says so where the key is gone."""
    changes = opened(session, detail)
    if changes is None:
        return [say("changed.gone")]
    form = _form(session, detail) if changes else None
    return [_line(form, name, old, new) for name, (old, new) in changes.items()]


def since_seen(session: Session, case: Case, number: int) -> list[list[str]]:
    """What changed in a request since the management last saw it, as rows: field, before, now."""
    return _rows(session, changed_since_seen(session, case, number))


def since_filed(session: Session, case: Case, number: int) -> list[list[str]]:
    """What changed in a request at the agency, or on its way there again, since it was last given to it, as rows."""
    if request_state(case, number) not in (*FILED, *BEFORE_SUBMISSION):
        return []
    return _rows(session, changed_since_filed(session, case, number))


def _rows(session: Session, found: Iterable[Changed]) -> list[list[str]]:
    return [list(_pair(_form(session, each.detail), each.name, each.old, each.new)) for each in found]


def _form(session: Session, detail: Mapping[str, Any]) -> Questionnaire | None:
    return forms_of(session).get(detail["form"], detail["form_version"]) if "form" in detail else None


def _line(form: Questionnaire | None, name: str, old: Any, new: Any) -> str:
    field, before, after = _pair(form, name, old, new)
    return say("changed.pair", field=field, old=before, new=after)


def _pair(form: Questionnaire | None, name: str, old: Any, new: Any) -> tuple[str, str, str]:
    label, words = _field(name), _words
    if form is not None and form.has(name):
        label = form.item(name).text.said(language())

        def words(name: str, value: Any) -> str:
            return _answer(form, name, value)

    return label, words(name, old), words(name, new)


def _field(name: str) -> str:
    field, _, number = name.partition(".")
    label = say(f"changed_field.{field}") if has_words(f"changed_field.{field}") else field
    return say("changed.line", field=label, number=number) if number else label


def _words(name: str, value: Any) -> str:
    if value is None:
        return say("changed.nothing")
    if isinstance(value, list):
        return ", ".join(_words(name, each) for each in value)
    code = FLAGS.get(str(value)) or f"{CODED.get(name, name)}.{value}"
    return say(code) if has_words(code) else dated(name, value)


def _answer(form: Questionnaire, name: str, value: Any) -> str:
    return say("changed.nothing") if value is None else answer(form, name, value, language())
