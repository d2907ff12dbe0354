"""The board of the cell unit: every case on its day, what stops first, in as many queries however many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from compassionate.models import Region
from compassionate.services.cell_board import STATES, Board, board
from compassionate.workflow.cells import STATES as CELL_STATES
from tests.world import World

pytestmark = pytest.mark.one_database
SAID_ELSEWHERE = {"not_needed", "not_started", "destination_reported"}


@pytest.fixture
def world(session):
    return World(session)


def shown(world: World) -> Board:
    return board(world.session, (world.centre.id,), world.now)


def counted(world: World) -> int:
    said = []
    engine = world.session.get_bind().engine
    note = lambda *given: said.append(given[2])  # noqa: E731 - a listener that can be taken off again
    event.listen(engine, "before_cursor_execute", note)
    world.session.flush()
    world.session.expire_all()
    shown(world)
    event.remove(engine, "before_cursor_execute", note)
    return len(said)


def test_every_state_in_which_something_is_to_be_done_has_its_step():
    assert {state.id for state in CELL_STATES} - SAID_ELSEWHERE == set(STATES)


def test_nothing_under_way_is_an_empty_board(world):
    held = shown(world)
    assert (held.exceptions, held.overdue, held.undated, held.days) == ((), (), (), ((held.today, ()),))


def test_a_taking_stands_on_its_day_and_is_overdue_after_it(world):
    case = world.case_in("authorised", world.cell_product())
    for kind in ("use", "donation"):
        world.consent(case, kind)
    world.fill_cells(case, "donation_consented")
    planned = world.today + timedelta(days=3)
    where = {"site": "Quirófano 3", "establishment": "Banco de tejidos"}
    world.act(case, "unit", "schedule_procurement", planned_on=str(planned), **where)
    held = dict(shown(world).days)
    assert [(line.row.code, line.due.step) for line in held[planned]] == [(case.code, "record_procurement")]
    assert held[planned][0].patient == "PIP"
    world.tick(24 * 5)
    assert [line.row.code for line in shown(world).overdue] == [case.code]
    world.act(case, "unit", "hold_cells", expected="HGA-1", found="HGA-2")
    assert [(line.exception, line.due.step) for line in shown(world).exceptions] == [("hold", "lift_identity_hold")]
    assert (shown(world).overdue, shown(world).undated) == ((), ()), "what nobody may go on with is asked of nobody"


def test_as_many_cases_as_there_are_cost_as_many_queries_as_one(world):
    first = 0
    for number in range(2):
        case = world.open_case(nhc=f"{number}")
        region = next((row for row in case.regions if row.kind == "cells"), None)
        if region is None:
            region = Region(case_id=case.id, kind="cells", instance="cells", state="", since_at=world.now)
            case.regions.append(region)
        world.session.flush()
        world.session.execute(Region.__table__.update().where(Region.id == region.id).values(state="donor_evaluation"))
        world.session.flush()
        first = first or counted(world)
    assert counted(world) == first
