"""Opening cases: numbered without gaps, with all that runs beside them; listed and found within one's centres."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_37_36

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Case, Centre
from compassionate.models.database import WRITE
from compassionate.models.vault import Vault
from compassionate.services import case_lists, cases
from compassionate.services.case_lists import PAGE, Filters
from compassionate.services.cases import Opening
from compassionate.services.searching import search
from tests.world import World


def test_codes_have_no_gaps_and_a_check_character(session: Session):
    world = World(session)
    codes = [world.open_case(nhc=str(n)).code for n in range(3)]
    assert [code[:14] for code in codes] == [f"HGA-2026-{n:05d}" for n in (1, 2, 3)]
    assert all(mod_37_36.is_valid(code.replace("-", "")) for code in codes)


def test_a_new_year_starts_anew(session: Session):
    world = World(session)
    world.open_case()
    world.now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # already the new year in Madrid
    assert world.open_case(nhc="2").code.startswith("HGA-2027-00001")


def test_people_who_open_at_once_get_different_numbers(fresh_engine: Engine, vault: Vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        centre_id = World(session).centre.id
        session.commit()

    def open_one(_: int) -> str:
        with Session(fresh_engine, info={"vault": vault}) as session:
            session.connection(execution_options=WRITE)
            code = cases.next_code(session, session.get_one(Centre, centre_id), datetime(2026, 5, 1, tzinfo=UTC))
            session.commit()
            return code

    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(open_one, range(6)))
    assert [int(code[9:14]) for code in codes] == [1, 2, 3, 4, 5, 6]


def test_a_case_starts_with_everything_that_runs_beside_it(session: Session):
    world = World(session)
    case = world.open_case(
        world.add_product("DOS", lines=2, consent_kinds=["use", "donation"], agreement_per_patient=False)
    )
    held = {(region.kind, region.instance): region.state for region in case.regions}
    assert held == {
        ("sponsor_agreement", "sponsor"): "not_needed",
        ("committee", "committee"): "not_needed",
        ("consent", "use"): "not_started",
        ("consent", "donation"): "not_started",
        ("supply", "line-1"): "none",
        ("supply", "line-2"): "none",
        ("cells", "cells"): "not_started",
    }
    assert (case.state, [request.number for request in case.requests]) == ("draft", [0])


@pytest.mark.parametrize(
    ("rule", "is_free", "state"),
    [("never", True, "not_needed"), ("always", True, "not_asked"), ("charged", True, "not_needed"),
     ("charged", False, "not_asked"), ("free", True, "not_asked"), ("free", False, "not_needed")],
)  # fmt: skip
def test_the_committee_is_asked_by_the_rule_of_the_centre(session: Session, rule: str, is_free: bool, state: str):
    world = World(session)
    world.centre.committee = rule
    for line in world.product.lines:
        line.is_free = is_free
    assert next(region.state for region in world.open_case().regions if region.kind == "committee") == state


def test_who_may_not_open_a_case_is_refused(session: Session):
    world = World(session)
    opening = Opening(world.centre, world.add_patient(), world.product, (1,))
    with pytest.raises(Refused) as caught:
        cases.open_case(session, world.people["director"], opening, world.now)
    assert [reason.code for reason in caught.value.reasons] == ["role.missing"]


@pytest.mark.parametrize("positions", [(), (2,), (1, 99)])
def test_a_case_needs_presentations_of_its_medicine(session: Session, positions: tuple[int, ...]):
    world = World(session)
    opening = Opening(world.centre, world.add_patient(), world.product, positions)
    with pytest.raises(Invalid) as caught:
        cases.open_case(session, world.people["pharmacist"], opening, world.now)
    assert [error.field for error in caught.value.errors] == ["lines"]


def test_a_patient_of_another_centre_is_not_there(session: Session):
    world, other = World(session), World(session, "HGB")
    opening = Opening(world.centre, other.add_patient(), world.product, (1,))
    with pytest.raises(NotFound):
        cases.open_case(session, world.people["pharmacist"], opening, world.now)


def test_a_case_of_another_centre_is_not_there(session: Session):
    world, other = World(session), World(session, "HGB")
    code = other.open_case().code
    assert cases.get_case(session, other.people["auditor"], code.lower()).code == code
    for who in ("pharmacist", "director", "admin"):
        with pytest.raises(NotFound):
            cases.get_case(session, world.people[who], code)


def test_a_list_is_walked_page_by_page_without_loss_or_repeat(session: Session):
    world = World(session)
    World(session, "HGB").open_case()
    codes = [world.open_case(nhc=str(n)).code for n in range(5)]
    found: list[str] = []
    after = ""
    while True:
        page, after = case_lists.list_cases(session, world.people["nurse"], Filters(), limit=2, after=after)
        found += [row.code for row in page]
        if not after:
            break
    assert found == codes


@pytest.mark.parametrize("cursor", ["x", "bm9wZQ", "W10", "WyIyMDI2Iiwx", "é"])
def test_an_address_of_a_page_that_was_tampered_with_is_refused(session: Session, cursor: str):
    world = World(session)
    with pytest.raises(Invalid):
        case_lists.list_cases(session, world.people["nurse"], Filters(), after=cursor)


@pytest.mark.parametrize(("text", "finds"), [
    ("hga-2026", True), ("h", True), ("HGA", True), ("hga-", True), ("hga-2026-00001", True), ("células", True),
    ("é", True), ("%", False), ("HGA_2026", False), ("HGB-2026", False), ("HGA-2025", False), ("HGA-2026-00002", False),
    ("*", False),
])  # fmt: skip
def test_text_finds_cases_by_the_beginning_of_their_code_or_a_product_of_that_name(
    session: Session, text: str, finds: bool
):
    world = World(session)
    World(session, "HGB").open_case()
    code = world.open_case().code
    assert [row.code for row in search(session, world.people["nurse"], text).rows] == [code] * finds


def test_of_many_the_newest_are_found_and_that_there_are_more(session: Session):
    world = World(session)
    codes = [world.open_case(nhc=str(n)).code for n in range(PAGE + 2)]
    found = search(session, world.people["nurse"], "HGA-")
    assert ([row.code for row in found.rows], found.more) == (codes[1:-1], True)


def test_a_second_case_of_one_person_keeps_the_person(session: Session):
    world = World(session)
    case = world.open_case()
    opening = Opening(world.centre, case.patient, world.add_product("DOS"), (1,))
    again = cases.open_case(session, world.people["physician"], opening, world.tick())
    assert set(session.scalars(select(Case.patient_id))) == {again.patient_id} == {case.patient_id}
