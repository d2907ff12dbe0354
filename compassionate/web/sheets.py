"""One questionnaire on a page: drawn from what is stored or typed, posted, saved as far as it goes.

`shown` draws, `posted` reads and saves; both give a `Sheet`, which templates/questionnaires/fields.html draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from compassionate.extensions import db
from compassionate.models import Account, AnswerSet, Case
from compassionate.models.vault import unseal
from compassionate.questionnaires import Answers, ParsedAnswers, Questionnaire, form_values, parse_form
from compassionate.questionnaires.values import said
from compassionate.services import answers
from compassionate.web.drawing import Ink, Node, nodes
from compassionate.web.filling import OK, TAKEN, WRONG, Failure, attempt, typed
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.step_words import present
from compassionate.web.templating import ago, exact, language, say

Save = Callable[[Answers, int | None], object]
"""Saves the answers that a page was filled on, given the version that it was drawn on."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A questionnaire on its page. `saved` says that it was stored and the page may go on."""

    form: Questionnaire
    nodes: list[Node]
    version: int
    answers: Answers = field(default_factory=dict)
    status: int = OK
    saved: bool = False
    errors: list[dict[str, str]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    meanwhile: str = ""
    cleaned: list[str] = field(default_factory=list)


def stored_answers(case: Case, held: AnswerSet | None) -> Answers:
    """The answers of a set; none where there is no set."""
    found: Answers = unseal(db(), held, "answers", case.key_id) if held else {}
    return found


def shown(case: Case, name: str, subject: str = "", section: str = "") -> Sheet:
    """The page as it stands: what was typed before the log-in ran out, else what is stored."""
    kept = typed()
    if kept is None:
        return as_stored(case, name, subject, section)
    form, held = _form(case, name, subject)
    stored = stored_answers(case, held)
    parsed = parse_form(form, kept, stored, section)
    beside = _differing(form, stored, parsed, section)
    return _sheet(form, held, Ink(form, parsed.raw, parsed.answers, stored=beside), section)


def as_stored(case: Case, name: str, subject: str = "", section: str = "") -> Sheet:
    """The page with what is stored, whatever was posted: another form of the same page was sent, not this one."""
    form, held = _form(case, name, subject)
    stored = stored_answers(case, held)
    return _sheet(form, held, Ink(form, form_values(form, stored), stored), section)


def proposed(case: Case, name: str, given: Answers, subject: str = "") -> Sheet:
    """The page as it stands; where nothing is stored or was typed, filled with what the records propose."""
    form, held = _form(case, name, subject)
    if held is not None or typed() is not None:
        return shown(case, name, subject)
    return _sheet(form, None, Ink(form, form_values(form, given), given), "")


def posted(case: Case, name: str, save: Save, subject: str = "", section: str = "") -> Sheet:
    """Read a posted page and save it, unless it asked for one more row or one row less, or holds bad values."""
    form, held = _form(case, name, subject)
    stored = stored_answers(case, held)
    parsed = parse_form(form, typed() or {}, stored, section)
    if "_add" in request.form or "_remove" in request.form:
        return _redrawn(case, form, held, parsed, section, Failure(OK))
    if parsed.errors:
        return _redrawn(case, form, held, parsed, section, Failure(WRONG, errors=parsed.errors))
    version = _version()
    failure = attempt(lambda: save(parsed.answers, version))
    if failure is None:
        return Sheet(form, [], 0, parsed.answers, saved=True, cleaned=_labels(form, parsed.cleaned))
    return _redrawn(case, form, answers.find(db(), case, name, subject), parsed, section, failure)


def _form(case: Case, name: str, subject: str) -> tuple[Questionnaire, AnswerSet | None]:
    return answers.form_for(db(), case, name, subject), answers.find(db(), case, name, subject)


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _redrawn(
    case: Case, form: Questionnaire, held: AnswerSet | None, parsed: ParsedAnswers, section: str, failure: Failure
) -> Sheet:
    is_taken = failure.status == TAKEN
    beside = _differing(form, stored_answers(case, held), parsed, section) if is_taken else {}
    ink = Ink(form, parsed.raw, parsed.answers, errors_by_field(failure.errors), beside, parsed.added)
    version = held.version if held else 0
    if not is_taken and (drawn_on := _version()) is not None:
        version = drawn_on  # a page redrawn for another reason has still not seen what was saved since
    return Sheet(
        form,
        nodes(ink, section),
        version,
        parsed.answers,
        failure.status,
        errors=present_errors(failure.errors),
        reasons=present(case, failure.reasons),
        meanwhile=_meanwhile(held) if is_taken else "",
        cleaned=_labels(form, parsed.cleaned),
    )


def _sheet(form: Questionnaire, held: AnswerSet | None, ink: Ink, section: str) -> Sheet:
    return Sheet(form, nodes(ink, section), held.version if held else 0, ink.answers)


def _meanwhile(held: AnswerSet | None) -> str:
    if held is None:
        return say("filling.meanwhile_unknown")
    account = db().get(Account, held.saved_by_id)
    who = account.name if account else ""
    return say("filling.meanwhile", who=who, when=ago(held.saved_at), at=exact(held.saved_at))


def _labels(form: Questionnaire, paths: Iterable[str]) -> list[str]:
    return [say("answer.cleaned", label=form.label(path, language())) for path in paths]


def _differing(form: Questionnaire, stored: Answers, parsed: ParsedAnswers, section: str) -> dict[str, str]:
    """By field, what is stored where it differs from what was typed, in words."""
    held = form_values(form, stored)
    inside = {item.link_id for item in form.item(section).walk()} if section else None
    paths = [path for path in {**held, **parsed.raw} if inside is None or path.split(".")[0] in inside]
    return {path: _words(form, path, held) for path in paths if held.get(path, []) != _tidy(parsed.raw.get(path, []))}


def _tidy(values: list[str]) -> list[str]:
    return [value for value in values if value]


def _words(form: Questionnaire, path: str, held: Mapping[str, list[str]]) -> str:
    item = form.item(path.rsplit(".", 1)[-1])
    values = held.get(path, [])
    if not values:
        return say("filling.empty")
    if item.options:
        return said(item, values, language())
    return ", ".join({"true": say("answer.yes"), "false": say("answer.no")}.get(value, value) for value in values)
