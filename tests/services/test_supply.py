"""Supply: ordered within the grant, received as it comes, released by batch, given back or destroyed to the last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compassionate.errors import Invalid, Refused
from compassionate.services import ledger
from tests.world import World


@pytest.fixture
def world(session):
    return World(session)


@pytest.fixture
def case(world):
    return world.case_in("authorised")


class Pharmacy:
    """The pharmacist's hands on one line: every step dated today unless told otherwise."""

    def __init__(self, world, case, line=1):
        self.world, self.case, self.line = world, case, line

    def _do(self, step, **values):
        given = {"on": str(self.world.today)} | values
        with self.world.session.begin_nested():  # a refused step leaves nothing behind, as on a page
            return self.world.act(self.case, "pharmacist", f"{step}@line-{self.line}", **given)

    def order(self, packs, **more):
        return self._do("order_supply", packs=str(packs), **more)

    def receive(self, packs, batch="L1", days=400, **more):
        expiry = str(self.world.today + timedelta(days=days))
        return self._do("receive_supply", **({"packs": str(packs), "batch": batch, "expires_on": expiry} | more))

    def release(self, batch="L1", **more):
        return self._do("release_supply", batch=batch, **more)

    def reject(self, batch="L1", **more):
        return self._do("reject_supply", batch=batch, reason="Cadena de frío rota", **more)

    def give_back(self, units, batch="L1", **more):
        return self._do("return_supply", batch=batch, units=str(units), **more)

    def destroy(self, units, batch="L1", **more):
        return self._do("destroy_supply", batch=batch, units=str(units), certificate="CERT-9", **more)

    def account(self):
        entries = ledger.entries_of(self.world.session, self.case)
        granted = ledger.granted(self.world.session, self.case)
        return ledger.accounts(self.case, entries, granted)[self.line - 1]

    def batches(self):
        held = ledger.batches(ledger.entries_of(self.world.session, self.case))
        return {batch.batch: (batch.status, batch.left) for batch in held if batch.line == self.line}

    @property
    def state(self):
        return next(row.state for row in self.case.regions if row.instance == f"line-{self.line}")


@pytest.fixture
def pharmacy(world, case):
    return Pharmacy(world, case)


def codes_of(refusal):
    return {error.field: error.code for error in refusal.value.errors}


def test_nothing_is_ordered_before_the_agency_has_authorised(world):
    with pytest.raises(Refused) as refusal:
        Pharmacy(world, world.case_in("preparing")).order(1)
    assert [reason.code for reason in refusal.value.reasons] == ["authorisation.missing"]


def test_an_order_arrives_in_two_deliveries(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(1)
    pharmacy.receive(3, batch="L2")
    account = pharmacy.account()
    assert (account.packs_ordered, account.received, account.left) == (4, 4, 4)
    assert pharmacy.batches() == {"L1": ("in_quarantine", 1), "L2": ("in_quarantine", 3)}


def test_more_of_a_released_batch_waits_in_quarantine_with_all_of_it(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(2)
    pharmacy.release()
    pharmacy.receive(2)
    assert pharmacy.batches() == {"L1": ("in_quarantine", 4)}


def test_no_more_is_ordered_than_was_granted(pharmacy):
    with pytest.raises(Invalid) as refusal:
        pharmacy.order(5)
    assert codes_of(refusal) == {"packs": "stock.more_than_granted"}
    assert refusal.value.errors[0].params == {"most": 4}


def test_what_is_in_the_pharmacy_counts_against_the_grant_and_what_was_rejected_does_not(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(3)
    pharmacy.release()
    with pytest.raises(Invalid):
        pharmacy.order(2)
    pharmacy.reject()
    pharmacy.order(4)
    assert (pharmacy.account().packs_ordered, pharmacy.state) == (8, "ordered")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"expires_on": "2020-01-01"}, "expires_on", "stock.expired_on_arrival"),
        ({"days": 401}, "expires_on", "stock.other_expiry"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused(pharmacy, values, field, code):
    pharmacy.order(4)
    pharmacy.receive(1)
    with pytest.raises(Invalid) as refusal:
        pharmacy.receive(1, **values)
    assert codes_of(refusal) == {field: code}


def test_a_rejected_batch_is_neither_released_nor_topped_up(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(2)
    pharmacy.reject()
    with pytest.raises(Invalid) as refusal:
        pharmacy.receive(1)
    assert codes_of(refusal) == {"batch": "stock.batch_rejected"}
    pharmacy.receive(1, batch="L2")
    with pytest.raises(Invalid) as refusal:
        pharmacy.release("L1")
    assert codes_of(refusal) == {"batch": "stock.batch_rejected"}
    pharmacy.release("L2")
    assert pharmacy.batches() == {"L1": ("rejected", 2), "L2": ("released", 1)}


def test_a_batch_is_released_once_and_before_it_expires(world, pharmacy):
    pharmacy.order(4)
    pharmacy.receive(1)
    pharmacy.release()
    pharmacy.receive(1, batch="L2", days=1)
    with pytest.raises(Invalid) as refusal:
        pharmacy.release("L1")
    assert codes_of(refusal) == {"batch": "stock.batch_released"}
    world.tick(72)
    with pytest.raises(Invalid) as refusal:
        pharmacy.release("L2")
    assert codes_of(refusal) == {"batch": "stock.batch_expired"}


@pytest.mark.parametrize("act", ["release", "reject", "give_back", "destroy"])
def test_nothing_happens_to_a_batch_before_it_arrived(pharmacy, act):
    pharmacy.order(4)
    pharmacy.receive(1)
    units = (1,) if act in ("give_back", "destroy") else ()
    with pytest.raises(Invalid) as refusal:
        getattr(pharmacy, act)(*units, on="2026-01-02")
    assert codes_of(refusal) == {"on": "stock.before_reception"}


def test_no_more_leaves_than_is_there(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(2)
    for act in (pharmacy.give_back, pharmacy.destroy):
        with pytest.raises(Invalid) as refusal:
            act(3)
        assert codes_of(refusal) == {"units": "stock.too_few"}


def test_a_batch_that_never_came_is_unknown(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(2)
    with pytest.raises(Invalid) as refusal:
        pharmacy.release("L9")
    assert codes_of(refusal) == {"batch": "stock.unknown_batch"}


def test_a_line_is_closed_when_its_last_unit_has_gone(pharmacy):
    pharmacy.order(4)
    pharmacy.receive(4)
    pharmacy.release()
    pharmacy.give_back(3, reference="ALB-DEV-1")
    with pytest.raises(Refused) as refusal:
        pharmacy._do("close_supply")
    assert [(reason.code, reason.params["units"]) for reason in refusal.value.reasons] == [("supply.units_left", 1)]
    pharmacy.destroy(1)
    pharmacy._do("close_supply")
    account = pharmacy.account()
    assert (pharmacy.state, account.returned, account.destroyed, account.left) == ("exhausted", 3, 1, 0)


def test_a_case_is_not_closed_before_its_leftover_has_gone(world):
    case = world.case_in("in_follow_up")
    with pytest.raises(Refused) as refusal:
        world.act(case, "regulatory", "close")
    assert "supply.unaccounted" in {reason.code for reason in refusal.value.reasons}
    Pharmacy(world, case).destroy(1)
    with pytest.raises(Refused) as refusal:
        world.act(case, "regulatory", "close")
    assert "supply.unaccounted" not in {reason.code for reason in refusal.value.reasons}


def test_lines_are_told_apart(world):
    case = world.case_in("authorised", world.add_product("DOS", lines=2))
    first, second = Pharmacy(world, case, 1), Pharmacy(world, case, 2)
    first.order(2)
    first.receive(2)
    second.order(1)
    assert (first.batches(), second.batches()) == ({"L1": ("in_quarantine", 2)}, {})
    with pytest.raises(Refused) as refusal:
        second.release("L1")
    assert [reason.code for reason in refusal.value.reasons] == ["supply.no_batch"]
    second.receive(1, "L2")
    with pytest.raises(Invalid):
        second.release("L1")
