"""Urgent is an early filing: what may follow is owed under a clock, and no dose comes any earlier."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compassionate.errors import Refused
from compassionate.services import advance, answers, requests, urgent
from tests.world import POSOLOGY, REPORT, World


@pytest.fixture
def world(session):
    return World(session)


def prepared(world, **packs):
    """A request ready but for the sponsor's agreement, which is only asked for."""
    case, physician = world.case_in("preparing"), world.people["physician"]
    answers.save(world.session, physician, case, "clinical-report", REPORT, world.tick())
    requests.save_posology(world.session, physician, case, 0, POSOLOGY, world.tick())
    asked = {"needs_import": "no", "units_a_day.1": "2", "days.1": "2"} | packs
    requests.save_packs(world.session, world.people["pharmacist"], case, 0, asked, world.tick())
    answers.sign_report(world.session, physician, case, 0, world.tick())
    world.act(case, "pharmacist", "ask_sponsor", on=str(world.today))
    return case


URGENT = {"urgent": "1", "urgent_reason": "Ingreso en cuidados intensivos"}


def filed(world):
    case = prepared(world, **URGENT)
    world.act(case, "pharmacist", "request_endorsement")
    world.act(case, "director", "endorse")
    world.issue_unprinted(case)
    world.act(case, "pharmacist", "submit", submitted_at=world.now.isoformat(), reference="MSE-1")
    return case


def codes(answer):
    return {reason.code for reason in answer.reasons}


def test_only_an_urgent_request_is_endorsed_before_the_sponsor_has_agreed(world):
    plain = prepared(world)
    ask = advance.ask(world.session, world.people["pharmacist"], plain, "request_endorsement", world.tick())
    assert codes(ask) == {"sponsor.agreement_missing"}
    assert filed(world).state == "submitted"


def test_what_follows_is_owed_until_the_hospitals_day_and_late_after_it(world):
    case = filed(world)
    world.centre.settings = {"urgent_completion_days": 3}
    held = urgent.owed(world.session, case, 0, world.now)
    assert held is not None
    assert {reason.code for reason in held.reasons} == {"sponsor.agreement_missing"}
    assert (held.due_on, held.is_late) == (world.today + timedelta(days=3), False)
    assert [each.case.code for each in urgent.all_owed(world.session, world.people["director"], world.now)] == [
        case.code
    ]
    world.tick(24 * 3 - 6)
    assert not urgent.owed(world.session, case, 0, world.now).is_late
    world.tick(24)
    assert urgent.owed(world.session, case, 0, world.now).is_late
    paper = world.add_paper(case, "sponsor_agreement")
    signed = {"on": str(world.today), "signed_by": "Promotor", "paper": paper.id}
    world.act(case, "pharmacist", "record_sponsor_agreement", **signed)
    assert urgent.owed(world.session, case, 0, world.now) is None


def test_urgency_never_brings_a_dose_before_the_authorisation(world):
    case = filed(world)
    world.consent(case)
    for who in ("physician", "pharmacist", "nurse"):
        with pytest.raises(Refused):
            world.dose(case, who=who)
    with pytest.raises(Refused):
        world.stock(case)
    assert case.state == "submitted"


def test_report_packs_and_endorsement_do_not_follow(world):
    case = world.case_in("preparing")
    requests.save_packs(
        world.session,
        world.people["pharmacist"],
        case,
        0,
        {"needs_import": "no", "units_a_day.1": "2", "days.1": "2"} | URGENT,
        world.tick(),
    )
    ask = advance.ask(world.session, world.people["pharmacist"], case, "request_endorsement", world.tick())
    assert {"report.not_signed", "posology.missing"} <= codes(ask)
