"""Forms of a case: what was typed comes first, and nothing of it is lost when a save fails.

A page is filled from what was typed before a log-in ran out, else from what is stored. A failed save redraws
the page with everything typed: wrong values (422), somebody saved first (409), not allowed any more (403).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, request
from flask_login import current_user

from compassionate.errors import Conflict, FieldError, Invalid, Reason, Refused
from compassionate.extensions import commit, db
from compassionate.models import Case, CaseEvent
from compassionate.services.edits import last_edit
from compassionate.web import drafts, reading
from compassionate.web.presenters import errors_by_field, present_errors
from compassionate.web.step_words import present
from compassionate.web.templating import ago, exact, say

OK, WRONG, TAKEN, FORBIDDEN = 200, 422, 409, 403


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was saved."""

    status: int
    errors: tuple[FieldError, ...] = ()
    reasons: tuple[Reason, ...] = ()


def status_of(failure: Failure | None) -> int:
    """The status of a page: that of the failure, 200 where nothing failed."""
    return failure.status if failure else OK


def attempt(act: Callable[[], object]) -> Failure | None:
    """Do it, forget the page's draft and commit; or undo everything and say why not."""
    try:
        act()
    except Invalid as error:
        failure = Failure(WRONG, errors=error.errors)
    except Conflict:
        failure = Failure(TAKEN)
    except Refused as error:
        reading.refused(error.reasons)
        failure = Failure(FORBIDDEN, reasons=error.reasons)
    else:
        drafts.drop(current_user.account, request.path)
        commit()
        return None
    db().rollback()
    return failure


def typed() -> dict[str, list[str]] | None:
    """What was typed into this page: just now, or before the log-in ran out; None for a page opened afresh."""
    if request.method == "POST":
        return {name: values for name, values in request.form.lists() if name not in drafts.NEVER_KEPT}
    kept = drafts.draft_fields(current_user.account)
    return dict(kept.lists()) if kept is not None else None


def seen() -> str | None:
    """The last edit that the posted page was drawn on; None where it does not say."""
    return request.form.get("version")


@dataclass(frozen=True, slots=True)
class Filled:
    """A small form as its page draws it: values, errors by field, and what somebody else stored meanwhile."""

    values: Mapping[str, Any]
    chosen: Mapping[str, list[str]]
    version: str = ""
    status: int = OK
    errors: tuple[dict[str, str], ...] = ()
    by_field: Mapping[str, str] | None = None
    stored: Mapping[str, str] | None = None
    meanwhile: str = ""
    reasons: tuple[dict[str, Any], ...] = ()

    def error(self, name: str) -> str:
        """What is wrong with a field."""
        return (self.by_field or {}).get(name, "")

    def beside(self, name: str) -> str:
        """What is stored in a field where that differs from what was typed."""
        return (self.stored or {}).get(name, "")


def fill(
    stored: Mapping[str, Any],
    *,
    case: Case | None = None,
    edit: str = "",
    instance: str = "",
    failure: Failure | None = None,
    words: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Filled:
    """A form filled with what was typed, else with what is stored.

    `edit` names the event whose last id the page carries; `words` say stored values that are codes; `labels` are
    the words of the fields, for the list of errors at the head of the page.
    """
    given = typed()
    event = last_edit(db(), case, edit, instance) if case is not None and edit else None
    shown = {name: _text(value) for name, value in stored.items()}
    if given is None:
        return Filled(shown, _lists(stored), version=event.id if event else "")
    values = shown | dict.fromkeys(shown, "") | {name: each[0] for name, each in given.items() if each}
    is_recovered = request.method == "GET"
    differs = {} if failure is None or failure.status != TAKEN else _differing(shown, values, words or {})
    if is_recovered:
        differs = _differing(shown, values, words or {}, only_filled=True)
    errors = failure.errors if failure else ()
    return Filled(
        values,
        {name: given.get(name, []) for name in {*stored, *given}},
        version=event.id if event else "",
        status=failure.status if failure else OK,
        errors=summary(errors, labels or {}),
        by_field=errors_by_field(errors),
        stored=differs,
        meanwhile=meanwhile(event) if failure and failure.status == TAKEN else "",
        reasons=tuple(present(case, failure.reasons)) if failure and case is not None else (),
    )


def summary(errors: Iterable[FieldError], labels: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """The errors at the head of a page, each with the words of its field: eight times "fill this in" helps nobody."""
    return tuple(
        {
            "text": f"{labels[error.field]}: {drawn['text']}" if error.field in labels else drawn["text"],
            "href": drawn["href"],
        }
        for error in errors
        for drawn in present_errors([error])
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _lists(stored: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        name: [str(each) for each in value] if isinstance(value, list) else [_text(value)]
        for name, value in stored.items()
    }


def _differing(
    shown: Mapping[str, str], values: Mapping[str, str], words: Mapping[str, str], only_filled: bool = False
) -> dict[str, str]:
    return {
        name: words.get(name) or value or say("filling.empty")
        for name, value in shown.items()
        if value.strip() != values.get(name, "").strip() and (value or not only_filled)
    }


def meanwhile(event: CaseEvent | None) -> str:
    """Who saved this page first, and when."""
    if event is None:
        return say("filling.meanwhile_unknown")
    return say("filling.meanwhile", who=event.by_name, when=ago(event.at), at=exact(event.at))


def recovered_at() -> datetime | None:
    """When what the page shows was typed, where it comes from before a log-in."""
    at: datetime | None = g.get("recovered_at")
    return at
