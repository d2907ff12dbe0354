"""From codes to what templates draw: reasons, errors, lists. Words come from the catalogue, never from here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compassionate.errors import FieldError, Reason
from compassionate.paths import cure_url
from compassionate.services.wording import error_words, reason_words
from compassionate.web.templating import basis_words, language, say

TONES = {"neutral": "neutral", "waiting": "wait", "urgent": "stop", "good": "good", "bad": "done", "info": "info"}


def present_reason(reason: Reason, case: str, number: int = 0, centre: str = "") -> dict[str, Any]:
    """One reason: its sentence, its legal basis, who must act and the link that cures it."""
    return {
        "code": reason.code,
        "text": reason_words(reason, language()),
        "legal_basis": basis_words(reason.legal_basis),
        "who": say(f"role.{reason.who}") if reason.who else "",
        "cure_url": cure_url(reason.cure, case, number, centre),
    }


def present_reasons(reasons: Iterable[Reason], case: str, number: int = 0, centre: str = "") -> list[dict[str, Any]]:
    """Every reason, in order, each once."""
    return list(
        {str(each): each for reason in reasons for each in [present_reason(reason, case, number, centre)]}.values()
    )


def error_text(error: FieldError) -> str:
    """The sentence of one error."""
    return error_words(error, language())


def present_errors(errors: Iterable[FieldError]) -> list[dict[str, str]]:
    """Errors for the summary at the head of a form: each with the link to its field."""
    return [{"text": error_text(error), "href": f"#{error.field}"} for error in errors]


def errors_by_field(errors: Iterable[FieldError]) -> dict[str, str]:
    """The first sentence of each field."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(error.field, error_text(error))
    return found


def tone(state_tone: str) -> str:
    """The tone of a tag for the tone of a state."""
    return TONES.get(state_tone, "neutral")


def turn_words(turn: Iterable[str]) -> str:
    """Whose turn it is, in words."""
    return ", ".join(say(f"turn.{who}") for who in turn) or say("turn.nobody")
