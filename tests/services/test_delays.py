"""Delay with its owner: every day of a case is somebody's."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from compassionate.models import Case, Wait, new_id
from compassionate.services import delays
from compassionate.services.case_lists import CaseRow
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


def test_a_wait_that_is_said_to_end_before_it_began_counts_for_nothing(session: Session):
    world = World(session)
    case = world.open_case()
    for hours in (240, -48):
        begun = START - hours * HOUR
        session.add(Wait(case_id=case.id, state="awaiting_endorsement", turn="director", from_at=begun, until_at=START))
    session.flush()
    assert delays_of(world, case)["director"] == 240 * HOUR


def test_every_state_of_every_table_says_whose_turn_it_was():
    for pathway in engine.pathways():
        for state in pathway.case.states:
            assert delays.static_turn(pathway.id, pathway.version, state.id) == ",".join(state.turn)
    assert delays.static_turn("es-individual", "1900-01", "draft") == ""
