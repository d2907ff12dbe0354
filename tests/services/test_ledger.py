"""The ledger balances after any accepted movements: nothing below zero, nothing unaccounted, nothing over the grant."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Dose
from compassionate.services import ledger
from tests.world import World

PACK, GRANTED, BATCHES = 3, 4, ("L1", "L2")
moves = some.lists(
    some.tuples(
        some.sampled_from(
            ("order", "receive", "release", "reject", "give_back", "destroy", "dispense", "give", "give_at_home")
        ),
        some.sampled_from(BATCHES),
        some.integers(1, 5),
    ),
    min_size=4,
    max_size=14,
)


def step_of(world, case, act, batch, amount):
    """The step of a movement and its values."""
    today = str(world.today)
    if act == "order":
        return "order_supply@line-1", {"on": today, "packs": str(amount)}
    if act == "receive":
        return "receive_supply@line-1", {"on": today, "packs": str(amount), "batch": batch, "expires_on": "2027-12-31"}
    if act in ("release", "reject"):
        return f"{act}_supply@line-1", {"on": today, "batch": batch, "reason": "Motivo"}
    if act in ("give_back", "destroy"):
        name = "return_supply" if act == "give_back" else "destroy_supply"
        values = {"on": today, "batch": batch, "units": str(amount), "certificate": "C"}
        return f"{name}@line-1", values
    dose = {"line": "1", "batch": batch, "units": str(amount), "given_on": today, "identity_checked": "1"}
    dose |= {"act": "dispensing" if act == "dispense" else "administration"}
    dose |= {"from_dispensed": "1"} if act == "give_at_home" else {}
    return "start_treatment" if case.state == "authorised" else "record_dose", dose


def check_balance(session, case, told):
    """What the ledger says against what was told of each accepted movement."""
    entries, doses = ledger.entries_of(session, case), session.query(Dose).filter_by(case_id=case.id).all()
    account = ledger.accounts(case, entries, ledger.granted(session, case))[0]
    held = ledger.batches(entries, doses)
    assert account.received == told["receive"] * PACK
    assert (account.dispensed, account.administered) == (told["dispense"], told["give"])
    assert (account.returned, account.destroyed) == (told["give_back"], told["destroy"])
    gone = account.dispensed + account.administered + account.returned + account.destroyed
    assert account.left == account.received - gone == sum(batch.left for batch in held)
    assert all(batch.left >= 0 and batch.facts().dispensed_left >= 0 for batch in held)
    assert sum(batch.facts().dispensed_left for batch in held) == told["dispense"] - told["give_at_home"]
    assert 0 <= account.used <= account.units_granted == GRANTED * PACK


@pytest.fixture
def ready(session):
    """An authorised case whose patient has consented; three units a pack, four packs granted."""
    world = World(session)
    product = world.add_product("TRI")
    product.lines[0].units_per_pack = PACK
    session.flush()
    case = world.case_in("authorised", product)
    world.consent(case)
    return world, case


def test_whatever_is_accepted_leaves_the_account_balanced(ready):
    world, case = ready
    accepted = Counter()

    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    @given(moves)
    def run(sequence):
        told = Counter()
        with world.session.begin_nested() as part:
            # Something always arrives first: a sequence of refusals alone would prove nothing.
            for act, batch, amount in (("order", BATCHES[0], 2), ("receive", BATCHES[0], 2), *sequence):
                step, values = step_of(world, case, act, batch, amount)
                who = "physician" if step in ("start_treatment", "record_dose") else "pharmacist"
                try:
                    with world.session.begin_nested():
                        world.act(case, who, step, **values)
                except (Invalid, Refused, NotFound):
                    continue
                told[act] += amount
                accepted[act] += 1
                check_balance(world.session, case, told)
            part.rollback()
        world.session.expire_all()

    run()
    assert accepted["receive"]


def test_packs_granted_later_are_added_to_the_first(ready):
    world, case = ready
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    region = next(row for row in case.regions if row.kind == "continuation")
    region.state = "submitted"
    world.session.flush()
    day = str(world.today)
    values = {"channel": "mse", "decided_on": day, "seen_on": day, "packs_granted.1": "2"}
    world.act(case, "pharmacist", "record_authorisation@continuation-1", **values)
    assert ledger.granted(world.session, case) == {1: 6}


def test_a_denied_continuation_takes_nothing_away(ready):
    world, case = ready
    world.act(case, "physician", "open_continuation", request_kind="more_packs")
    region = next(row for row in case.regions if row.kind == "continuation")
    region.state = "submitted"
    world.session.flush()
    day = str(world.today)
    values = {"channel": "mse", "decided_on": day, "notified_on": day, "grounds": ["risk"], "appeal_named": "none"}
    world.act(case, "pharmacist", "record_denial@continuation-1", **values)
    assert ledger.granted(world.session, case) == {1: 4}
