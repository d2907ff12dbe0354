"""Presentations chosen and unchosen while a request is being prepared."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, Refused
from compassionate.models import Case
from compassionate.services import requests
from compassionate.services.edits import seen_now
from compassionate.services.lines import choose_lines
from tests.world import World


def state(case: Case, kind: str) -> dict[str, str]:
    return {region.instance: region.state for region in case.regions if region.kind == kind}


def test_a_line_that_goes_takes_its_packs_and_its_supply_along(session: Session):
    world = World(session)
    case = world.case_in("preparing", world.add_product("DOS", lines=2))
    packs = {"needs_import": "no"} | {f"{name}.{n}": "2" for n in (1, 2) for name in ("units_a_day", "days")}
    requests.save_packs(session, world.people["pharmacist"], case, 0, packs, world.tick())
    choose_lines(session, world.people["pharmacist"], case, [2], world.tick())
    session.expire_all()
    assert [(line.number, line.product_line.position) for line in case.lines] == [(2, 2)]
    assert [row.line_number for row in case.requests[0].packs] == [2]
    assert state(case, "supply") == {"line-2": "none"}


def test_choosing_the_same_writes_nothing(session: Session):
    world = World(session)
    case = world.open_case()
    version = case.version
    choose_lines(session, world.people["pharmacist"], case, [1], world.tick())
    assert case.version == version


@pytest.mark.parametrize("positions", [[], [7], [1, 7]])
def test_something_of_the_medicine_must_be_chosen(session: Session, positions: list[int]):
    world = World(session)
    case = world.open_case()
    with pytest.raises(Invalid):
        choose_lines(session, world.people["pharmacist"], case, positions, world.tick())


def test_whether_the_committee_is_asked_follows_what_is_charged(session: Session):
    world = World(session)
    world.centre.committee = "charged"
    product = world.add_product("DOS", lines=2)
    product.lines[1].is_free = False
    case = world.open_case(product)
    assert state(case, "committee") == {"committee": "not_asked"}
    choose_lines(session, world.people["physician"], case, [1], world.tick())
    assert state(case, "committee") == {"committee": "not_needed"}
    choose_lines(session, world.people["physician"], case, [1, 2], world.tick())
    assert state(case, "committee") == {"committee": "not_asked"}


def test_a_committee_that_was_asked_stays_asked(session: Session):
    world = World(session)
    world.centre.committee = "charged"
    product = world.add_product("DOS", lines=2)
    product.lines[1].is_free = False
    case = world.open_case(product)
    world.act(case, "pharmacist", "ask_committee", on=str(world.today))
    choose_lines(session, world.people["physician"], case, [1], world.tick())
    assert state(case, "committee") == {"committee": "asked"}


def test_late_and_unknown_edits_are_refused(session: Session):
    world = World(session)
    case = world.case_in("awaiting_endorsement", world.add_product("DOS", lines=2))
    with pytest.raises(Refused):
        choose_lines(session, world.people["pharmacist"], case, [1], world.tick())


def test_two_people_choosing_at_once(session: Session):
    world = World(session)
    case = world.open_case(world.add_product("TRES", lines=3))
    old = seen_now(session, case, "edit_product")
    choose_lines(session, world.people["pharmacist"], case, [1], world.tick(), old)
    with pytest.raises(Conflict):
        choose_lines(session, world.people["physician"], case, [2], world.tick(), old)
