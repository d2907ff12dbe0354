"""Whoever stands in for a colleague is shown their open work for some days, and gains no right by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from compassionate import clock
from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import AuditEntry, Notice
from compassionate.services import conversation, covers, telling
from compassionate.services.actors import actor_of
from compassionate.services.notice_words import sentence
from compassionate.workflow.roles import Role
from tests.world import World

pytestmark = pytest.mark.one_database  # rules and rows alike on both


@pytest.fixture
def world(session):
    world = World(session)
    world.now = clock.now()
    world.add_person("second", Role.PHYSICIAN)
    return world


def arrange(world, who="physician", by="second", days=(0, 5), role="physician"):
    first, last = (world.today + timedelta(days=each) for each in days)
    given = {"place": f"HGA.{role}", "by": world.accounts[by].id, "from_on": str(first), "until_on": str(last)}
    return covers.arrange(world.session, world.people[who], given, world.now)


def for_whom(world, who="second", later=0):
    actor = actor_of(world.accounts[who], world.today + timedelta(days=later))
    return [row.account_id for row in covers.standing_in(world.session, actor, world.today + timedelta(days=later))]


def test_it_begins_and_ends_by_itself(world):
    arrange(world, days=(1, 3))
    away = world.accounts["physician"].id
    assert [for_whom(world, later=day) for day in range(5)] == [[], [away], [away], [away], []]


@pytest.mark.parametrize("who", ["physician", "second"])
def test_it_stands_only_while_both_hold_the_role(world, who):
    arrange(world)
    assert for_whom(world)
    world.accounts[who].memberships[0].until_on = world.today - timedelta(days=1)
    world.session.flush()
    assert for_whom(world) == []


def test_it_gives_no_role_and_no_centre(world):
    before = actor_of(world.accounts["second"], world.today)
    arrange(world)
    assert actor_of(world.accounts["second"], world.today) == before


def test_only_a_colleague_of_the_same_role_and_centre_stands_in_and_one_at_a_time(world):
    elsewhere = World(world.session, code="HGB")
    world.accounts["stranger"] = elsewhere.accounts["physician"]
    for by in ("nurse", "pharmacist", "stranger", "physician"):
        with pytest.raises(Invalid) as refusal:
            arrange(world, by=by)
        assert [error.field for error in refusal.value.errors] == ["by"]
    for days in ((5, 1), (-9, -3)):
        with pytest.raises(Invalid):
            arrange(world, days=days)
    arrange(world, days=(0, 5))
    with pytest.raises(Invalid) as twice:
        arrange(world, days=(5, 9))
    assert [error.code for error in twice.value.errors] == ["cover.there_is_one"]
    with pytest.raises(Refused):
        arrange(world, who="auditor")


def test_who_is_away_takes_it_back_and_nobody_else(world):
    row = arrange(world)
    with pytest.raises(NotFound):
        covers.end(world.session, world.people["second"], row.id, world.now)
    covers.end(world.session, world.people["physician"], row.id, world.now)
    assert for_whom(world) == []
    chain = "".join(world.session.scalars(select(AuditEntry.row)))
    assert ('"arrange_cover"' in chain, '"end_cover"' in chain) == (True, True)


def test_questions_and_notices_of_who_is_away_reach_both_and_say_in_whose_place(world, session):
    case = world.case_in("awaiting_endorsement")
    arrange(world)
    asked = {"to": f"person:{world.accounts['physician'].id}", "text": "¿Dosis?"}
    conversation.ask(session, world.people["pharmacist"], case, asked, world.tick())
    covered = covers.standing_in(session, world.people["second"], world.today)
    waits = conversation.waiting_for(session, world.people["second"], covered)
    assert [each.instead_of for each in waits] == ["Physician de HGA"]
    assert [each.instead_of for each in conversation.waiting_for(session, world.people["physician"])] == [""]
    people = telling.People(session, clock.now())
    told = people.of_roles(case, ["physician"])
    assert telling.give(people, case, told.values(), "decision", "k", {"step": "endorse"}) == 2
    assert telling.give(people, case, told.values(), "decision", "k", {"step": "endorse"}) == 0
    said = {row.account_id: sentence(row, "es") for row in session.scalars(select(Notice).where(Notice.key == "k"))}
    assert said[world.accounts["second"].id].startswith("En lugar de Physician de HGA: ")
    assert not said[world.accounts["physician"].id].startswith("En lugar de")
