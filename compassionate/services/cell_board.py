"""The cells of every case as the cell unit works on them: what is to be done on which day, by whom, and what stands.

A fixed number of queries, however many cases there are; the patient is named by initials alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from compassionate.clock import civil_date
from compassionate.models import Case, CellTest, Centre, CustodyEvent, DataKey, Patient, Procurement, Region
from compassionate.models.vault import WrongKey
from compassionate.services import programmes
from compassionate.services.cells.results import PENDING
from compassionate.services.patients import identity_of
from compassionate.services.worklists import WorkRow, rows_of
from compassionate.workflow.cells import REGION
from compassionate.workflow.roles import Role

MOST = 200  # lines of a board
AHEAD = timedelta(days=14)
# Until when a culture is looked at: from the first day on which it may be harvested to the last (release_tests.csv).
EARLIEST, LATEST = 14, 42
OVER = "destination_reported"
CHASED = timedelta(days=90)  # for so long after the release a result is still looked for here
SLOTS = "cell_slots"  # of a centre: procurements a day; 0 where nobody said
UNIT, RESPONSIBLE, QUALIFIED = Role.CELL_UNIT, Role.RESPONSIBLE_PERSON, Role.QUALIFIED_PERSON
READERS = (UNIT, RESPONSIBLE, QUALIFIED, Role.PHYSICIAN, Role.PHARMACIST, Role.NURSE)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done next in a state of the cells: the step, who takes it, and of what the day is counted."""

    step: str
    who: tuple[Role, ...]
    since: str = ""


STATES: Mapping[str, Due] = {
    "donor_evaluation": Due("record_serology", (Role.PHYSICIAN, UNIT)),
    "donation_consented": Due("schedule_procurement", (Role.PHYSICIAN, UNIT)),
    "procurement_scheduled": Due("record_procurement", (Role.PHYSICIAN,), "planned_on"),
    "procured": Due("hand_over_cells", (Role.PHYSICIAN, Role.NURSE, UNIT), "ended_at"),
    "in_transit": Due("receive_cells", (UNIT, RESPONSIBLE), "ended_at"),
    "in_quarantine": Due("accept_cells", (RESPONSIBLE,), "received_at"),
    "accepted": Due("start_culture", (UNIT,), "accepted_at"),
    "in_culture": Due("finish_culture", (UNIT,), "cultured_at"),
    "tests_pending": Due("release_cells", (QUALIFIED,), "harvested_at"),
    "released": Due("dispatch_cells", (UNIT,), "released_at"),
    "dispatched": Due("receive_cells_at_hospital", (Role.PHARMACIST,), "dispatched_at"),
    "received": Due("check_cells_identity", (Role.NURSE, Role.PHYSICIAN, Role.PHARMACIST), "delivered_at"),
    "identity_verified": Due("record_dose", (Role.PHYSICIAN, Role.NURSE), "delivered_at"),
    "not_accepted": Due("destroy_cells", (UNIT, Role.PHARMACIST)),
    "batch_failed": Due("schedule_procurement", (Role.PHYSICIAN, UNIT)),
    "not_applied": Due("destroy_cells", (UNIT, Role.PHARMACIST)),
    "applied": Due("report_destination", (Role.PHARMACIST, Role.PHYSICIAN)),
    "destroyed": Due("report_destination", (Role.PHARMACIST, Role.PHYSICIAN)),
}
HOLD, EXCURSION, LATE, FAILED = "hold", "excursion", "late_test", "failed"
TO_SETTLE = {
    HOLD: Due("lift_identity_hold", (RESPONSIBLE, QUALIFIED)),
    EXCURSION: Due("judge_temperature", (QUALIFIED,)),
    LATE: Due("record_cell_test", (UNIT,)),
    FAILED: STATES["batch_failed"],
}
SETTLED = {"mismatch": HOLD, "lifted": HOLD, "excursion": EXCURSION, "fit": EXCURSION, "unfit": EXCURSION}
OPENS = frozenset({"mismatch", "excursion"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the case, whose cells, what is to be done when, and what is to be known of it.

    `on` is None for what has no day; `culture_day` counts from the beginning of the culture; `test` is the one owed.
    """

    row: WorkRow
    centre_id: str
    patient: str
    state: str
    due: Due
    on: date | None = None
    expires_at: datetime | None = None
    culture_day: int = 0
    attempt: int = 1
    batch: str = ""
    exception: str = ""
    test: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """Exceptions first, then what is overdue, then day by day, then what has no day; `later` is beyond two weeks."""

    today: date
    exceptions: tuple[Line, ...]
    overdue: tuple[Line, ...]
    days: tuple[tuple[date, tuple[Line, ...]], ...]
    undated: tuple[Line, ...]
    later: int
    slots: int
    is_cut: bool

    @property
    def cultures(self) -> int:
        """How many cultures grow."""
        held = (line for line in self.exceptions if line.exception == HOLD)
        every = (*held, *self.overdue, *self.undated, *(line for _, lines in self.days for line in lines))
        return sum(line.state == "in_culture" for line in every)


def board(session: Session, centres: Sequence[str], now: datetime) -> Board:
    """What is to be done with cells at these centres."""
    today = civil_date(now, "Europe/Madrid")
    found = _rows(session, centres, now - CHASED)
    initials = _initials(session, {each.patient_id for each in found})
    exceptions = [*_exceptions(session, found, initials), *_late(session, found, initials, today)]
    stopped = {line.row.code for line in exceptions if line.exception == HOLD}
    under_way = [_line(each, initials, today) for each in found if each.state in STATES]
    lines = [line for line in under_way if line.row.code not in stopped]  # a hold lets nobody go on
    days = defaultdict[date, list[Line]](list)
    for line in lines:
        if line.on is not None and today <= line.on <= today + AHEAD:
            days[line.on].append(line)
    days.setdefault(today, [])
    return Board(
        today,
        tuple(exceptions),
        tuple(line for line in lines if line.on is not None and line.on < today),
        tuple((on, tuple(_in_order(days[on]))) for on in sorted(days)),
        tuple(line for line in lines if line.on is None),
        sum(line.on is not None and line.on > today + AHEAD for line in lines),
        _slots(session, centres),
        len(found) >= MOST,
    )


def _in_order(lines: Iterable[Line]) -> list[Line]:
    """What spoils first, first."""
    return sorted(lines, key=lambda line: (line.expires_at is None, str(line.expires_at), line.row.code))


@dataclass(frozen=True, slots=True)
class _Row:
    row: WorkRow
    state: str
    since_at: datetime
    held: Procurement | None
    centre_id: str
    patient_id: str
    zone: str
    programme: tuple[str, str]


def _rows(session: Session, centres: Sequence[str], since: datetime) -> list[_Row]:
    """Cases whose cells are under way, each with its newest attempt; those of which a result may still be owed too."""
    under_way = or_(Region.state.in_(STATES), and_(Region.state == OVER, Procurement.released_at > since))
    every = aliased(Procurement)
    newest = select(func.max(every.number)).where(every.case_id == Case.id).scalar_subquery()
    wanted = (
        select(Case)
        .join(Region, and_(Region.case_id == Case.id, Region.kind == REGION))
        .outerjoin(Procurement, and_(Procurement.case_id == Case.id, Procurement.number == newest))
        .where(Case.centre_id.in_(centres), Case.blocked_at.is_(None), under_way)
        .order_by(Region.since_at, Case.id)
        .limit(MOST)
    )
    of_case = (Case.centre_id, Case.patient_id, Centre.zone, Case.programme, Case.programme_version)
    found = rows_of(session, wanted, Region.state, Region.since_at, Procurement, *of_case)
    return [
        _Row(row, state, since_at, held, centre_id, patient_id, zone, (programme or "", version or ""))
        for row, (state, since_at, held, centre_id, patient_id, zone, programme, version) in found
    ]


def _initials(session: Session, patient_ids: Iterable[str]) -> dict[str, str]:
    """The initials of these patients: their rows and keys in two queries."""
    rows = list(session.scalars(select(Patient).where(Patient.id.in_(tuple(patient_ids)))))
    keys = list(session.scalars(select(DataKey).where(DataKey.id.in_([row.key_id for row in rows]))))
    found = {row.id: _initials_of(session, row) for row in rows}
    del keys  # kept until here, so that no patient asks for its own
    return found


def _initials_of(session: Session, patient: Patient) -> str:
    try:
        return identity_of(session, patient).initials
    except WrongKey:
        return ""


def _line(each: _Row, initials: Mapping[str, str], today: date) -> Line:
    due, held = STATES[each.state], each.held
    on, day = _day(each, due, today)
    return Line(
        each.row,
        each.centre_id,
        initials.get(each.patient_id, ""),
        each.state,
        due,
        on,
        held.expires_at if held else None,
        day,
        held.number if held else 1,
        held.batch if held else "",
    )


def _day(each: _Row, due: Due, today: date) -> tuple[date | None, int]:
    """The day of a line, and of a culture how old it is.

    A culture is due from the first day on which it may be harvested, and late from the last.
    """
    value = getattr(each.held, due.since) if each.held and due.since else None
    began = civil_date(value, each.zone) if isinstance(value, datetime) else value
    if each.state != "in_culture" or began is None:
        return began, 0
    day = (today - began).days
    first, last = began + timedelta(days=EARLIEST), began + timedelta(days=LATEST)
    return (first if day < EARLIEST else today if day <= LATEST else last), day


def _exceptions(session: Session, found: list[_Row], initials: Mapping[str, str]) -> list[Line]:
    """Holds of identity and temperatures that nobody settled yet, and batches that failed."""
    attempts = {each.held.id: each for each in found if each.held}
    wanted = (
        select(CustodyEvent.procurement_id, CustodyEvent.verdict)
        .where(CustodyEvent.procurement_id.in_(attempts), CustodyEvent.verdict.in_(SETTLED))
        .order_by(CustodyEvent.number)
    )
    last = {(attempt, SETTLED[verdict]): verdict for attempt, verdict in session.execute(wanted)}
    stand = [(attempts[attempt], what) for (attempt, what), verdict in last.items() if verdict in OPENS]
    stand += [(each, FAILED) for each in found if each.state == "batch_failed"]
    return [_exception(each, what, initials) for each, what in stand]


def _exception(each: _Row, what: str, initials: Mapping[str, str], test: str = "", on: date | None = None) -> Line:
    held, patient = each.held, initials.get(each.patient_id, "")
    more = {"exception": what, "test": test, "on": on, "batch": held.batch if held else ""}
    attempt, expires = (held.number, held.expires_at) if held else (1, None)
    line = {"attempt": attempt, "expires_at": expires, **more}
    return Line(each.row, each.centre_id, patient, each.state, TO_SETTLE[what], **line)  # type: ignore[arg-type]


def _late(session: Session, found: list[_Row], initials: Mapping[str, str], today: date) -> list[Line]:
    """Results that may follow the release and are being chased, each from the day on which it should have come."""
    released = {each.held.id: each for each in found if each.held and each.held.released_at}
    wanted = select(CellTest).where(CellTest.procurement_id.in_(released)).order_by(CellTest.number)
    newest = {(row.procurement_id, row.test): row for row in session.scalars(wanted)}
    lines = []
    for attempt, each in released.items():
        for test, days in _chased(session, each):
            row = newest.get((attempt, test))
            if row is None or row.verdict == PENDING:
                lines.append(_exception(each, LATE, initials, test, _asked_by(each, row, days)))
    return lines


def _chased(session: Session, each: _Row) -> list[tuple[str, int]]:
    """The tests of its programme whose result may follow, and after how many days each is chased."""
    if not all(each.programme):
        return []
    held = programmes.at_version(session, *each.programme)
    return [(test.id, test.chase_after_days or 0) for test in held.release_tests if test.may_follow]


def _asked_by(each: _Row, row: CellTest | None, days: int) -> date | None:
    assert each.held is not None
    released = each.held.released_at
    began = row.on if row is not None else civil_date(released, each.zone) if released else None
    return began + timedelta(days=days) if began else None


def _slots(session: Session, centres: Sequence[str]) -> int:
    """How many procurements a day these centres have room for; 0 where one of them has not said."""
    told = [int(row.settings.get(SLOTS, 0)) for row in session.scalars(select(Centre).where(Centre.id.in_(centres)))]
    return sum(told) if told and all(told) else 0
