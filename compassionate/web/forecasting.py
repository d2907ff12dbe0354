"""What a page shows of a forecast: each finding with its ground and its field, what is in order, earlier decisions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compassionate import clock
from compassionate.extensions import db
from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.services.forecasts import forecast_of, is_unsent
from compassionate.services.precedents import Precedent
from compassionate.services.snapshots import report_form
from compassionate.services.wording import days_words, finding_words
from compassionate.snapshot import CaseSnapshot
from compassionate.web.reports import question_url
from compassionate.web.templating import basis_words, day, language, say
from compassionate.workflow.forecast import CORRECTION, REFUSAL, WEAK, Finding

TONES = {REFUSAL: "stop", CORRECTION: "wait", WEAK: "neutral"}


def forecast_shown(case: Case, number: int, held: CaseSnapshot | None = None) -> dict[str, Any] | None:
    """The forecast of a request that is still inside the hospital, gravest first; None once it is sent."""
    if not is_unsent(case, number):
        return None
    found = forecast_of(db(), case, number, clock.now(), held)
    return {
        "findings": [_finding(case, number, finding) for finding in found.findings],
        "good": _good(found.good),
    }


def _good(subjects: Iterable[str]) -> str:
    listed = ", ".join(say(f"forecast.good.{subject}") for subject in subjects)
    return say("forecast.good_line", subjects=listed) if listed else say("forecast.good_none")


def _finding(case: Case, number: int, finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "text": finding_words(finding, language()),
        "severity": say(f"forecast.severity.{finding.severity}"),
        "tone": TONES[finding.severity],
        "legal_basis": basis_words(finding.ground),
        "source": say(f"forecast.source.{finding.source}") if finding.source else "",
        "who": say(f"role.{finding.who}"),
        "cure_url": field_url(case, number, finding.cure, finding.anchor),
        "cure": say(f"cure.{finding.cure}"),
    }


def field_url(case: Case, number: int, cure: str, anchor: str) -> str:
    """The page of a field, at that field."""
    if cure == "report" and anchor:
        return question_url(case, number, report_form(number), anchor)
    url = cure_url(cure, case.code, number, case.centre.code)
    return f"{url}#{anchor}" if anchor else url


def shown_precedents(held: Iterable[Precedent]) -> list[dict[str, Any]]:
    """Earlier decisions: outcome with its grounds, packs, days that it took, where that case stands today."""
    return [_precedent(each) for each in held]


def _precedent(each: Precedent) -> dict[str, Any]:
    grounds = ", ".join(say(f"grounds.{ground}") for ground in each.grounds)
    return {
        "code": each.code,
        "on": day(each.decided_on),
        "outcome": say(f"outcome.{each.outcome}") + (f": {grounds}" if grounds else ""),
        "packs": each.packs or "–",
        "days": days_words(each.days, language()) or "–",
        "state": say(f"state.{each.state}"),
    }
