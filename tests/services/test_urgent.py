"""Urgent is an early filing: what may follow is owed under a clock, and no dose comes any earlier."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from compassionate.clock import civil_date
from compassionate.documents.completeness import missing as completeness
from compassionate.errors import Invalid, Refused
from compassionate.models import Clock, Notice
from compassionate.services import advance, answers, delegations, pending, rectifications, requests, urgent
from compassionate.services.actors import actor_of
from compassionate.services.binding import latest_dossier
from compassionate.services.documents import is_stale
from compassionate.services.escalation import escalate
from compassionate.services.snapshots import snapshot
from compassionate.workflow.roles import Role
from compassionate.workflow.urgent import parts
from tests.world import FORMS, POSOLOGY, REPORT, World


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
    world.sign_report(case)
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
    filed_on = civil_date(case.requests[0].submitted_at, "Europe/Madrid")
    assert held is not None
    assert {reason.code for reason in held.reasons} == {"sponsor.agreement_missing"}
    assert (held.due_on, held.is_late) == (filed_on + timedelta(days=3), False)
    listed = urgent.waiting(world.session, [world.centre.id])
    assert [(each.row.code, each.parts) for each in listed] == [(case.code, ("agreement",))]
    world.tick(24 * 3 - 6)
    assert not urgent.owed(world.session, case, 0, world.now).is_late
    world.tick(24)
    assert urgent.owed(world.session, case, 0, world.now).is_late
    paper = world.add_paper(case, "sponsor_agreement")
    signed = {"on": str(world.today), "signed_by": "Promotor", "paper": paper.id}
    world.act(case, "pharmacist", "record_sponsor_agreement", **signed)
    assert urgent.owed(world.session, case, 0, world.now) is None
    assert urgent.waiting(world.session, [world.centre.id]) == []
    assert clock_of(world, case).closed_at is not None


def test_urgency_never_brings_a_dose_before_the_authorisation(world):
    case = filed(world)
    world.consent(case)
    for who in ("physician", "pharmacist", "nurse"):
        with pytest.raises(Refused):
            world.dose(case, who=who)
    with pytest.raises(Refused):
        world.stock(case)
    assert case.state == "submitted"


CORE = {name: REPORT[name] for name in ("diagnosis", "supporting_data", "expected_benefit")}


def clock_of(world, case):
    return world.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.clock == "K-URG")).one()


def begun(world, report, **packs):
    """A request with a report of these answers, the agreement there."""
    case, physician = world.case_in("preparing"), world.people["physician"]
    answers.save(world.session, physician, case, "clinical-report", report, world.tick())
    requests.save_posology(world.session, physician, case, 0, POSOLOGY, world.tick())
    asked = {"needs_import": "no", "units_a_day.1": "2", "days.1": "2"} | packs
    requests.save_packs(world.session, world.people["pharmacist"], case, 0, asked, world.tick())
    world.settle_sponsor(case)
    return case


def filed_with_core(world):
    case = begun(world, CORE, **URGENT)
    world.sign_report(case)
    world.act(case, "pharmacist", "request_endorsement")
    world.act(case, "director", "endorse")
    assert completeness(snapshot(world.session, case, 0), "dossier", FORMS) == ()
    world.issue_unprinted(case)
    world.file(case)
    return case


@pytest.mark.parametrize("missing", ["diagnosis", "supporting_data", "expected_benefit"])
@pytest.mark.one_database
def test_the_core_of_the_report_is_signed_from_the_start_whatever_the_urgency(world, missing):
    case = begun(world, {name: text for name, text in CORE.items() if name != missing}, **URGENT)
    gaps = answers.signing_gaps(world.session, case, 0)
    assert [gap.params["field"] for gap in gaps] == [missing]


@pytest.mark.one_database
def test_without_urgency_or_where_the_hospital_says_so_the_whole_report_is_signed(world):
    plain = begun(world, CORE)
    assert len(answers.signing_gaps(world.session, plain, 0)) > 3
    world.centre.settings = {"urgent_report_follows": False}
    hurried = begun(world, CORE, **URGENT)
    with pytest.raises(Refused):
        world.sign_report(hurried)


def test_what_was_left_out_is_added_signed_and_owed_to_the_agency_and_to_the_management(world):
    case, physician = filed_with_core(world), world.people["physician"]
    assert urgent.waiting(world.session, [world.centre.id])[0].parts == ("report",)
    assert case.due_clock == "K-URG"
    other = REPORT | {"diagnosis": "Otra cosa"}
    with pytest.raises(Invalid) as changed:
        answers.save(world.session, physician, case, "clinical-report", other, world.tick())
    assert [error.field for error in changed.value.errors] == ["diagnosis"]
    with pytest.raises(Refused):
        world.sign_report(case)
    answers.save(world.session, physician, case, "clinical-report", REPORT, world.tick())
    world.sign_report(case)
    held = rectifications.rectifications(world.session, case, 0)
    assert [(each.row.field, each.owes_telling, each.owes_endorsement) for each in held] == [("completion", True, True)]
    assert urgent.owed(world.session, case, 0, world.now) is None
    assert (clock_of(world, case).closed_at is not None, case.due_clock) == (True, "K-RES")
    assert is_stale(world.session, case, latest_dossier(world.session, case, 0))
    world.endorse_again(case)
    with pytest.raises(Refused):
        answers.save(world.session, physician, case, "clinical-report", CORE, world.tick())


def test_an_authorised_case_gets_no_dose_until_the_urgent_request_is_complete(world):
    case, physician = filed_with_core(world), world.people["physician"]
    world.authorise(case)
    world.stock(case)
    world.consent(case)
    with pytest.raises(Refused) as barred:
        world.dose(case)
    assert [(each.code, each.cure, each.who) for each in barred.value.reasons] == [
        ("urgent.report_owed", "report", "physician")
    ]
    answers.save(world.session, physician, case, "clinical-report", REPORT, world.tick())
    world.sign_report(case)
    world.dose(case)
    assert case.state == "in_treatment"


def test_a_late_completion_is_told_to_the_management_once(world):
    case = filed_with_core(world)
    day = clock_of(world, case).due_on
    world.session.commit()
    late = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=1)
    maker = sessionmaker(world.session.bind, expire_on_commit=False, info=world.session.info)
    for _ in range(2):
        escalate(maker, maker, late)
    wanted = select(Notice.account_id).where(Notice.kind == "past", Notice.case_id == case.id)
    told = Counter(world.session.scalars(wanted))
    assert told == {world.accounts[who].id: 1 for who in ("physician", "pharmacist", "regulatory", "director")}


def test_a_withdrawn_request_owes_nothing(world):
    case = filed_with_core(world)
    world.act(case, "pharmacist", "withdraw_request", reason="Ya no hace falta", letter_on=str(world.today))
    assert clock_of(world, case).closed_at is not None
    assert case.due_clock == ""


def on_duty(world):
    """Somebody who stands in for the director while on duty."""
    name = world.add_person("guardia", Role.NURSE)
    given = {
        "account": name.username,
        "act": "Turno",
        "wording": "on_duty",
        "from_on": "2026-01-01",
        "until_on": "2026-12-31",
    }
    delegations.delegate(world.session, world.people["director"], world.centre, given, world.tick())
    return actor_of(world.accounts["guardia"], world.today)


def test_who_is_on_duty_endorses_urgent_requests_alone(world):
    case = begun(world, REPORT)
    world.sign_report(case)
    world.act(case, "pharmacist", "request_endorsement")
    guard = on_duty(world)
    for action in ("endorse", "return_for_changes", "withdraw_request"):
        asked = advance.ask(world.session, guard, case, action, world.tick())
        assert codes(asked) == {"delegation.only_urgent"}, action
    with pytest.raises(Refused):
        world.act(case, guard, "endorse")
    assert "Guardia de HGA" not in [each.name for each in named(world, case)]
    case.requests[0].urgent = True
    assert "Guardia de HGA" in [each.name for each in named(world, case)]
    world.act(case, guard, "endorse")
    signed = snapshot(world.session, case, 0).signature("endorsement")
    assert signed.delegation == "de guardia, Turno"


def named(world, case):
    held = pending.pending(world.session, case, world.now)
    return next(share.people for share in held.shares if share.role == "director")


def test_an_urgent_minimum_names_the_ground_of_every_part_and_what_the_hospital_decides():
    held = parts()
    assert all(part.legal_basis for part in held.values())
    assert {part.name for part in held.values() if part.follows} == {"report", "agreement", "committee"}
    assert all(part.before_dose and part.setting and not part.verified for part in held.values() if part.follows)
