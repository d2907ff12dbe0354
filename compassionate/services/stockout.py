"""When a patient runs out of medicine: today + stock ÷ units a day; and by when to act, the delivery lead earlier.

A forecast and never a guard. Stock is what the pharmacy may still give and what the patient should have at
home; the daily use is that of the packs calculation (RD 1015/2009 art. 8.1.c).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from compassionate.models import Case, Decision, Dose, Request, RequestPacks, SupplyEntry
from compassionate.services import ledger
from compassionate.services.actors import Actor
from compassionate.services.cases import visible_cases
from compassionate.services.facts import request_state, today_at
from compassionate.workflow.treatment import RECALLED, STOPPED

LEAD_SETTING, USUAL_LEAD = "delivery_lead_days", 14
RUNNING = ("in_treatment", "interrupted")


@dataclass(frozen=True, slots=True)
class Forecast:
    """One line: what there is, how fast it goes, when it ends. No `runs_out_on`: it cannot or need not be told."""

    line_number: int
    units_a_day: Decimal | None
    in_pharmacy: int
    at_home: int
    grant_left: int
    lead_days: int
    today: date
    runs_out_on: date | None = None
    course_ends_on: date | None = None

    @property
    def lasts(self) -> bool:
        """Whether the stock reaches the end of the treatment that was calculated."""
        return bool(self.runs_out_on and self.course_ends_on and self.runs_out_on >= self.course_ends_on)

    @property
    def act_by(self) -> date | None:
        """The day by which more must be ordered or asked for."""
        return self.runs_out_on - timedelta(days=self.lead_days) if self.runs_out_on and not self.lasts else None

    @property
    def is_late(self) -> bool:
        """Whether the day to act is here or gone."""
        return self.act_by is not None and self.act_by <= self.today

    @property
    def outlook(self) -> str:
        """What the forecast says: `over` (what was calculated has ended), `lasts`, `ask` the agency, or `order`."""
        if self.course_ends_on is not None and self.course_ends_on <= self.today:
            return "over"
        return "lasts" if self.lasts else "ask" if self.needs_request else "order"

    @property
    def needs_request(self) -> bool:
        """Whether the agency must be asked: nothing is left of the grant beside the stock."""
        return self.grant_left <= self.in_pharmacy


def forecasts(session: Session, case: Case, now: datetime) -> tuple[Forecast, ...]:
    """The forecast of every line of a case, as of now."""
    doses = session.scalars(select(Dose).where(Dose.case_id == case.id).order_by(Dose.given_on, Dose.id))
    return _of(case, ledger.entries_of(session, case), ledger.granted(session, case), list(doses), now)


def _of(
    case: Case, entries: list[SupplyEntry], granted: dict[int, int], doses: list[Dose], now: datetime
) -> tuple[Forecast, ...]:
    held, today = ledger.batches(entries, doses), today_at(case, now)
    return tuple(_line(case, account, held, doses, today) for account in ledger.accounts(case, entries, granted))


def upcoming(session: Session, actor: Actor, now: datetime) -> list[tuple[Case, Forecast]]:
    """Every line that runs out before its treatment ends, of every case that the actor may see, soonest first."""
    found = [
        (case, held)
        for case, forecasts, _ in running(session, actor, now)
        for held in forecasts
        if held.act_by is not None and held.outlook in ("ask", "order")
    ]
    return sorted(found, key=lambda each: (each[1].runs_out_on or date.max, each[0].code, each[1].line_number))


def running(session: Session, actor: Actor, now: datetime) -> list[tuple[Case, tuple[Forecast, ...], list[Decision]]]:
    """Every treatment that runs and that the actor may see, with its forecasts and the decisions that it rests on.

    A fixed number of queries, however many treatments run.
    """
    wanted = visible_cases(actor).where(Case.state.in_(RUNNING))
    whole = (
        selectinload(Case.lines),
        selectinload(Case.regions),
        selectinload(Case.requests).selectinload(Request.packs),
        joinedload(Case.centre),
        joinedload(Case.product),
    )
    cases = list(session.scalars(wanted.options(*whole)))
    ids = wanted.with_only_columns(Case.id)
    entries = _by_case(session, select(SupplyEntry).where(SupplyEntry.case_id.in_(ids)).order_by(SupplyEntry.id))
    doses = _by_case(session, select(Dose).where(Dose.case_id.in_(ids)).order_by(Dose.given_on, Dose.id))
    decisions = _by_case(session, select(Decision).where(Decision.case_id.in_(ids), Decision.outcome == "authorised"))
    return [
        (case, _of(case, entries[case.id], ledger.added_up(held), doses[case.id], now), held)
        for case in cases
        for held in [decisions[case.id]]
    ]


def _by_case(session: Session, wanted: Select[Any]) -> defaultdict[str, list[Any]]:
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for row in session.scalars(wanted):
        rows[row.case_id].append(row)
    return rows


def _line(
    case: Case, account: ledger.LineAccount, batches: Sequence[ledger.Batch], doses: list[Dose], today: date
) -> Forecast:
    mine = [dose for dose in doses if dose.line_number == account.number]
    usable = [
        batch
        for batch in batches
        if batch.line == account.number and batch.status not in STOPPED and batch.expires_on >= today
    ]
    stopped = {batch.batch for batch in batches if batch.line == account.number and batch.status == RECALLED}
    in_pharmacy = sum(batch.left for batch in usable)
    asked = _calculated(case, account.number)
    daily = Decimal(asked[0].units_a_day) if asked else None
    taken_home = [dose for dose in mine if dose.act == "dispensing" and dose.batch not in stopped]
    home = at_home([(dose.given_on, dose.units) for dose in taken_home], daily, today)
    lead = int(case.centre.settings.get(LEAD_SETTING, USUAL_LEAD))
    plain = Forecast(account.number, daily, in_pharmacy, int(home), account.units_still_granted, lead, today)
    if daily is None or not mine or case.state not in RUNNING:
        return plain
    ends = mine[0].given_on + timedelta(days=sum(row.days or 0 for row in asked))
    runs_out = today + timedelta(days=int((in_pharmacy + home) / daily))
    return replace(plain, runs_out_on=runs_out, course_ends_on=ends)


def _calculated(case: Case, line_number: int) -> list[RequestPacks]:
    """The calculations of a line by units a day, newest first: of the first request and of authorised later ones."""
    rows = [row for request in _in_force(case) for row in request.packs if row.line_number == line_number]
    return [row for row in reversed(rows) if row.units_a_day]


def _in_force(case: Case) -> list[Request]:
    return [row for row in case.requests if row.number == 0 or request_state(case, row.number) == "authorised"]


def at_home(dispensed: list[tuple[date, int]], daily: Decimal | None, today: date) -> Decimal:
    """Units that the patient should still have: each dispensing adds, each day takes the daily use, down to none."""
    if daily is None:
        return Decimal(0)
    held, since = Decimal(0), None
    for on, units in [*dispensed, (today, 0)]:
        held = max(Decimal(0), held - daily * (on - since).days) if since else held
        held, since = held + units, on
    return held
