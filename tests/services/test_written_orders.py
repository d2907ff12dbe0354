"""An order of typing is written on a page: checked, kept beside the earlier ones, never under a sheet begun before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, Refused
from compassionate.models import AuditEntry, Case, TypingOrder
from compassionate.services import typing_ticks, written_orders
from compassionate.services.written_orders import EVERY, order_of, write
from tests.services.test_typed_order import OWN
from tests.world import Hospital, World


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


def given(world: World, version: str = "HGA-1", **changed: Any) -> TypingOrder:
    values = {"centre": "HGA", "from_on": str(world.today), "text": OWN.replace("HGA-1", version)} | changed
    return write(world.session, world.people["admin"], values, world.today, world.tick())


def version(world: World, case: Case) -> str:
    return order_of(world.session, case, 0, world.now).version


def tick(world: World, case: Case) -> None:
    mark = typing_ticks.mark_of(world.session, case, "case.code", case.code)
    typing_ticks.save(
        world.session, world.people["pharmacist"], case, 0, {"case.code": mark}, {"case.code"}, {"case.code"},
        world.tick(),
    )  # fmt: skip


def test_a_version_counts_from_its_day_and_the_one_before_is_kept(world: World):
    case = world.case_in("preparing")
    ours = version(world, case)
    given(world)
    later = given(world, "HGA-2", from_on=str(world.today + timedelta(days=3)))
    assert version(world, case) == "HGA-1"
    world.tick(24 * 3)
    assert version(world, case) == "HGA-2"
    given(world, act="end", text="")
    assert version(world, case) == ours
    kept = [each.row.version for each in written_orders.versions(world.session, world.people["admin"])]
    assert kept == ["", "HGA-2", "HGA-1"]
    assert later.text.strip() == OWN.replace("HGA-1", "HGA-2").strip()


def test_a_sheet_that_was_begun_or_filed_stays_with_the_order_that_it_was_begun_by(world: World):
    begun, filed, fresh = world.case_in("preparing"), world.case_in("submitted", nhc="2"), world.open_case(nhc="3")
    before = version(world, begun)
    tick(world, begun)
    given(world)
    assert [version(world, case) for case in (begun, filed, fresh)] == [before, before, "HGA-1"]
    tick(world, fresh)
    given(world, "HGA-2")
    assert [version(world, case) for case in (begun, filed, fresh)] == [before, before, "HGA-1"]


def test_a_text_that_a_later_release_does_not_understand_is_passed_over(world: World):
    case = world.case_in("preparing")
    before = version(world, case)
    given(world).text = OWN.replace("case.code", "case.colour")
    world.session.flush()
    assert version(world, case) == before


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"text": ""}, "value.missing"),
        ({"text": 'pathway = "es-individual'}, "typing_order.wrong"),
        ({"text": OWN.replace("case.code", "case.colour")}, "typing_order.wrong"),
        ({"text": OWN.replace("es-individual", "es-other")}, "typing_order.no_pathway"),
        ({"text": OWN.replace("verified", 'centre = "HGB"\nverified')}, "typing_order.other_centre"),
        ({"text": OWN.replace("HGA-1", "2026-12")}, "typing_order.taken"),
        ({"from_on": "2020-01-01"}, "typing_order.past"),
        ({"from_on": ""}, "value.missing"),
        ({"centre": "HGB"}, "value.not_a_choice"),
        ({"centre": EVERY}, "value.not_a_choice"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason_and_leaves_nothing(world: World, changed: Any, code: str):
    Hospital(world.session, "HGB")  # of somebody else: this administrator does not rule every centre
    with pytest.raises(Invalid) as wrong:
        given(world, **changed)
    assert [error.code for error in wrong.value.errors] == [code]
    assert world.session.scalars(select(TypingOrder)).all() == []


def test_a_name_is_used_once_and_only_an_administrator_writes(world: World):
    given(world, centre=EVERY)
    with pytest.raises(Invalid) as wrong:
        given(world)
    assert [error.code for error in wrong.value.errors] == ["typing_order.taken"]
    with pytest.raises(Refused):
        write(world.session, world.people["pharmacist"], {"centre": "HGA"}, world.today, world.tick())
    rows = [row for row in world.session.scalars(select(AuditEntry.row)) if '"write_typing_order"' in row]
    assert len(rows) == 1
    assert '"version":"HGA-1"' in rows[0]
