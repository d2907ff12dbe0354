"""Passkeys against a key made of software, which can do what no device does: lie, repeat itself, look away."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url

from compassionate.errors import Invalid
from compassionate.models import Account, OutboxMessage
from compassionate.services import passkeys, second_factor
from compassionate.services.passkeys import Place
from tests.world import World

HERE = Place("hospital.example", "https://hospital.example", "a secret of the tests")
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


class SoftKey:
    """A passkey without a device; what it says about itself can be changed."""

    def __init__(self) -> None:
        self.key, self.id = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.count, self.flags, self.place = 1, PRESENT | VERIFIED, HERE

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.place.origin}).encode()

    def _head(self, more: int = 0) -> bytes:
        host = hashlib.sha256(self.place.host.encode()).digest()
        return host + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _answer(self, client: bytes, **response: bytes) -> str:
        told = {name: bytes_to_base64url(value) for name, value in response.items()}
        named = bytes_to_base64url(self.id)
        response_of = told | {"clientDataJSON": bytes_to_base64url(client)}
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response_of})

    def made(self, options: str) -> str:
        """The answer to an invitation to make a passkey."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._head(ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        client = self._client("webauthn.create", json.loads(options)["challenge"])
        return self._answer(client, attestationObject=cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data}))

    def signed(self, options: str) -> str:
        """The answer to an invitation to log in."""
        self.count += 1
        client = self._client("webauthn.get", json.loads(options)["challenge"])
        signature = self.key.sign(self._head() + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(client, authenticatorData=self._head(), signature=signature)


@pytest.fixture
def world(session: Session) -> World:
    """A hospital."""
    return World(session)


@pytest.fixture
def nurse(world: World) -> Account:
    """Who has a passkey."""
    return world.accounts["nurse"]


@pytest.fixture
def key(world: World, nurse: Account) -> SoftKey:
    """The nurse's passkey."""
    made = SoftKey()
    options = passkeys.registration(world.session, nurse, HERE, world.now)
    passkeys.add(world.session, world.people["nurse"], nurse, "Portátil", made.made(options), HERE, world.now)
    return made


def whose(world: World, answer: str, place: Place = HERE) -> Account | None:
    return passkeys.account_of(world.session, answer, place, world.now)


def invited(world: World) -> str:
    return passkeys.invitation(HERE, world.now)


def test_a_passkey_says_whose_it_is_and_gives_recovery_codes_once(world: World, nurse: Account, key: SoftKey):
    assert whose(world, key.signed(invited(world))) is nurse
    assert nurse.second_factor_at is not None
    second = SoftKey()
    options = passkeys.registration(world.session, nurse, HERE, world.now)
    people = world.people["nurse"]
    assert passkeys.add(world.session, people, nurse, "Móvil", second.made(options), HERE, world.now) == []


def _stranger(key: SoftKey) -> None:
    key.key = ec.generate_private_key(ec.SECP256R1())


def _unverified(key: SoftKey) -> None:
    key.flags = PRESENT


def _elsewhere(key: SoftKey) -> None:
    key.place = replace(HERE, host="hospita1.example", origin="https://hospita1.example")


def _by_http(key: SoftKey) -> None:
    key.place = replace(HERE, origin="http://hospital.example")


def _cloned(key: SoftKey) -> None:
    key.count = 0


def _unknown(key: SoftKey) -> None:
    key.id = os.urandom(16)


@pytest.mark.parametrize("lie", [_stranger, _unverified, _elsewhere, _by_http, _cloned, _unknown])
def test_a_passkey_that_lies_proves_nothing(world: World, key: SoftKey, lie: Callable[[SoftKey], None]):
    assert whose(world, key.signed(invited(world))) is not None
    lie(key)
    assert whose(world, key.signed(invited(world))) is None


def test_a_number_is_good_once_soon_and_only_where_it_is_ours(world: World, nurse: Account, key: SoftKey):
    options = invited(world)
    assert whose(world, key.signed(options)) is nurse
    assert whose(world, key.signed(options)) is None  # signed anew, with a higher count: the number is spent
    late = invited(world)
    world.now += timedelta(minutes=5, seconds=1)
    assert whose(world, key.signed(late)) is None
    forged: dict[str, Any] = json.loads(invited(world)) | {"challenge": bytes_to_base64url(os.urandom(64))}
    assert whose(world, key.signed(json.dumps(forged))) is None
    others = passkeys.invitation(replace(HERE, secret="another secret"), world.now)
    assert whose(world, key.signed(others)) is None
    to_register = passkeys.registration(world.session, nurse, HERE, world.now)
    assert whose(world, key.signed(to_register)) is None


def test_an_invitation_to_make_a_passkey_is_for_that_person_alone(world: World, nurse: Account):
    options = passkeys.registration(world.session, nurse, HERE, world.now)
    resident = world.accounts["resident"]
    with pytest.raises(Invalid):
        passkeys.add(world.session, world.people["resident"], resident, "X", SoftKey().made(options), HERE, world.now)
    assert passkeys.listed(world.session, resident) == []


def test_a_passkey_that_did_not_look_at_its_person_is_not_kept(world: World, nurse: Account):
    made, options = SoftKey(), passkeys.registration(world.session, nurse, HERE, world.now)
    made.flags = PRESENT
    with pytest.raises(Invalid):
        passkeys.add(world.session, world.people["nurse"], nurse, "X", made.made(options), HERE, world.now)


def test_nobody_takes_over_somebody_elses_passkey(world: World, nurse: Account, key: SoftKey):
    resident = world.accounts["resident"]
    options = passkeys.registration(world.session, resident, HERE, world.now)
    with pytest.raises(Invalid):
        passkeys.add(world.session, world.people["resident"], resident, "X", key.made(options), HERE, world.now)
    assert whose(world, key.signed(invited(world))) is nurse


def test_a_passkey_that_comes_or_goes_is_told_to_its_owner_by_mail(world: World, nurse: Account):
    nurse.email, made = "nurse@hga.example", SoftKey()
    options = passkeys.registration(world.session, nurse, HERE, world.now)
    person = world.people["nurse"]
    passkeys.add(world.session, person, nurse, "Portátil", made.made(options), HERE, world.now)
    second_factor.remove_passkey(
        world.session, person, nurse, passkeys.listed(world.session, nurse)[0], world.now, "off"
    )
    wanted = select(OutboxMessage).where(OutboxMessage.kind == "mail").order_by(OutboxMessage.id)
    assert [row.key.partition("-")[0] for row in world.session.scalars(wanted)] == ["factor_added", "factor_removed"]
