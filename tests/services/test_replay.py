"""The history told again: each way in which what is stored may differ from what happened is found (DUR-01, DUR-04)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from compassionate import clock
from compassionate.services import checking
from compassionate.services.replay import disagreements
from tests.world import World

WRONGS = {
    "UPDATE cases SET state = 'closed' WHERE id = :case": "its history ends in authorised",
    "UPDATE cases SET version = version + 1 WHERE id = :case": "its history ends at",
    "UPDATE regions SET state = 'given' WHERE case_id = :case AND kind = 'consent'": "consent use is given",
    "DELETE FROM outbox WHERE key IN (SELECT id FROM case_events WHERE case_id = :case AND name = 'endorse')": "has 0",
    "UPDATE case_events SET after = 'submitted' WHERE case_id = :case AND name = 'endorse'": "leaves ready_to_submit",
    "UPDATE case_events SET inputs = NULL WHERE case_id = :case AND name = 'record_authorisation'": "one audit row",
}


@pytest.fixture
def world(session):
    return World(session)


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_state_that_no_history_leads_to_is_found(world, wrong):
    case = world.case_in("authorised")
    world.act(case, "physician", "inform_patient@use", on=str(world.today), sheet_version="1")
    world.session.flush()
    assert list(disagreements(world.session)) == []
    world.session.execute(text(wrong), {"case": case.id})
    found = list(disagreements(world.session))
    assert found
    assert all(case.code in each or "outbox" in each for each in found)
    assert any(WRONGS[wrong] in each for each in found)


def test_a_whole_life_agrees_with_its_history(world):
    world.case_in("closed")
    assert list(disagreements(world.session)) == []


def test_files_of_nobody_go_after_a_day_and_others_stay(world, session):
    case = world.open_case()
    kept = world.add_paper(case)
    session.info["store"].put("papers/lost", b"of an upload that never ended")
    session.info["store"].put("packs/other", b"not ours to tidy")

    assert checking.sweep(session, clock.now()) == []
    assert checking.sweep(session, clock.now() + timedelta(days=2)) == ["papers/lost"]
    assert checking.check(session).missing == []
    assert kept.id
