"""The forecast of one request: its material taken from the case as it stands, read once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from compassionate.clock import civil_date
from compassionate.models import Case
from compassionate.services.facts import request_state, today_at
from compassionate.services.snapshots import snapshot
from compassionate.snapshot import CaseSnapshot, LineSnapshot, RegionSnapshot
from compassionate.workflow.forecast import USUAL_AGE_DAYS, AskedLine, Forecast, Material, forecast
from compassionate.workflow.values import read_date

UNSENT = ("screening", "preparing", "awaiting_endorsement", "ready_to_submit")


def is_unsent(case: Case, number: int) -> bool:
    """Whether a request is still inside the hospital: what is found can be mended before the agency sees it."""
    return request_state(case, number) in UNSENT


def forecast_of(session: Session, case: Case, number: int, now: datetime, held: CaseSnapshot | None = None) -> Forecast:
    """What may be objected to in a request as it stands (RD 1015/2009 art. 2.1, 5-8, 12); it never blocks.

    `held`: the snapshot of this request, where the caller has it already; nothing is asked of the database then.
    """
    held = held or snapshot(session, case, number)
    return forecast(material_of(held, today_at(case, now), case.centre.settings))


def material_of(held: CaseSnapshot, today: date, settings: Mapping[str, Any]) -> Material:
    """What a forecast reads, out of a snapshot and the centre's own rule on the age of papers."""
    agreement, posology = held.region("sponsor_agreement"), held.request.posology
    return Material(
        today=today,
        number=held.request.number,
        eligibility=held.eligibility.answers if held.eligibility else {},
        report=held.request.report.answers if held.request.report else {},
        schedule=f"{posology.dose}. {posology.schedule}" if posology else "",
        duration_weeks=held.request.duration_weeks,
        lines=tuple(_line(line) for line in held.lines),
        trial_number=held.product.trial_number,
        application_status=held.product.application_status,
        evidence_on=tuple(_dates(held, "evidence")),
        agreement=agreement.state if agreement else "not_needed",
        agreement_on=_given_on(agreement),
        agreement_papers=len(_dates(held, "sponsor_agreement")),
        willing_on=held.product.willing_on,
        willing_papers=len(_dates(held, "sponsor_willingness")),
        oldest_days=int(settings.get("paper_age_days", USUAL_AGE_DAYS)),
    )


def _dates(held: CaseSnapshot, kind: str) -> list[date]:
    return [paper.uploaded_on or date.min for paper in held.papers if paper.kind == kind]


def _given_on(agreement: RegionSnapshot | None) -> date | None:
    """The day that the agreement bears, or the day on which it was recorded."""
    said = agreement.details.get("on") if agreement else None
    if isinstance(said, datetime):
        return civil_date(said, "UTC")
    if isinstance(said, date):
        return said
    return read_date(said) if isinstance(said, str) and said else agreement.since_on if agreement else None


def _line(line: LineSnapshot) -> AskedLine:
    return AskedLine(line.number, line.units_per_pack, line.packs_requested, _daily(line.units_a_day), line.days)


def _daily(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ".")) if text else None
    except InvalidOperation:
        return None
