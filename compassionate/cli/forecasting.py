"""A forecast of a request as scripts and people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.paths import cure_url
from compassionate.services.forecasts import forecast_of
from compassionate.services.precedents import precedents
from compassionate.services.requests import the_request
from compassionate.services.wording import days_words, finding_words
from compassionate.words import say
from compassionate.workflow.forecast import Finding


def document(session: Session, case: Case, number: int, now: datetime) -> dict[str, Any]:
    """Findings, what is in order and earlier decisions; raises NotFound for a request that the case lacks."""
    the_request(case, number)
    found = forecast_of(session, case, number, now)
    return {
        "code": case.code,
        "request": number,
        "findings": [_finding(case, number, each) for each in found.findings],
        "good": list(found.good),
        "precedents": [asdict(each) for each in precedents(session, case)],
    }


def _finding(case: Case, number: int, finding: Finding) -> dict[str, str]:
    url = cure_url(finding.cure, case.code, number, case.centre.code)
    return {
        "code": finding.code,
        "severity": finding.severity,
        "text": finding_words(finding),
        "legal_basis": finding.ground,
        "source": say(f"forecast.source.{finding.source}") if finding.source else "",
        "who": finding.who,
        "cure_url": f"{url}#{finding.anchor}" if finding.anchor else url,
    }


def said(document: Mapping[str, Any]) -> list[str]:
    """The same for people: gravest first, then what is in order, then what was decided before."""
    lines = []
    for each in document["findings"]:
        lines.append(f"{say('forecast.severity.' + each['severity'])}: {each['text']} ({each['legal_basis']})")
        lines += [f"    {text}" for text in (each["source"], each["cure_url"]) if text]
    lines = lines or [say("forecast.nothing")]
    good = ", ".join(say(f"forecast.good.{subject}") for subject in document["good"])
    lines.append(say("forecast.good_line", subjects=good) if good else say("forecast.good_none"))
    lines += [_decided(each) for each in document["precedents"]]
    return lines if document["precedents"] else [*lines, say("forecast.no_precedents")]


def _decided(each: Mapping[str, Any]) -> str:
    grounds = ", ".join(say(f"grounds.{ground}") for ground in each["grounds"])
    parts = (
        f"{each['decided_on']:%d/%m/%Y}",
        each["code"],
        say(f"outcome.{each['outcome']}"),
        grounds,
        days_words(each["days"]),
    )
    return " · ".join(part for part in parts if part)
