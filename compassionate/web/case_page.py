"""What the case page shows below its first answer: the request in short, what runs beside it, the people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.models import Case, Posology
from compassionate.models.vault import unseal
from compassionate.paths import cure_url
from compassionate.services import ledger
from compassionate.services.facts import request_of
from compassionate.web.landing import OF_REGIONS
from compassionate.web.step_words import instance_words, line_words, state_tone, state_words
from compassionate.web.templating import ago, day, exact, say


def regions(case: Case) -> list[dict[str, Any]]:
    """What runs beside the case: where each stands, since when, and the tab where it is handled."""
    return [
        {
            "title": say(f"region.{row.kind}"),
            "which": instance_words(case, row.kind, row.instance),
            "state": state_words(row.kind, row.state),
            "tone": state_tone(case, row.kind, row.state),
            "since": ago(row.since_at),
            "exact": exact(row.since_at),
            "href": cure_url(OF_REGIONS[row.kind], case.code, _number(row.kind, row.instance)),
        }
        for row in case.regions
    ]


def _number(kind: str, instance: str) -> int:
    return int(instance.rpartition("-")[2]) if kind == "continuation" else 0


def team(case: Case) -> list[dict[str, str]]:
    """Who is responsible."""
    people = (("physician", case.physician), ("pharmacist", case.pharmacist), ("opener", case.opened_by))
    return [
        {
            "key": say(f"case_page.{key}") if key == "opener" else say(f"role.{key}"),
            "value": account.name if account else say("case_page.nobody"),
        }
        for key, account in people
    ]


def request_summary(session: Session, case: Case) -> list[dict[str, str]]:
    """The first request in five lines; what it lacks reads as missing."""
    request, posology = request_of(case, 0), _posology(session, case)
    weeks = say("endorsement.weeks", weeks=request.duration_weeks) if request and request.duration_weeks else ""
    rows = [
        ("product", f"{case.product.name} ({case.product.sponsor.name})"),
        ("posology", ". ".join(part for part in (posology.get("dose", ""), posology.get("schedule", "")) if part)),
        ("duration", weeks),
        ("packs", _packs(session, case)),
    ]
    if request and request.submitted_at:
        words = say("case_page.submitted_as", on=day(request.submitted_at.date()), reference=request.reference)
        rows.append(("submitted", words))
    return [{"key": say(f"case_page.{name}"), "value": value} for name, value in rows]


def _posology(session: Session, case: Case) -> dict[str, str]:
    wanted = select(Posology).where(Posology.case_id == case.id).order_by(Posology.version.desc()).limit(1)
    row = session.scalar(wanted)
    return dict(unseal(session, row, "details", case.key_id)) if row else {}


def _packs(session: Session, case: Case) -> str:
    request, granted = request_of(case, 0), ledger.granted(session, case)
    asked = {row.line_number: row.packs for row in request.packs} if request else {}
    lines = [line for line in case.lines if line.number in asked]
    code = "case_page.packs_granted" if granted else "case_page.packs_asked"
    return "; ".join(
        say(code, line=line_words(line), asked=asked[line.number], granted=granted.get(line.number, 0))
        for line in lines
    )
