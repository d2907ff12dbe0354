"""Delay with its owner: every day of a case is somebody's, and the figures of a hospital hide those of few cases."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from compassionate.models import Case, Wait, new_id
from compassionate.services import delays
from compassionate.services.case_lists import CaseRow
from compassionate.services.delays import Asked
from compassionate.workflow import engine
from tests.world import START, World

HOUR = timedelta(hours=1)


def delays_of(world: World, case: Case) -> dict[str, timedelta]:
    return {each.owner: each.time for each in delays.of_case(world.session, case, world.now)}


def test_a_case_that_waited_on_three_in_turn_says_how_long_on_each(session: Session):
    world = World(session)
    case = world.case_in("awaiting_endorsement")
    for hours, action, who in ((100, "endorse", "director"), (30, None, None)):
        world.tick(hours)
        if action:
            world.act(case, who, action)
    found = delays_of(world, case)
    assert found["director"] >= 100 * HOUR
    assert found["pharmacist"] >= 30 * HOUR
    assert sum(found.values(), timedelta()) == world.now - case.opened_at


def test_the_days_on_each_of_three_owners_are_those_of_a_diary_kept_beside(session: Session):
    """A second calculation, which reads no row: before time passes, somebody notes whose turn it is."""
    world = World(session)
    case, diary, let_pass = world.open_case(), defaultdict[str, timedelta](timedelta), world.tick

    def noted(hours: int = 1) -> datetime:
        diary[",".join(sorted(case.turn.split(",")))] += hours * HOUR
        return let_pass(hours)

    world.tick = noted  # type: ignore[method-assign]
    for (reached, how), days in zip(world.route(), (1, 2, 11, 5, 7, 3, 2), strict=False):
        world.tick(24 * days)
        how(case)
        assert case.state == reached
    world.tick(24 * 9)
    assert {"physician", "director", "agency"} <= {who for owner in diary for who in owner.split(",")}
    assert delays_of(world, case) == diary
    assert sum(diary.values(), timedelta()) == world.now - case.opened_at
    row = CaseRow(*(case.code, case.pathway, case.pathway_version, case.state, "", "", 1, tuple(case.turn.split(","))),
                  *(case.since_at, "", False), id=case.id)  # fmt: skip
    listed = delays.of_cases(session, [row], world.now)[case.id]
    assert [each.time for each in listed] == sorted(diary.values(), reverse=True)


def test_people_who_are_waited_on_at_once_are_one_owner_in_whatever_order(session: Session):
    world = World(session)
    case = world.open_case()
    for turn, first in (("physician,pharmacist", 1), ("pharmacist,physician", 2)):
        begun = START + timedelta(days=first)
        session.add(Wait(case_id=case.id, state="authorised", turn=turn, from_at=begun, until_at=begun + 3 * HOUR))
    session.flush()
    assert delays_of(world, case)["pharmacist,physician"] == 6 * HOUR


def test_a_wait_of_which_nobody_wrote_the_owner_is_of_whom_the_table_names(session: Session):
    world = World(session)
    case = world.case_in("ready_to_submit")
    before = delays_of(world, case)
    session.execute(update(Wait).where(Wait.state == "awaiting_endorsement").values(turn=None))
    assert delays_of(world, case) == before


def test_a_closed_case_waits_for_nothing_any_more(session: Session):
    world = World(session)
    case = world.closed_early()
    before = delays_of(world, case)
    world.tick(500)
    assert delays_of(world, case) == before


def test_two_hundred_cases_ask_as_much_as_two(session: Session):
    case, seen = World(session).open_case(), []
    listen = (session.get_bind(), "before_cursor_execute", lambda *given: seen.append(given[2]))
    event.listen(*listen)
    for number in (2, 200):
        rows = [
            delays.Stood(new_id(), case.pathway, case.pathway_version, "draft", ("opener",), case.since_at)
            for _ in range(number)
        ]
        delays.of_cases(session, rows, START)
    event.remove(*listen)
    assert len(seen) == 2


def waited(world: World, case: Case, state: str, turn: str | None, hours: float, until: datetime) -> None:
    begun = until - timedelta(hours=hours)
    world.session.add(Wait(id=new_id(), case_id=case.id, state=state, turn=turn, from_at=begun, until_at=until))


def figures(world: World, who: str = "director", **more: str) -> dict[tuple[str, str], delays.Figure]:
    wanted = Asked(START - timedelta(days=30), START + timedelta(days=30), **more)
    return {(each.state, each.owner): each for each in delays.past(world.session, world.people[who], wanted)}


@pytest.mark.parametrize("number", [1, 4, 5, 6, 10, 11])
def test_median_and_nine_in_ten_are_what_a_second_calculation_says(session: Session, number: int):
    world = World(session)
    until, times = START + timedelta(days=3), [24.0 * (7 * n % 11 + 1) for n in range(number)]
    for n, hours in enumerate(times):
        case = world.open_case(nhc=str(n))
        # In two parts, of which one has no owner on record; and one that ended before the period.
        waited(world, case, "awaiting_endorsement", "director", hours / 4, until)
        waited(world, case, "awaiting_endorsement", None, hours * 3 / 4, until - timedelta(days=1))
        waited(world, case, "awaiting_endorsement", "director", 9999, START - timedelta(days=31))
    session.flush()
    found = figures(world)["awaiting_endorsement", "director"]
    days = sorted(each / 24 for each in times)
    nearest = days[-(-9 * number // 10) - 1]
    assert (found.cases, found.is_told) == (number, number >= 5)
    assert found.median == pytest.approx(median(days), abs=1e-4)
    assert found.p90 == pytest.approx(nearest, abs=1e-4)


def test_missing_late_contradictory_and_corrected_waits_are_counted_as_what_they_are(session: Session):
    world, begin = World(session), START - timedelta(days=30)
    cases, until = [world.open_case(nhc=str(n)) for n in range(5)], START + timedelta(days=3)
    for case in cases:  # each waited ten days
        waited(world, case, "awaiting_endorsement", "director", 240, until)
    waited(world, cases[0], "awaiting_endorsement", None, 24, until)  # missing: whose turn nobody wrote; the table's
    waited(world, cases[1], "awaiting_endorsement", "director", 24 * 90, begin + HOUR)  # late: begun long before, whole
    waited(world, cases[2], "awaiting_endorsement", "director", -48, until)  # contradictory: ended before it began
    waited(world, cases[3], "awaiting_endorsement", "director", 72, until)  # corrected: returned and asked once more
    waited(world, cases[4], "awaiting_endorsement", "director", 48, begin - HOUR)  # over before the period
    waited(world, world.open_case(nhc="9"), "awaiting_endorsement", "director", -5, until)  # nothing else: no case
    session.flush()
    found = figures(world)["awaiting_endorsement", "director"]
    days = sorted([10 + 1, 10 + 90, 10, 10 + 3, 10])
    assert (found.cases, found.median) == (5, pytest.approx(median(days), abs=1e-4))
    assert found.p90 == pytest.approx(days[4], abs=1e-4)
    assert delays_of(world, cases[2])["director"] == 240 * HOUR


def test_what_is_open_now_is_told_apart(session: Session):
    world = World(session)
    case = world.open_case()
    world.tick(48)
    found = delays.present(session, world.people["director"], Asked(START, START), world.now)
    assert [(each.state, each.owner, each.cases) for each in found] == [("draft", "opener", 1)]
    assert found[0].median == pytest.approx((world.now - case.since_at) / timedelta(days=1), abs=1e-4)


def test_figures_are_of_ones_own_hospital_and_of_what_is_not_blocked(session: Session):
    world, other = World(session), World(session, "HGB")
    for each in (world, other):
        waited(each, each.open_case(), "awaiting_endorsement", "director", 5, START)
    blocked = world.open_case(nhc="2")
    blocked.blocked_at = START
    waited(world, blocked, "awaiting_endorsement", "director", 5, START)
    session.flush()
    assert figures(world)["awaiting_endorsement", "director"].cases == 1
    assert figures(world, centre="HGB") == {}
    assert figures(world, product=world.product.code).keys() == {("awaiting_endorsement", "director")}
    assert figures(world, who="nurse") == {}


def test_every_state_of_every_table_says_whose_turn_it_was():
    for pathway in engine.pathways():
        for state in pathway.case.states:
            assert delays.static_turn(pathway.id, pathway.version, state.id) == ",".join(state.turn)
    assert delays.static_turn("es-individual", "1900-01", "draft") == ""
