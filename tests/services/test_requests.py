"""What a request asks for: versions of the posology, packs that are enough and no pack more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import Case, CaseEvent
from compassionate.models.database import WRITE
from compassionate.models.vault import Vault
from compassionate.services import requests
from compassionate.services.edits import seen_now
from compassionate.services.requests import packs_for
from tests.world import FORMS, POSOLOGY, World

PACKS = {"units_a_day.1": "1,5", "days.1": "84", "needs_import": "no"}


def errors(act: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        act()
    return {error.field: error.code for error in caught.value.errors}


@given(
    st.decimals("0.0001", "10000", places=4), st.integers(1, 3650), st.integers(1, 500)
)  # fmt: skip
def test_the_packs_are_enough_and_no_pack_more(daily: Decimal, days: int, size: int):
    total, packs = packs_for(daily, days, size)
    assert total - 1 < daily * days <= total
    assert (packs - 1) * size < total <= packs * size


@pytest.mark.parametrize(
    ("daily", "days", "size", "wanted"),
    [("2", 84, 30, (168, 6)), ("0.5", 85, 30, (43, 2)), ("1", 30, 30, (30, 1)), ("0.0001", 1, 1, (1, 1))],
)
def test_known_calculations(daily: str, days: int, size: int, wanted: tuple[int, int]):
    assert packs_for(Decimal(daily), days, size) == wanted


def test_packs_are_kept_with_their_calculation(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    requests.save_packs(session, world.people["technician"], case, 0, PACKS, world.tick())
    row = case.requests[0].packs[0]
    assert (row.packs, row.units_a_day, row.days, row.total_units) == (126, "1.5", 84, 126)


def test_the_first_request_needs_packs_of_every_presentation(session: Session):
    world = World(session)
    case = world.case_in("preparing", world.add_product("DOS", lines=2))
    found = errors(lambda: requests.save_packs(session, world.people["pharmacist"], case, 0, PACKS, world.tick()))
    assert found == {"packs.2": "value.missing"}


def test_a_continuation_asks_for_what_it_needs_and_something_it_must(session: Session):
    world = World(session)
    case = world.case_in("in_treatment", world.add_product("DOS", lines=2))
    world.act(case, "pharmacist", "open_continuation", request_kind="more_packs")
    pharmacist = world.people["pharmacist"]
    found = errors(lambda: requests.save_packs(session, pharmacist, case, 1, {"needs_import": "no"}, world.tick()))
    assert found == {"units_a_day.1": "value.packs_none"}
    requests.save_packs(session, pharmacist, case, 1, PACKS, world.tick())
    assert [row.line_number for row in case.requests[1].packs] == [1]


def test_saying_the_same_posology_again_makes_no_version(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    physician = world.people["physician"]
    first = requests.save_posology(session, physician, case, 0, POSOLOGY, world.tick())
    version = case.version
    assert requests.save_posology(session, physician, case, 0, POSOLOGY, world.tick()).id == first.id
    assert case.version == version
    later = requests.save_posology(session, physician, case, 0, POSOLOGY | {"duration_weeks": "26"}, world.tick())
    assert (later.version, case.requests[0].duration_weeks) == (2, 26)


def test_a_longer_duration_or_later_start_is_said_within_bounds(session: Session):
    world = World(session)
    case = world.case_in("preparing")
    bad = {"dose": "x" * 201, "schedule": "", "duration_weeks": "521", "start_wished_on": "mañana"}
    found = errors(lambda: requests.save_posology(session, world.people["physician"], case, 0, bad, world.tick()))
    assert found == {
        "dose": "value.too_long",
        "schedule": "value.missing",
        "duration_weeks": "value.whole_number",
        "start_wished_on": "value.date_format",
    }


@pytest.mark.parametrize("part", ["posology", "packs"])
def test_an_edit_prepared_on_an_older_page_is_a_conflict(session: Session, part: str):
    world = World(session)
    case = world.case_in("preparing")
    save, who, values = {
        "posology": (requests.save_posology, world.people["physician"], POSOLOGY),
        "packs": (requests.save_packs, world.people["pharmacist"], PACKS),
    }[part]
    old = seen_now(session, case, f"edit_{part}", "0")
    save(session, who, case, 0, values, world.tick(), old)
    with pytest.raises(Conflict):
        save(session, who, case, 0, values, world.tick(), old)
    save(session, who, case, 0, values, world.tick(), seen_now(session, case, f"edit_{part}", "0"))


def test_of_two_who_save_at_once_one_is_told(fresh_engine: Engine, vault: Vault):
    with Session(fresh_engine, info={"vault": vault}) as session:
        world = World(session)
        case_id, pharmacist = world.case_in("preparing").id, world.people["pharmacist"]
        session.commit()

    def save(days: int) -> str:
        with Session(fresh_engine, info={"vault": vault, "forms": FORMS}) as session:
            session.connection(execution_options=WRITE)
            case = session.get_one(Case, case_id)
            try:
                requests.save_packs(session, pharmacist, case, 0, PACKS | {"days.1": str(days)}, world.now, "")
                session.commit()
            except Conflict:
                return "told"
            return "saved"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(save, (10, 20, 30))) == ["saved", "told", "told"]
    with Session(fresh_engine) as session:
        assert session.scalar(select(func.count()).where(CaseEvent.name == "edit_packs")) == 1


@pytest.mark.parametrize(("who", "code"), [("pharmacist", "role.missing"), ("director", "role.missing")])
def test_who_may_not_edit_the_posology_is_refused(session: Session, who: str, code: str):
    world = World(session)
    case = world.case_in("preparing")
    with pytest.raises(Refused) as caught:
        requests.save_posology(session, world.people[who], case, 0, POSOLOGY, world.tick())
    assert [reason.code for reason in caught.value.reasons] == [code]


def test_a_request_before_the_director_is_closed_to_edits(session: Session):
    world = World(session)
    case = world.case_in("awaiting_endorsement")
    with pytest.raises(Refused) as caught:
        requests.save_packs(session, world.people["pharmacist"], case, 0, PACKS, world.tick())
    assert [reason.code for reason in caught.value.reasons] == ["section.closed"]


def test_there_is_no_request_of_another_number(session: Session):
    world = World(session)
    with pytest.raises(NotFound):
        requests.the_request(world.open_case(), 3)
