"""Form keys: what a first sending made, remembered long enough (CON-04)."""

from __future__ import annotations

from datetime import timedelta

from compassionate.services import idempotency
from tests.world import World

KEY, NEXT = "a-key-of-some-form-0001", "a-key-of-some-form-0002"


def test_a_key_is_remembered_for_a_week_and_then_forgotten(session):
    world = World(session)
    ana, eva = world.people["pharmacist"], world.people["physician"]
    idempotency.remember(session, ana, KEY, "/expedientes/A", world.now)
    idempotency.remember(session, ana, NEXT, "/expedientes/B", world.now + timedelta(hours=24))
    assert idempotency.result_of(session, ana, KEY) == "/expedientes/A"
    assert idempotency.result_of(session, eva, KEY) == ""
    idempotency.remember(
        session, ana, "a-key-of-some-form-0003", "/", world.now + idempotency.KEPT + timedelta(hours=1)
    )
    assert idempotency.result_of(session, ana, KEY) == ""
    assert idempotency.result_of(session, ana, NEXT) == "/expedientes/B"
