"""What deliveries cost: exact, corrected by adding, unknown where nobody wrote it down."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from compassionate.errors import Conflict, Invalid, NotFound, Refused
from compassionate.models import AuditEntry, SupplyCharge
from compassionate.services import charges
from compassionate.services.edits import seen_now
from tests.world import World

CHARGED = {"terms": "charged", "price": "1820,35", "currency": "EUR", "delivery_note": "ALB-7", "invoice": "F-2026/11"}


pytestmark = pytest.mark.one_database  # what is written down is the same on both


@pytest.fixture
def world(session) -> World:
    return World(session)


@pytest.fixture
def case(world: World):
    held = world.case_in("authorised")
    world.stock(held, packs=3)
    return held


def entry_of(world: World, case) -> str:
    return charges.deliveries(world.session, case)[0].entry.id


def write(world: World, case, who: str = "pharmacist", seen: str | None = None, **more: str) -> SupplyCharge:
    given, entry_id = CHARGED | more, entry_of(world, case)
    return charges.record_charge(world.session, world.people[who], case, entry_id, given, world.tick(), seen)


def test_a_delivery_nobody_priced_has_no_cost_rather_than_none(world: World, case):
    assert charges.deliveries(world.session, case)[0].cents is None


def test_three_packs_cost_three_times_one_to_the_cent(world: World, case):
    write(world, case)
    assert charges.deliveries(world.session, case)[0].cents == 546_105


def test_cents_are_read_from_digits(world: World, case):
    for text, cents in [("0,01", 1), ("1,1", 110), ("9999999,99", 999_999_999), ("19.99 €", 1999), ("0", 0)]:
        assert write(world, case, price=text).price_cents == cents


def test_what_is_no_price_is_refused(world: World, case):
    for text in ["-1", "1,234", "1.250,50", "mil", "1e3", "١٢"]:
        with pytest.raises(Invalid):
            write(world, case, price=text)


def test_charged_without_a_price_stays_unknown_and_free_costs_nothing(world: World, case):
    write(world, case, price="")
    assert charges.deliveries(world.session, case)[0].cents is None
    held = write(world, case, terms="free")
    assert (held.price_cents, charges.deliveries(world.session, case)[0].cents) == (None, 0)


def test_a_correction_is_one_more_row_and_its_audit_row_says_so(world: World, case):
    write(world, case)
    write(world, case, price="1800")
    rows = list(world.session.scalars(select(SupplyCharge).order_by(SupplyCharge.number)))
    assert [(row.number, row.price_cents) for row in rows] == [(1, 182_035), (2, 180_000)]
    told = list(world.session.scalars(select(AuditEntry.row).where(AuditEntry.case_id == case.id)))
    assert sum('"record_charge"' in row for row in told) == 2
    assert "182" not in next(row for row in told if '"record_charge"' in row).split('"changed"')[0].split('"at"')[0]


def test_the_form_begins_with_what_the_presentation_says(world: World, case):
    line = case.lines[0].product_line
    line.is_free, line.price_cents = False, 12_050
    shown = charges.values_of(case, charges.deliveries(world.session, case)[0])
    assert (shown["terms"], shown["price"], shown["currency"]) == ("charged", "120,50", "EUR")


def test_whoever_saw_less_than_was_saved_is_stopped(world: World, case):
    seen = seen_now(world.session, case, charges.EDIT, "line-1")
    write(world, case, seen=seen)
    with pytest.raises(Conflict):
        write(world, case, seen=seen, price="1")


def test_only_the_pharmacy_writes_costs(world: World, case):
    write(world, case, who="technician")
    with pytest.raises(Refused):
        write(world, case, who="physician")


def test_what_was_only_ordered_has_no_cost(world: World, case):
    with pytest.raises(NotFound):
        charges.record_charge(world.session, world.people["pharmacist"], case, "none", CHARGED, world.tick())
