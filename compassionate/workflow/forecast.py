"""What the agency may object to in a request before it is sent: findings, each with its ground and its place.

A forecast never blocks and is never a score. It reads what the request says (RD 1015/2009 art. 2.1, 5-8, 12)
and says what usually stops such a request; guards.py alone refuses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from compassionate.workflow import evidence
from compassionate.workflow.eligibility import UNDER_INVESTIGATION, Advice, advise
from compassionate.workflow.guards import DISEASE_CLASSES

REFUSAL, CORRECTION, WEAK = "refusal", "correction", "weak"
SEVERITIES = (REFUSAL, CORRECTION, WEAK)
USUAL_AGE_DAYS = 365  # of papers: habit, not law, so each centre sets its own
SHORTEST_REASON = 20  # characters in which an alternative can be said to be explained at all
EXHAUSTING = ("tried", "contraindicated")
SINGLE_DOSE = re.compile(r"(?i)dosis [uú]nica|[uú]nica dosis|una sola|single|una vez(?! (?:al|cada|a la|por))")
# Published experience, see words `forecast.source`: why a hospital's committee refused 20 of 51 requests.
NOT_EXHAUSTED, WEAK_EVIDENCE = "not_exhausted", "weak_evidence"


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One presentation as it is asked for: packs, and the daily units and days that they were counted from."""

    number: int
    units_per_pack: int = 1
    packs: int | None = None
    units_a_day: Decimal | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a forecast reads of one request, as of `today`; dates are civil dates of the centre."""

    today: date
    number: int = 0
    eligibility: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    schedule: str = ""
    duration_weeks: int | None = None
    lines: tuple[AskedLine, ...] = ()
    trial_number: str = ""
    application_status: str = ""
    evidence_on: tuple[date, ...] = ()
    agreement: str = "not_needed"
    agreement_on: date | None = None
    agreement_papers: int = 0
    willing_on: date | None = None
    willing_papers: int = 0
    oldest_days: int = USUAL_AGE_DAYS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the agency may object to: how gravely, on which ground, who mends it and on which field."""

    code: str
    severity: str
    ground: str
    who: str
    cure: str
    anchor: str = ""
    source: str = ""
    params: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def subject(self) -> str:
        """What it is about: the part of its code before the dot."""
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every finding, gravest first, and the subjects against which nothing was found."""

    findings: tuple[Finding, ...]
    good: tuple[str, ...]


Found = Iterator[Finding]


def _written(rows: Any, name: str) -> list[Mapping[str, Any]]:
    return [row for row in rows or () if str(row.get(name) or "").strip()]


Params = dict[str, Any]


def _physician(
    code: str, severity: str, ground: str, anchor: str, cure: str = "eligibility", *, source: str = "", **params: Any
) -> Finding:
    return Finding(code, severity, ground, "physician", cure, anchor, source, params)


def _pharmacist(
    code: str, severity: str, ground: str, cure: str, anchor: str = "", *, params: Params | None = None
) -> Finding:
    return Finding(code, severity, ground, "pharmacist", cure, anchor, "", params or {})


def _disease(held: Material) -> Found:
    """The class of the disease and why it is that in this patient (art. 2.1)."""
    ground = "RD 1015/2009 art. 2.1"
    if held.eligibility.get("disease_class") not in DISEASE_CLASSES:
        yield _physician("disease.class_missing", REFUSAL, ground, "disease_class")
    elif not str(held.eligibility.get("disease_class_reason") or "").strip():
        yield _physician("disease.reason_missing", CORRECTION, ground, "disease_class_reason")


def _alternatives(held: Material) -> Found:
    """Authorised alternatives tried or ruled out, each with its reason (art. 2.1, 8.1.a)."""
    ground, rows = "RD 1015/2009 art. 2.1, 8.1.a", _written(held.eligibility.get("alternatives"), "reason")
    if not rows:
        yield _physician("alternatives.none", REFUSAL, ground, "alternatives", source=NOT_EXHAUSTED)
    elif not any(row.get("considered_how") in EXHAUSTING for row in rows):
        yield _physician(
            "alternatives.not_exhausted", REFUSAL, ground, "alternatives", source=NOT_EXHAUSTED, count=len(rows)
        )
    elif max(len(str(row["reason"]).strip()) for row in rows) < SHORTEST_REASON:
        yield _physician(
            "alternatives.unexplained", WEAK, ground, "alternatives", source=NOT_EXHAUSTED, least=SHORTEST_REASON
        )
    if not _written(held.report.get("previous_treatments"), "treatment"):
        yield _physician("alternatives.no_history", CORRECTION, ground, "previous_treatments", "report")


def _evidence(held: Material) -> Found:
    """Data that support the use (art. 8.1.a): how many publications are given, and of what kind."""
    text, ground = str(held.report.get("supporting_data") or ""), "RD 1015/2009 art. 8.1.a"
    named, level = evidence.references(text), evidence.level(text)
    given: Params = {"source": WEAK_EVIDENCE, "named": named, "papers": len(held.evidence_on), "level": level}
    if not named and not held.evidence_on:
        yield _physician("evidence.none", REFUSAL, ground, "supporting_data", "report", **given)
    elif not level:
        yield _physician("evidence.level_not_stated", WEAK, ground, "supporting_data", "report", **given)
    elif level not in evidence.STRONG:
        yield _physician("evidence.low_level", WEAK, ground, "supporting_data", "report", **given)
    elif named + len(held.evidence_on) == 1:
        yield _physician("evidence.single", WEAK, ground, "supporting_data", "report", **given)


def _trial(held: Material) -> Found:
    """Why this patient cannot enter a trial (art. 8.1.a); an open trial never refuses by itself."""
    ground, checked = "RD 1015/2009 art. 8.1.a", _written(held.eligibility.get("trials_checked"), "trial_reason")
    if not str(held.eligibility.get("trial_exclusion_reasons") or "").strip() and not checked:
        yield _physician("trial.reasons_missing", CORRECTION, ground, "trial_exclusion_reasons")
    elif held.eligibility.get("trial_status") == "trial_ongoing" and not checked:
        yield _physician("trial.none_checked", WEAK, ground, "trials_checked")


def _product(held: Material) -> Found:
    """In clinical trials or under application (art. 2.1); a number is worth having and never demanded."""
    ground, status = "RD 1015/2009 art. 2.1", held.eligibility.get("trial_status")
    known = held.trial_number or held.application_status
    named = str(held.eligibility.get("trial_identifier") or "").strip()
    if status not in UNDER_INVESTIGATION and known:
        yield _physician("product.answer_contradicts", CORRECTION, ground, "trial_status", known=known)
    elif status not in UNDER_INVESTIGATION:
        yield _physician("product.not_under_investigation", REFUSAL, ground, "trial_status")
    elif not known and not named:
        yield _physician(f"product.{status}_not_named", WEAK, ground, "trial_identifier")


ROUTE_FIELDS = {
    "research": "purpose_is_care",
    "atu_exists": "atu_exists",
    "same_hospital": "same_institution",
    "authorised_here": "authorised_in_spain",
    "authorised_abroad": "authorised_abroad",
    "alternative_exists": "satisfactory_alternative_exists",
}


def _route(held: Material) -> Found:
    """Answers that speak for another legal route (the router's advice, see eligibility.py)."""
    for advice in advise(held.eligibility):
        if advice.code in ROUTE_FIELDS:
            yield _elsewhere(advice)


def _elsewhere(advice: Advice) -> Finding:
    return _physician(f"route.{advice.code}", REFUSAL, advice.legal_basis, ROUTE_FIELDS[advice.code])


def _duration(held: Material) -> Found:
    """The expected duration (art. 8.1.a, 11.1.a)."""
    if not held.duration_weeks:
        ground = "RD 1015/2009 art. 8.1.a, 11.1.a"
        yield _physician("duration.missing", CORRECTION, ground, "duration_weeks", "posology")


def _packs(held: Material) -> Found:
    """Packs that follow from posology and duration: units a day x days / units a pack, rounded up (art. 8.1.c)."""
    asked = [line for line in held.lines if held.number == 0 or line.packs]
    for line in asked:
        code = _wrong_packs(held, line)
        if code:
            severity = WEAK if code in ("not_calculated", "shorter") else CORRECTION
            params = {"line": line.number, "packs": line.packs, "needed": needed(line), "days": line.days}
            params["treatment"] = (held.duration_weeks or 0) * 7
            field_id = f"units_a_day.{line.number}"
            yield _pharmacist(f"packs.{code}", severity, "RD 1015/2009 art. 8.1.c", "packs", field_id, params=params)


def _wrong_packs(held: Material, line: AskedLine) -> str:
    if not line.packs:
        return "missing"
    if line.units_a_day is None or line.days is None:
        return "not_calculated"
    if needed(line) != line.packs:
        return "do_not_match"
    if not held.duration_weeks or line.days == held.duration_weeks * 7:
        return ""
    if line.days > held.duration_weeks * 7:
        return "longer"
    return "" if SINGLE_DOSE.search(held.schedule) else "shorter"


def needed(line: AskedLine) -> int | None:
    """Whole packs that the daily units over the days come to; None where they were not given."""
    if line.units_a_day is None or line.days is None:
        return None
    return -(-math.ceil(line.units_a_day * line.days) // line.units_per_pack)


def _is_old(on: date | None, held: Material) -> bool:
    return on is not None and (held.today - on).days > held.oldest_days


def _papers(held: Material) -> Found:
    """The supporting documents that go with the report (art. 8.1.a), there and not too old."""
    ground, newest = "RD 1015/2009 art. 8.1.a", max(held.evidence_on, default=None)
    if newest is None:
        yield _pharmacist("papers.evidence_missing", CORRECTION, ground, "papers")
    elif _is_old(newest, held):
        params = {"on": newest, "days": held.oldest_days}
        yield _pharmacist("papers.evidence_old", WEAK, "Ajuste del centro", "papers", params=params)


def _sponsor(held: Material) -> Found:
    """The sponsor's willingness (art. 7.1) and, where asked, its agreement to this patient (art. 8.1.b, 12.c)."""
    ground, days = "RD 1015/2009 art. 8.1.b, 12.c", held.oldest_days
    if held.agreement == "refused":
        yield _pharmacist("sponsor.refused", REFUSAL, ground, "sponsor")
    elif held.agreement == "given" and not held.agreement_papers:
        yield _pharmacist("sponsor.agreement_paper_missing", CORRECTION, ground, "papers")
    elif held.agreement == "given" and _is_old(held.agreement_on, held):
        params: Params = {"on": held.agreement_on, "days": days}
        yield _pharmacist("sponsor.agreement_old", WEAK, "Ajuste del centro", "sponsor", params=params)
    if held.willing_on is not None and not held.willing_papers:
        yield _pharmacist("sponsor.willingness_paper_missing", WEAK, "RD 1015/2009 art. 7.1", "sponsor", "paper")
    elif _is_old(held.willing_on, held):
        params = {"on": held.willing_on, "days": days}
        yield _pharmacist("sponsor.willingness_old", WEAK, "Ajuste del centro", "sponsor", "willing_on", params=params)


def _progress(held: Material) -> Found:
    """What a continuation says of the treatment so far (art. 8.1.a, 11.1.d)."""
    response = held.report.get("response")
    if response in ("progression", "not_assessable"):
        yield _physician(f"progress.{response}", WEAK, "RD 1015/2009 art. 8.1.a, 11.1.d", "response", "report")


Rule = Callable[[Material], Found]
OF_EVERY: Mapping[str, Rule] = {"duration": _duration, "packs": _packs, "sponsor": _sponsor}
OF_FIRST: Mapping[str, Rule] = {
    "disease": _disease,
    "alternatives": _alternatives,
    "evidence": _evidence,
    "trial": _trial,
    "product": _product,
    "route": _route,
    "papers": _papers,
    **OF_EVERY,
}
OF_CONTINUATION: Mapping[str, Rule] = {"progress": _progress, **OF_EVERY}


def forecast(held: Material) -> Forecast:
    """What may be objected to and what speaks for the request; the same material gives the same forecast."""
    rules = OF_CONTINUATION if held.number else OF_FIRST
    found = {subject: tuple(rule(held)) for subject, rule in rules.items()}
    listed = [finding for findings in found.values() for finding in findings]
    ordered = sorted(listed, key=lambda each: SEVERITIES.index(each.severity))
    return Forecast(tuple(ordered), tuple(subject for subject, findings in found.items() if not findings))
