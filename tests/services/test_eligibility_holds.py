"""No request is signed, endorsed and sent for a patient whose answers do not qualify, whatever way it took."""

from __future__ import annotations

import pytest

from compassionate.errors import Refused
from compassionate.services import answers
from tests.world import ELIGIBILITY, World


def test_a_request_withdrawn_before_screening_and_prepared_again_cannot_be_signed_without_requirements(session):
    world = World(session)
    case = world.open_case()
    world.act(case, "pharmacist", "withdraw_request", reason="Se abrió por error.")
    world.act(case, "physician", "prepare_again")
    with pytest.raises(Refused) as refused:
        world.sign_report(case)
    codes = {reason.code for reason in refused.value.reasons}
    assert {
        "eligibility.disease_class",
        "eligibility.alternatives",
        "eligibility.purpose",
        "eligibility.criterion_unmet",
    } <= codes


def test_an_answer_changed_while_preparing_is_asked_again_before_the_signature(session):
    world = World(session)
    case = world.case_in("preparing")
    physician = world.people["physician"]
    answers.save(session, physician, case, "eligibility", ELIGIBILITY | {"purpose_is_care": False}, world.tick())
    with pytest.raises(Refused) as refused:
        world.sign_report(case)
    assert "eligibility.purpose" in {reason.code for reason in refused.value.reasons}
