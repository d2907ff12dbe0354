"""Reasons and errors as sentences: one wording for pages, command line and API, in any language of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from compassionate.errors import FieldError, Reason
from compassionate.questionnaires import Phrase
from compassionate.words import has_words, say
from compassionate.workflow.forecast import Finding
from compassionate.workflow.publish import state_code
from compassionate.workflow.table import CASE

LISTS = {"roles": "role", "visits": "visit", "clocks": "clock", "criteria": "", "tests": "input"}
SINGLE = {"kind": "consent_kind", "region": "region", "section": "section"}


def _one(prefix: str, code: Any, language: str) -> str:
    named = f"{prefix}.{code}"
    return say(named, language) if prefix and has_words(named) else str(code)


def _shown(name: str, value: Any, params: Mapping[str, Any], language: str) -> Any:
    if name == "state":
        return say(state_code(str(params.get("region") or CASE), str(value)), language)
    if isinstance(value, Phrase):
        return value.said(language)
    if name in LISTS and not isinstance(value, str):
        return ", ".join(_one(LISTS[name], each, language) for each in value)
    if name in SINGLE:
        return _one(SINGLE[name], value, language)
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else value


def _params(params: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {name: _shown(name, value, params, language) for name, value in params.items()}


def reason_words(reason: Reason, language: str = "es") -> str:
    """The sentence of a reason, its codes put into words."""
    return say(f"reason.{reason.code}", language, **_params(reason.params, language))


def error_words(error: FieldError, language: str = "es") -> str:
    """The sentence of an error; a questionnaire's own errors carry their whole code."""
    code = f"error.{error.code}" if has_words(f"error.{error.code}") else error.code
    return say(code, language, **_params(error.params, language))


def days_words(days: int | None, language: str = "es") -> str:
    """How many days a decision took; empty where it is not known."""
    if days is None:
        return ""
    code = {0: "forecast.days_none", 1: "forecast.days_one"}.get(days, "forecast.days")
    return say(code, language, days=days)


def finding_words(finding: Finding, language: str = "es") -> str:
    """The sentence of what the agency may object to."""
    params = _params(finding.params, language)
    if "level" in params:
        params["level"] = say(f"forecast.level.{params['level'] or 'none'}", language)
    return say(f"forecast.finding.{finding.code}", language, **params)
