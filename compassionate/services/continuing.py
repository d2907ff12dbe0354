"""Going on in two minutes: a later request is copied from the last one in force, with what its records say today.

RD 1015/2009 art. 8, 11.1. Import, duration, packs and the posology in force are copied as the request is opened;
papers of the case stay valid where they are. Nothing is signed by copying: the physician confirms the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from compassionate.models import Case, Posology, Request, RequestPacks
from compassionate.models.vault import unseal
from compassionate.services import stockout
from compassionate.services.actors import Actor
from compassionate.services.facts import request_state, today_at
from compassionate.services.requests import add_posology, packs_for, posologies
from compassionate.services.stockout import Forecast
from compassionate.workflow.request_part import OPEN_STATES

KINDS = ("continuation", "more_packs", "dose_change")


def in_force(case: Case, before: int | None = None) -> list[Request]:
    """The requests that the treatment rests on: the first, and every later one that was authorised."""
    earlier = [row for row in case.requests if before is None or row.number < before]
    return [row for row in earlier if row.number == 0 or request_state(case, row.number) == "authorised"]


def parent_of(case: Case, number: int) -> Request:
    """The request that a later one continues: the one it names, else the newest in force before it."""
    row = next((row for row in case.requests if row.number == number), None)
    named = row.continues_number if row else None
    found = next((each for each in case.requests if each.number == named), None)
    return found or in_force(case, number)[-1]


def open_one(case: Case) -> Request | None:
    """The later request that is still on its way, the newest where several are; None where none is."""
    later = (row for row in reversed(case.requests) if row.number)
    return next((row for row in later if request_state(case, row.number) in OPEN_STATES), None)


def kind_for(session: Session, case: Case, held: Sequence[Forecast]) -> str:
    """Which kind of request fits: another dose than the one granted, too few packs for the course, or going on."""
    if standing(session, case) not in (None, _stated(session, case)):
        return "dose_change"
    short = any(row.outlook == "ask" and row.runs_out_on is not None for row in held)
    return "more_packs" if short else "continuation"


def copy_last(
    session: Session, actor: Actor, case: Case, number: int, kind: str, held: Sequence[Forecast], now: datetime
) -> Request:
    """Request `number`, copied from the last one in force; `held` says when the medicine of each line runs out."""
    parent, today = parent_of(case, number), today_at(case, now)
    row = Request(
        case_id=case.id,
        number=number,
        kind=kind,
        continues_number=parent.number,
        needs_import=parent.needs_import,
        origin_country=parent.origin_country,
        duration_weeks=parent.duration_weeks,
        start_wished_on=_start(held, today),
    )
    row.packs = [_packs(case, line, kind, held) for line in asked_lines(case, number)]
    case.requests.append(row)
    _state_posology(session, actor, case, number, now)
    session.flush()
    return row


def _start(held: Sequence[Forecast], today: date) -> date | None:
    """The day on which the first line runs out, from which the new packs are needed."""
    ends = [row.runs_out_on for row in held if row.runs_out_on is not None]
    return max(today, min(ends)) if ends else None


def asked_lines(case: Case, number: int | None = None) -> list[RequestPacks]:
    """For every line, what the newest request in force asked for on it."""
    newest = {each.line_number: each for row in in_force(case, number) for each in row.packs}
    return [newest[line] for line in sorted(newest)]


def as_asked(asked: RequestPacks) -> RequestPacks:
    """The packs of a line once more, for another request."""
    return RequestPacks(
        line_number=asked.line_number,
        units_a_day=asked.units_a_day,
        days=asked.days,
        total_units=asked.total_units,
        packs=asked.packs,
        note=asked.note,
    )


def _packs(case: Case, asked: RequestPacks, kind: str, held: Sequence[Forecast]) -> RequestPacks:
    line = next(line for line in case.lines if line.number == asked.line_number)
    forecast = next((row for row in held if row.line_number == asked.line_number), None)
    copied = as_asked(asked)
    if asked.units_a_day and asked.days:
        copied.days = _days(asked.days, kind, forecast)
        daily, size = Decimal(asked.units_a_day), line.product_line.units_per_pack
        copied.total_units, copied.packs = packs_for(daily, copied.days, size)
    return copied


def _days(asked: int, kind: str, held: Forecast | None) -> int:
    """As many days as before; more packs for a course that runs are asked for only until that course ends."""
    if kind != "more_packs" or held is None or held.runs_out_on is None or held.course_ends_on is None:
        return asked
    missing = (held.course_ends_on - held.runs_out_on).days
    return missing if missing > 0 else asked


def standing(session: Session, case: Case) -> Posology | None:
    """The posology by which the patient is treated: the newest of the requests in force and of changes since."""
    numbers = {None, *(row.number for row in in_force(case))}
    return next((row for row in reversed(posologies(session, case)) if row.request_number in numbers), None)


def _stated(session: Session, case: Case) -> Posology | None:
    """The newest posology that a request states, which a later request inherits."""
    return next((row for row in reversed(posologies(session, case)) if row.request_number is not None), None)


def _state_posology(session: Session, actor: Actor, case: Case, number: int, now: datetime) -> None:
    """Where the patient is treated by another posology than requests state, the new request states that one."""
    held, stated = standing(session, case), _stated(session, case)
    if held is None or held is stated:
        return
    details = unseal(session, held, "details", case.key_id)
    add_posology(session, actor, case, number, held.from_on, details, now)


def forecasts(session: Session, case: Case, now: datetime) -> tuple[Forecast, ...]:
    """When the medicine of each line runs out, as the copy is made by it."""
    return stockout.forecasts(session, case, now)
