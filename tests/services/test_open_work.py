"""What a person has open goes to somebody who may hold it; what nobody answers for is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Contribution, Question
from compassionate.services import conversation, open_work, physician_changes, physician_offers
from compassionate.services.orphans import of_heads, orphans
from compassionate.workflow.roles import Role
from tests.world import World

pytestmark = pytest.mark.one_database  # rules and rows alike on both


@pytest.fixture
def world(session):
    world = World(session)
    world.add_person("second", Role.PHYSICIAN)
    world.add_person("other", Role.PHARMACIST)
    return world


def leave(world, name):
    world.accounts[name].memberships[0].until_on = world.today - timedelta(days=1)
    world.session.flush()


def named(world):
    return [(each.code, each.role, each.asked) for each in orphans(world.session, world.now)]


def give(world, name, kind, to, items, who="director"):
    given = {"kind": kind, "to": world.accounts[to].id, "item": items, "reason": "Se va del hospital"}
    return open_work.hand_over(world.session, world.people[who], world.accounts[name], given, world.tick())


def test_what_nobody_answers_for_is_named_until_it_is_taken_over_and_closed_cases_never_are(world):
    case, early, closed = world.case_in("submitted"), world.open_case(nhc="2"), world.closed_early(nhc="3")
    assert named(world) == []
    leave(world, "physician")
    assert {code for code, _, _ in named(world)} == {case.code, early.code}
    assert closed.code not in {code for code, _, _ in named(world)}
    items = [case.code, early.code]
    assert give(world, "physician", "physician", "second", items) == (1, 1)
    assert named(world) == [(case.code, "physician", "Second de HGA")]
    world.accept_case(case, "second")
    assert named(world) == []
    assert (case.physician_id, early.physician_id) == (world.accounts["second"].id,) * 2


def test_a_disabled_account_answers_for_nothing(world):
    case = world.case_in("in_treatment")
    world.accounts["pharmacist"].active = False
    world.session.flush()
    assert named(world) == [(case.code, "pharmacist", "")]
    give(world, "pharmacist", "pharmacist", "other", [case.code], "admin")
    assert (named(world), case.pharmacist_id) == ([], world.accounts["other"].id)


def test_heads_see_only_their_own_centre_and_others_see_no_such_person(world):
    case, elsewhere = world.case_in("submitted"), World(world.session, code="HGB")
    leave(world, "physician")
    assert [each.code for each in of_heads(world.session, world.people["director"], world.now)] == [case.code]
    for actor in (elsewhere.people["director"], elsewhere.people["admin"], world.people["pharmacist"]):
        assert of_heads(world.session, actor, world.now) == []
        with pytest.raises(NotFound):
            open_work.person_of(world.session, actor, "physician.hga")
    assert open_work.work_of(world.session, elsewhere.people["admin"], world.accounts["physician"])["physician"] == []


def test_only_who_may_hold_it_takes_it_and_nothing_is_given_by_halves(world):
    one, two = world.case_in("submitted"), world.open_case(nhc="2")
    elsewhere = World(world.session, code="HGB")
    world.accounts["stranger"] = elsewhere.accounts["physician"]
    for to in ("nurse", "other", "stranger", "physician"):
        with pytest.raises(Invalid) as refusal:
            give(world, "physician", "physician", to, [one.code, two.code])
        assert [error.field for error in refusal.value.errors] == ["to"]
    with pytest.raises(Invalid):
        give(world, "physician", "physician", "second", [one.code, "HGA-2026-99999X"])
    given = {"kind": "physician", "to": "", "reason": ""}
    with pytest.raises(Invalid) as empty:
        open_work.hand_over(world.session, world.people["director"], world.accounts["physician"], given, world.tick())
    assert {error.field for error in empty.value.errors} == {"to", "item", "reason"}
    assert physician_offers.pending(world.session, one) is None
    assert two.physician_id == world.accounts["physician"].id


def test_questions_asked_of_who_left_pass_on_and_leave_their_words_alone(world):
    case = world.case_in("submitted")
    asked = {"to": f"person:{world.accounts['physician'].id}", "text": "¿Dosis?"}
    row = conversation.ask(world.session, world.people["pharmacist"], case, asked, world.tick())
    give(world, "physician", "questions", "nurse", [row.id])
    assert world.session.get(Question, row.id).to_id == world.accounts["nurse"].id
    assert [each.question_id for each in conversation.waiting_for(world.session, world.people["nurse"])] == [row.id]
    assert conversation.waiting_for(world.session, world.people["physician"]) == []


def test_an_offer_to_somebody_who_left_goes_to_another(world):
    case = world.case_in("submitted")
    world.add_person("third", Role.PHYSICIAN)
    second = world.accounts["second"].id
    physician_changes.offer(world.session, world.people["physician"], case, second, "Motivo", world.tick())
    leave(world, "second")
    assert give(world, "second", "offered", "third", [case.code]) == (0, 1)
    assert physician_offers.pending(world.session, case).to_id == world.accounts["third"].id
    assert [each.row.status for each in physician_offers.history(world.session, case)] == ["pending", "withdrawn"]


def test_handing_over_makes_no_author_of_a_head_and_no_other_role_does_it(world):
    case = world.case_in("awaiting_endorsement")
    give(world, "pharmacist", "pharmacist", "other", [case.code])
    authors = select(Contribution.account_id).where(Contribution.case_id == case.id)
    assert world.accounts["director"].id not in set(world.session.scalars(authors))
    for who in ("nurse", "auditor", "regulatory"):
        with pytest.raises((Invalid, Refused)):
            give(world, "other", "pharmacist", "pharmacist", [case.code], who)
