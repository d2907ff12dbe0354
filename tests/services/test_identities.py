"""Who is who at the hospital: one person, one account, and a number that is good once, on each database."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import ExternalIdentity, OutboxMessage, new_id
from compassionate.services import identities
from compassionate.services.actors import actor_of
from tests.world import World

ISSUER = "https://hospital.example"


def link(world: World, name: str, subject: str, issuer: str = ISSUER) -> ExternalIdentity:
    account = world.accounts[name]
    actor = actor_of(account, world.today)
    return identities.link(world.session, actor, account, issuer, subject, "Ana", world.now)


def test_issuer_and_subject_are_one_account_and_nothing_like_them(session: Session):
    world = World(session)
    link(world, "nurse", "Subject-1")
    for issuer, subject in ((ISSUER, "subject-1"), (ISSUER + "/", "Subject-1"), (ISSUER, "Subject-1 "), (ISSUER, "")):
        assert identities.account_of(session, issuer, subject, world.now) is None
    assert identities.account_of(session, ISSUER, "Subject-1", world.now) is world.accounts["nurse"]


def test_nobody_is_two_and_no_two_are_one(session: Session):
    world = World(session)
    link(world, "nurse", "subject-1")
    with pytest.raises(Invalid, match=r"hospital_log_in\.linked"):
        link(world, "nurse", "subject-2")
    with pytest.raises(Invalid, match=r"hospital_log_in\.taken"):
        link(world, "physician", "subject-1")
    row = ExternalIdentity(
        id=new_id(), account_id=world.accounts["physician"].id, issuer=ISSUER, subject="subject-1", name="",
        linked_at=world.now,
    )  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():  # nor by two who ask at once
        session.add(row)
    assert len(session.scalars(select(ExternalIdentity)).all()) == 1


def test_a_number_comes_back_once(session: Session):
    world = World(session)
    assert identities.spend(session, "hospital", "number", world.now)
    assert not identities.spend(session, "hospital", "number", world.now)
    assert identities.spend(session, "another", "number", world.now)


def test_who_would_be_left_without_a_way_in_keeps_the_link(session: Session):
    world = World(session)
    link(world, "nurse", "subject-1")
    account = world.accounts["nurse"]
    account.password = None
    with pytest.raises(Invalid, match=r"hospital_log_in\.only_way"):
        identities.unlink(session, actor_of(account, world.today), account, world.now)
    own = actor_of(account, world.today)
    with pytest.raises(Invalid, match=r"hospital_log_in\.own"):
        identities.take_away(session, own, account, world.now)


def test_a_link_that_comes_or_goes_is_told_to_its_owner_by_mail_whoever_took_it(session: Session):
    world = World(session)
    account = world.accounts["nurse"]
    account.email, account.password, subject = "nurse@hga.example", "hash", "subject-1"
    session.flush()
    admin, self = world.people["admin"], actor_of(account, world.today)
    link(world, "nurse", subject)
    identities.unlink(session, self, account, world.now)
    link(world, "nurse", subject)
    identities.take_away(session, admin, account, world.now)
    identities.take_away(session, admin, account, world.now)  # nothing went: nothing is told
    wanted = select(OutboxMessage).where(OutboxMessage.kind == "mail").order_by(OutboxMessage.id)
    told = [row.payload for row in session.scalars(wanted)]
    assert [each["to"] for each in told] == ["nurse@hga.example"] * 4
    assert ["ya no admite" in each["subject"] for each in told] == [False, True, False, True]
    assert not any(secret in str(told) for secret in (subject, ISSUER, "http"))
