"""What is sealed opens at its own place and nowhere else, with its own key or one that replaced it (DAR-04, DAR-02)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy import Column, Table, select, update
from sqlalchemy.orm import Session

from compassionate.models import Base, Case, CaseEvent, Centre, Patient, PatientFingerprint
from compassionate.models.vault import Vault, WrongKey, named_key
from compassionate.services import keys, patients
from compassionate.services.recording import inputs_of
from tests.world import Hospital, World

SEALED = [pytest.param(table, column, id=f"{table.name}.{column.name}") for table, column in keys.sealed_columns()]


def place(table: Table, column: Column[bytes], row: str) -> str:
    return f"{table.name}.{column.name}.{row}"


@pytest.mark.parametrize(("table", "column"), SEALED)
def test_every_sealed_column_has_a_key_that_a_rotation_finds(table: Table, column: Column[bytes]):
    """A binary column of a new table is sealed with a key that its row, its case or the row above it leads to."""
    above = [key for key in table.foreign_keys if "case_id" in key.column.table.c]
    assert "key_id" in table.c or "case_id" in table.c or len(above) == 1
    assert len(table.primary_key.columns) == 1


def test_ciphertext_opens_at_its_own_place_only(session: Session, vault: Vault):
    """Every sealed column of every table: another row, another column, another table, another key."""
    key, other = (vault.new_key(session, "case").id for _ in range(2))
    places = [place(table, column, row) for table, column in keys.sealed_columns() for row in ("row-1", "row-2")]
    for here, elsewhere in pairwise([*places, places[0]]):
        sealed = vault.seal(session, key, b"a person", here)
        assert vault.open(session, key, sealed, here) == b"a person"
        with pytest.raises(WrongKey):
            vault.open(session, key, sealed, elsewhere)
        with pytest.raises(WrongKey):
            vault.open(session, other, sealed, here)


@pytest.mark.parametrize("bit", [0, 1, 5, 25, 40, -1])
def test_a_changed_or_cut_ciphertext_fails_loudly(bit: int, session: Session, vault: Vault):
    key = vault.new_key(session, "case").id
    sealed = bytearray(vault.seal(session, key, b"a person", "x"))
    sealed[bit] ^= 1
    for wrong in (bytes(sealed), bytes(sealed[:30]), bytes(sealed[:5]), b""):
        with pytest.raises(WrongKey):
            vault.open(session, key, wrong, "x")


def test_a_nonce_is_never_used_twice(session: Session, vault: Vault):
    key = vault.new_key(session, "case").id
    assert len({vault.seal(session, key, b"same", "x") for _ in range(1000)}) == 1000
    assert named_key(vault.seal(session, key, b"same", "x")) == key


def test_what_is_moved_in_the_database_is_not_shown_as_somebody_else(session: Session):
    """The attack itself: two rows of a table change their ciphertexts."""
    world = World(session)
    one, other = world.open_case(), world.open_case(nhc="2", surnames="Otra")
    table = Patient.__table__
    first, second = one.patient, other.patient
    sealed = {each.id: each.identifiers for each in (first, second)}
    for here, there in ((first, second), (second, first)):
        session.execute(update(table).where(table.c.id == here.id).values(identifiers=sealed[there.id]))
    session.expire_all()
    with pytest.raises(WrongKey):
        patients.identity_of(session, first)
    events = session.scalars(select(CaseEvent).where(CaseEvent.inputs.is_not(None), CaseEvent.case_id == one.id)).all()
    for event, stranger in pairwise(events):
        event.inputs = stranger.inputs
        with pytest.raises(WrongKey):
            inputs_of(session, session.get_one(Case, one.id), event)


def test_a_row_of_another_case_does_not_open_under_its_own_key_id(session: Session):
    """Nor with the other row's key id beside it: the place is part of what was sealed."""
    world = World(session)
    first, second = world.open_case().patient, world.open_case(nhc="2").patient
    first.identifiers, first.key_id = second.identifiers, second.key_id
    with pytest.raises(WrongKey):
        patients.identity_of(session, first)


def digest(session: Session, centre: Centre, field: str, value: str, vault: Vault | None = None) -> str:
    return (vault or Vault(bytes(range(32)))).blind_index(session, centre.key_id, field, value)


def test_a_fingerprint_is_keyed_by_field_and_centre(session: Session):
    here, there = World(session), Hospital(session, code="HGB")
    digests = {
        digest(session, centre, field, "12345678Z")
        for centre in (here.centre, there.centre)
        for field in ("nhc", "cip", "national_id")
    }
    assert len(digests) == 6
    here.open_case(nhc="12345678")
    there.open_case(nhc="12345678")
    held = session.scalars(select(PatientFingerprint.digest).where(PatientFingerprint.field == "nhc")).all()
    assert len(set(held)) == 2


def test_the_database_alone_finds_nobody(session: Session):
    """All national ids are hashed in a minute: what is stored is none of the hashes that need no key."""
    import hashlib

    world = World(session)
    world.open_case(nhc="100001")
    stored = set(session.scalars(select(PatientFingerprint.digest)))
    for known in ("100001", "nhc100001", f"{world.centre.id}100001", world.centre.key_id + "100001"):
        for name in ("sha256", "sha3_256", "blake2s"):
            assert hashlib.new(name, known.encode()).hexdigest() not in stored


@pytest.mark.parametrize(
    "typed",
    [
        "12345678Z",
        " 12345678z ",
        "12.345.678-Z",
        "１２３４５６７８Ｚ",
        "1234\u200b5678\u2060Z",
        "12345678\u00a0Z",
        "12345678\ufeffZ",
    ],
)
def test_equivalent_writings_are_one_person(typed: str, session: Session):
    world = World(session)
    given = {"given_name": "Luz", "surnames": "Inventada", "birth_on": "1980-02-03", "national_id": "12345678Z"}
    held = patients.register(session, world.centre, patients.read_identity(given, world.today), world.now)
    again = patients.read_identity(given | {"national_id": typed}, world.today)
    assert again.national_id == "12345678Z"
    assert [each.patient_id for each in patients.same_person(session, world.centre, again)] == [held.id]
    assert patients.find_exactly(session, world.centre, typed) == (held.id,)


def test_every_table_of_the_models_is_looked_at():
    """The list of sealed columns is read from the models, whatever is added to them."""
    named = {table.name for table, _ in keys.sealed_columns()}
    assert {"patients", "answer_sets", "case_events", "papers", "drafts"} <= named <= set(Base.metadata.tables)
