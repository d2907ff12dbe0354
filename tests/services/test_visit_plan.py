"""When visits are to be: days and windows from the first dose, planned anew where it is corrected; unscheduled ones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Case, SupplyEntry, Visit
from compassionate.services import first_dose, visit_plan, visit_window, visits
from tests.world import VISIT, World

pytestmark = pytest.mark.one_database
DAY = timedelta(days=1)
DAYS = some.dates(date(2020, 1, 1), date(2035, 1, 1))


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def planned(world: World, case: Case, name: str) -> visits.Planned:
    return next(each for each in visits.planned(world.session, case, world.now) if each.row.name == name)


def own_days(case: Case, world: World, name: str, day: int, before: int, after: int) -> Visit:
    visit = visits.visit_of(world.session, case, name)
    visit.day, visit.before_days, visit.after_days = day, before, after
    return visit


def record(world: World, case: Case, name: str, on: date, **answers: object) -> Visit:
    who = world.people["nurse"]
    return visits.record_visit(world.session, who, case, name, str(on), VISIT | answers, world.tick())


def wrong(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


@given(planned_on=DAYS, done=DAYS, before=some.integers(0, 60), after=some.integers(0, 60))
def test_a_visit_is_off_by_the_days_to_the_nearer_end_of_its_window(
    planned_on: date, done: date, before: int, after: int
) -> None:
    opens, closes = visit_window.window_of(planned_on, "m3", before, after, 14)
    assert opens is not None
    assert closes is not None
    assert (closes - opens).days == before + after
    off = visit_window.off_days(done, opens, closes)
    assert off is not None
    nearest = min(max(done, opens), closes)
    assert done - nearest == off * DAY
    assert (off == 0) == (opens <= done <= closes)


def test_a_visit_with_a_day_and_a_window_of_its_own_counts_in_days_from_the_first_dose(world: World) -> None:
    case = world.case_in("authorised")
    own_days(case, world, "m3", 7, 3, 2)
    visit_plan.plan(world.session, case, world.today)
    held = planned(world, case, "m3")
    first = world.today + 7 * DAY
    assert (held.opens_on, held.row.planned_on, held.closes_on) == (first - 3 * DAY, first, first + 2 * DAY)
    other = planned(world, case, "m6")
    assert other.row.planned_on is not None
    assert other.closes_on == other.row.planned_on + 14 * DAY


@pytest.mark.parametrize(("after", "timing", "off"), [(7, "done", 0), (9, "done", 0), (12, "done_off", 3)])
def test_how_many_days_a_visit_was_late_is_kept_with_it(world: World, after: int, timing: str, off: int) -> None:
    case = world.case_in("in_follow_up")
    first = world.today
    own_days(case, world, "m3", 7, 3, 2)
    visit_plan.plan(world.session, case, first)
    world.tick(24 * 20)
    visit = record(world, case, "m3", first + after * DAY)
    held = planned(world, case, "m3")
    assert (held.timing, held.off_days, visit.off_days) == (timing, off, off)


def test_the_baseline_is_before_the_first_dose_or_it_is_none(world: World) -> None:
    case = world.case_in("in_follow_up")
    first = world.today
    world.tick(24 * 3)
    with pytest.raises(Invalid) as refusal:
        record(world, case, "baseline", first + DAY)
    assert wrong(refusal) == {"done_on": "visit.baseline_after_dose"}
    assert record(world, case, "baseline", first).off_days == 0


def test_a_visit_nobody_planned_is_added_and_recorded_like_any_other(world: World) -> None:
    case = world.case_in("in_follow_up")
    world.tick(24 * 40)
    nurse = world.people["nurse"]
    added = [visit_plan.add_visit(world.session, nurse, case, str(world.today), world.tick()) for _ in range(2)]
    assert [(row.name, row.months, row.unscheduled) for row in added] == [("u1", 1, True), ("u2", 1, True)]
    record(world, case, "u1", world.today)
    names = [each.row.name for each in visits.planned(world.session, case, world.now)]
    assert names == ["baseline", "u1", "u2", "m3", "m6", "m12"]
    with pytest.raises(Refused):
        visit_plan.add_visit(world.session, world.people["pharmacist"], case, str(world.today), world.tick())
    with pytest.raises(Invalid) as refusal:
        visit_plan.add_visit(world.session, nurse, case, "1999-01-01", world.tick())
    assert wrong(refusal) == {"on": "visit.too_far"}


def test_a_visit_whose_window_is_open_was_not_missed_nor_one_for_which_nobody_looked(world: World) -> None:
    case = world.case_in("in_follow_up")

    def miss() -> None:
        visits.skip_visit(world.session, world.people["nurse"], case, "m3", "missed", "No contesta", world.tick())

    with pytest.raises(Invalid) as refusal:
        miss()
    assert wrong(refusal) == {"status": "visit.window_open"}
    world.tick(24 * 150)
    with pytest.raises(Invalid) as refusal:
        miss()
    assert wrong(refusal) == {"status": "visit.no_attempt"}
    given = {"on": str(world.today), "channel": "telephone", "outcome": "No contesta"}
    visits.record_attempt(world.session, world.people["nurse"], case, given, world.tick())
    miss()
    assert planned(world, case, "m3").timing == "missed"


def test_of_a_patient_who_is_lost_no_visit_is_overdue(world: World) -> None:
    case = world.case_in("in_follow_up")
    for channel in ("telephone", "letter", "email"):
        sent = {"on": str(world.today), "channel": channel, "outcome": "No contesta"}
        visits.record_attempt(world.session, world.people["nurse"], case, sent, world.tick())
    world.act(case, "nurse", "record_lost_to_follow_up")
    world.tick(24 * 500)
    assert {each.timing for each in visits.planned(world.session, case, world.now)} <= {"lost", "done", "done_off"}


def test_the_visits_follow_the_first_dose_where_its_day_is_corrected(world: World) -> None:
    case = world.case_in("in_treatment")
    first = world.today
    record(world, case, "baseline", first)
    world.tick(24 * 120)
    record(world, case, "m3", first + 92 * DAY)
    before = planned(world, case, "m6").row.planned_on
    assert before is not None
    sent = {"given_on": str(first + 3 * DAY), "reason": "Se anotó el día de la extracción"}
    dose = first_dose.correct(world.session, world.people["physician"], case, sent, world.tick())
    assert dose.given_on == first + 3 * DAY
    assert planned(world, case, "m6").row.planned_on == before + 3 * DAY
    ledger = world.session.query(SupplyEntry).filter_by(case_id=case.id, kind="administered").one_or_none()
    assert ledger is None or ledger.on == first


@pytest.mark.parametrize(
    ("offset", "reason", "expected"),
    [
        (0, "Motivo", {"given_on": "rectify.same"}),
        (-400, "Motivo", {"given_on": "stock.before_release"}),
        (400, "Motivo", {"given_on": "value.date_in_future"}),
        (1, " ", {"reason": "value.missing"}),
    ],
)
def test_a_day_that_cannot_be_is_no_correction(
    world: World, offset: int, reason: str, expected: dict[str, str]
) -> None:
    case = world.case_in("in_treatment")
    day = world.today + offset * DAY
    world.tick(24 * 5)
    sent = {"given_on": str(day), "reason": reason}
    with pytest.raises(Invalid) as refusal:
        first_dose.correct(world.session, world.people["physician"], case, sent, world.tick())
    assert wrong(refusal) == expected


def test_the_day_of_a_dose_is_corrected_by_those_who_answer_for_it_once_there_is_one(world: World) -> None:
    case = world.case_in("in_treatment")
    sent = {"given_on": str(world.today), "reason": "Motivo"}
    with pytest.raises(Refused):
        first_dose.correct(world.session, world.people["nurse"], case, sent, world.tick())
    waiting = world.case_in("authorised", nhc="100077")
    with pytest.raises((NotFound, Refused)):
        first_dose.correct(world.session, world.people["physician"], waiting, sent, world.tick())
