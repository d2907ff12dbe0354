"""Opening a case in parts: kept sealed, finished once, by whoever began it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid, NotFound, Refused
from compassionate.models import Case, Draft, Membership
from compassionate.models.database import WRITE
from compassionate.models.vault import Vault
from compassionate.services import openings
from tests.world import FORMS, World

PERSON = {"given_name": "Luz", "surnames": "Inventada", "birth_on": "1971-05-09", "sex": "female", "nhc": "55"}


def told(world: World, who: str = "pharmacist", **person: str) -> str:
    """Everything said by somebody; the id of the opening."""
    session, actor = world.session, world.people[who]
    started = openings.start(session, actor, world.centre.id, world.tick())
    openings.say_patient(session, actor, started.id, PERSON | person, world.tick())
    openings.say_product(session, actor, started.id, world.product.id, world.tick())
    openings.say_physician(session, actor, started.id, openings.LATER, world.tick())
    return started.id


def test_parts_are_said_in_any_order_and_the_first_missing_one_is_named(session: Session):
    world = World(session)
    actor = world.people["technician"]
    started = openings.start(session, actor, world.centre.id, world.tick())
    assert openings.missing_part(started) == "patient"
    openings.say_physician(session, actor, started.id, world.accounts["physician"].id, world.tick())
    openings.say_product(session, actor, started.id, world.product.id, world.tick())
    openings.say_patient(session, actor, started.id, PERSON, world.tick())
    assert openings.missing_part(openings.load(session, actor, started.id)) == ""


def test_finishing_twice_gives_the_same_case(session: Session):
    world = World(session)
    opening = told(world)
    codes = {openings.finish(session, world.people["pharmacist"], opening, world.tick()) for _ in range(3)}
    assert len(codes) == 1
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_two_clicks_at_once_open_one_case(fresh_engine: Engine, vault: Vault):
    with Session(fresh_engine, info={"vault": vault, "forms": FORMS}) as session:
        world = World(session)
        opening, actor = told(world), world.people["pharmacist"]
        session.commit()

    def click(_: int) -> str:
        with Session(fresh_engine, info={"vault": vault, "forms": FORMS}) as session:
            session.connection(execution_options=WRITE)
            code = openings.finish(session, actor, opening, world.now)
            session.commit()
            return code

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(click, range(4)))
    with Session(fresh_engine) as session:
        assert set(session.scalars(select(Case.code))) == codes
        assert len(codes) == 1


def test_what_is_not_all_said_is_not_opened(session: Session):
    world = World(session)
    actor = world.people["pharmacist"]
    started = openings.start(session, actor, world.centre.id, world.tick())
    with pytest.raises(Invalid) as caught:
        openings.finish(session, actor, started.id, world.tick())
    assert [error.field for error in caught.value.errors] == ["patient"]


def test_another_medicine_forgets_the_presentations_of_the_first(session: Session):
    world = World(session)
    actor, opening = world.people["pharmacist"], told(world)
    several = world.add_product("TRES", lines=3)
    openings.say_product(session, actor, opening, several.id, world.tick())
    assert openings.missing_part(openings.load(session, actor, opening)) == "lines"
    openings.say_lines(session, actor, opening, ["3", "1"], world.tick())
    assert openings.load(session, actor, opening).said["lines"] == [1, 3]


def test_a_medicine_that_was_put_away_is_no_choice(session: Session):
    world = World(session)
    world.product.active = False
    started = openings.start(session, world.people["pharmacist"], world.centre.id, world.tick())
    with pytest.raises(Invalid):
        openings.say_product(session, world.people["pharmacist"], started.id, world.product.id, world.tick())


def test_a_person_corrected_into_somebody_known_is_asked_about_again(session: Session):
    world = World(session)
    world.add_patient(nhc="99")
    actor, opening = world.people["pharmacist"], told(world)
    assert [
        same.fields for same in openings.say_patient(session, actor, opening, PERSON | {"nhc": "99"}, world.tick())
    ] == [("nhc",)]
    assert openings.missing_part(openings.load(session, actor, opening)) == "person"


def test_somebody_who_is_not_one_of_the_people_shown_cannot_be_chosen(session: Session):
    world = World(session)
    stranger = world.add_patient(nhc="1", surnames="De Otra Parte")
    opening = told(world)
    with pytest.raises(Invalid):
        openings.say_person(session, world.people["pharmacist"], opening, stranger.id, world.tick())


def test_an_opening_is_its_beginner_s_alone(session: Session):
    world = World(session)
    opening = told(world, "pharmacist")
    for act in (openings.load, openings.discard):
        if act is openings.load:
            with pytest.raises(NotFound):
                act(session, world.people["physician"], opening)
        else:
            act(session, world.people["physician"], opening)
    assert openings.load(session, world.people["pharmacist"], opening).id == opening


def test_who_lost_the_role_meanwhile_opens_nothing(session: Session):
    world = World(session)
    opening = told(world)
    held = session.scalars(select(Membership).where(Membership.account_id == world.accounts["pharmacist"].id)).one()
    held.role = "nurse"
    session.flush()
    session.expire_all()
    from compassionate.services.actors import actor_of

    with pytest.raises(Refused):
        openings.finish(session, actor_of(world.accounts["pharmacist"], world.today), opening, world.tick())


def test_what_was_left_long_ago_is_no_longer_offered(session: Session):
    world = World(session)
    actor, opening = world.people["pharmacist"], told(world)
    assert [each.id for each in openings.unfinished(session, actor, world.now)] == [opening]
    assert openings.unfinished(session, actor, world.now + timedelta(days=15)) == []
