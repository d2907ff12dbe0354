"""What the management sees before it signs, on one page: need, evidence, alternatives, cost, earlier decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from compassionate.models import Case
from compassionate.questionnaires import display
from compassionate.services import signature_states
from compassionate.services.binding import ENDORSEMENT, REPORT, content_of, signing
from compassionate.services.criteria import forms_of
from compassionate.services.precedents import precedents
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import AnswersSnapshot, CaseSnapshot, LineSnapshot
from compassionate.web.forecasting import forecast_shown, shown_precedents
from compassionate.web.signing import shown
from compassionate.web.templating import language, say

ENDORSE = "endorse"
NEED = (
    "diagnosis",
    "diagnosis_code",
    "stage",
    "disease_class",
    "disease_class_reason",
    "clinical_summary",
    "expected_benefit",
)
EVIDENCE = ("supporting_data", "trial_status", "trial_identifier", "trial_exclusion_reasons", "monitoring_plan")
TRIED = ("alternatives", "previous_treatments")
CENTS = 100


@dataclass(frozen=True, slots=True)
class Endorsement:
    """The sections of the page, as rows of words."""

    need: list[dict[str, str]]
    evidence: list[dict[str, str]]
    tried: list[list[str]]
    treatment: list[dict[str, str]]
    cost: list[list[Any]]
    total: str
    free: bool
    precedents: list[dict[str, Any]]
    papers: list[dict[str, str]]
    signed: list[dict[str, Any]]
    content_sha256: str
    forecast: dict[str, Any] | None


def endorsement(session: Session, case: Case, number: int) -> Endorsement:
    """Everything that an endorsement of a request rests on (RD 1015/2009 art. 8.1)."""
    held = snapshot(session, case, number)
    answers = [each for each in (held.eligibility, held.request.report) if each is not None]
    shown = _rows(session, answers)
    first = number == 0
    progress = [row for each in answers if each is held.request.report for row in _rows(session, [each]).values()]
    return Endorsement(
        need=_pick(shown, NEED) if first else [row for row in progress if row["value"]],
        evidence=_pick(shown, EVIDENCE) if first else [],
        tried=[row for name in TRIED for row in _tried(answers, name)] if first else [],
        treatment=_treatment(held),
        cost=[_cost(line) for line in held.lines],
        total=_total(held.lines),
        free=all(line.is_free for line in held.lines),
        precedents=shown_precedents(precedents(session, case)),
        papers=[_paper(case, each) for each in held.papers],
        signed=given(session, case, held),
        content_sha256=content_of(held, ENDORSEMENT),
        forecast=forecast_shown(case, number, held),
    )


def _rows(session: Session, answers: Iterable[AnswersSnapshot]) -> dict[str, dict[str, str]]:
    """Questions with their answers in words, by link id."""
    found: dict[str, dict[str, str]] = {}
    for held in answers:
        form = forms_of(session).get(held.form, held.form_version)
        for section in display(form, held.answers, language()):
            found |= {row.path: {"key": row.label, "value": row.text} for row in section.rows}
    return found


def _pick(rows: dict[str, dict[str, str]], wanted: Iterable[str]) -> list[dict[str, str]]:
    return [rows[name] for name in wanted if name in rows and rows[name]["value"]]


def _tried(answers: Iterable[AnswersSnapshot], name: str) -> list[list[str]]:
    """What was tried or ruled out, with what came of it."""
    rows = [row for held in answers for row in held.answers.get(name) or ()]
    what, came = ("alternative", ("reason",)) if name == "alternatives" else ("treatment", ("response", "why_stopped"))
    return [[row.get(what) or "", ". ".join(str(row[key]) for key in came if row.get(key))] for row in rows]


def _treatment(held: CaseSnapshot) -> list[dict[str, str]]:
    posology, weeks = held.request.posology, held.request.duration_weeks
    rows = [("request_kind", say(f"request_kind.{held.request.kind}"))]
    if posology is not None:
        rows += [("posology", ". ".join(part for part in (posology.dose, posology.schedule, posology.route) if part))]
    rows += [("duration", say("endorsement.weeks", weeks=weeks) if weeks else "")]
    rows += [("urgent", held.request.urgent_reason)] if held.request.urgent else []
    return [{"key": say(f"endorsement.{name}"), "value": value} for name, value in rows if value]


def _cents(line: LineSnapshot) -> int:
    return 0 if line.is_free else (line.price_cents or 0) * (line.packs_requested or 0)


def _cost(line: LineSnapshot) -> list[Any]:
    name = ", ".join(part for part in (line.strength, line.form) if part)
    if line.is_free:
        return [name, line.packs_requested or 0, say("endorsement.free"), _euros(0)]
    if line.price_cents is None:
        return [name, line.packs_requested or 0, say("endorsement.no_price"), "–"]
    return [name, line.packs_requested or 0, _euros(line.price_cents), _euros(_cents(line))]


def _total(lines: Iterable[LineSnapshot]) -> str:
    """What is known of the whole; where a price is missing, that it will be more."""
    charged = [line for line in lines if not line.is_free]
    known = sum(_cents(line) for line in charged)
    if all(line.price_cents is not None for line in charged):
        return _euros(known)
    return say("endorsement.more_than", known=_euros(known)) if known else say("endorsement.unknown")


def _euros(cents: int) -> str:
    """An amount as Spain writes it: 1.234,50 €."""
    whole, rest = divmod(cents, CENTS)
    return f"{whole:,}".replace(",", ".") + f",{rest:02d} €"


def _paper(case: Case, paper: Any) -> dict[str, str]:
    return {
        "title": paper.title,
        "kind": say(f"paper_kind.{paper.kind}"),
        "href": f"/expedientes/{case.code}/papeles/{paper.id}",
        "pages": gettext("1 página") if paper.pages == 1 else gettext("%(total)d páginas", total=paper.pages),
    }


def given(session: Session, case: Case, held: CaseSnapshot) -> list[dict[str, Any]]:
    """The last signature of each meaning under a request, and whether it stands."""
    found = (signature_states.state(session, case, signing(held, each), language()) for each in (REPORT, ENDORSEMENT))
    return [drawn for each in found if (drawn := shown(each))]
