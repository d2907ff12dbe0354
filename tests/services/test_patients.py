"""Who a patient is: read strictly, sealed, found again exactly, and told apart from others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import Invalid
from compassionate.models import Patient, PatientFingerprint
from compassionate.services import patients
from compassionate.services.patients import Identity, identity_of, normalised, read_identity
from tests.world import World

TODAY = date(2026, 3, 2)
PERSON = {"given_name": "Luz", "surnames": "Núñez Íbero", "birth_on": "03/02/1980", "sex": "female", "nhc": "12-34"}


def wrong(**given_now: str) -> dict[str, str]:
    """The code of each field that cannot be taken."""
    with pytest.raises(Invalid) as caught:
        read_identity(PERSON | given_now, TODAY)
    return {error.field: error.code for error in caught.value.errors}


def test_an_identity_is_read_as_people_type_it():
    held = read_identity(PERSON | {"national_id": " 12345678-z ", "cip": "abcd 1234"}, TODAY)
    assert (held.birth_on, held.national_id, held.cip) == (date(1980, 2, 3), "12345678Z", "ABCD1234")
    assert held.initials == "LNÍ"
    assert held.is_complete


@pytest.mark.parametrize(
    ("given_now", "field", "code"),
    [
        ({"given_name": "  "}, "given_name", "value.missing"),
        ({"surnames": "x" * 121}, "surnames", "value.too_long"),
        ({"birth_on": "31/02/1980"}, "birth_on", "value.date_format"),
        ({"birth_on": "2026-03-03"}, "birth_on", "value.date_in_future"),
        ({"birth_on": "0001-01-01"}, "birth_on", "value.date_format"),
        ({"national_id": "12345678A"}, "national_id", "patient.national_id_wrong"),
        ({"sex": "M"}, "sex", "value.not_a_choice"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(given_now: dict[str, str], field: str, code: str):
    assert wrong(**given_now) == {field: code}


def test_every_wrong_value_is_named_at_once():
    assert set(wrong(given_name="", surnames="", national_id="1")) == {"given_name", "surnames", "national_id"}


@pytest.mark.parametrize("missing", ["birth_on", "nhc"])
def test_without_birth_date_or_any_number_a_person_is_not_identified(missing: str):
    assert not read_identity(PERSON | {missing: ""}, TODAY).is_complete


@given(st.text())
def test_normalising_twice_changes_nothing(text: str):
    assert normalised(normalised(text)) == normalised(text)


def test_accents_spaces_hyphens_and_wide_digits_do_not_tell_people_apart():
    assert normalised(" Núñez-１２ ") == normalised("NUNEZ12")


def test_what_identifies_a_person_is_nowhere_in_the_clear(session: Session):
    world = World(session)
    patient = patients.register(session, world.centre, read_identity(PERSON, TODAY), world.now)
    row = session.scalars(select(Patient).where(Patient.id == patient.id)).one()
    digests = session.scalars(select(PatientFingerprint.digest)).all()
    assert b"Luz" not in row.identifiers
    assert not [digest for digest in digests if digest == "1234"]
    assert identity_of(session, patient) == read_identity(PERSON, TODAY)


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        ({"nhc": "1 2 3 4", "surnames": "Otra"}, ("nhc",)),
        ({"nhc": "9", "birth_on": "1980-02-03", "surnames": "NUNEZ de otra manera"}, ("birth_and_surname",)),
        ({"nhc": "9", "cip": "ab-1", "birth_on": "", "surnames": "Otra"}, ("cip",)),
        ({"nhc": "9", "national_id": "12345678Z", "surnames": "Otra"}, ("national_id",)),
        ({"nhc": "9", "surnames": "Otra"}, ()),
    ],
)
def test_the_same_person_is_found_by_number_or_by_birth_date_and_surname(
    session: Session, other: dict[str, str], fields: tuple[str, ...]
):
    world = World(session)
    held = PERSON | {"cip": "AB1", "national_id": "12345678Z"}
    patients.register(session, world.centre, read_identity(held, TODAY), world.now)
    found = patients.same_person(session, world.centre, read_identity(PERSON | {"cip": "", **other}, TODAY))
    assert tuple(field for same in found for field in same.fields) == fields


def test_another_centre_knows_nothing_of_a_person(session: Session):
    world, other = World(session), World(session, "HGB")
    patients.register(session, world.centre, read_identity(PERSON, TODAY), world.now)
    assert patients.same_person(session, other.centre, read_identity(PERSON, TODAY)) == ()
    assert patients.find_exactly(session, other.centre, "1234") == ()
    assert len(patients.find_exactly(session, world.centre, "12 34")) == 1


def test_a_number_that_was_corrected_no_longer_finds_anybody(session: Session):
    world = World(session)
    patient = patients.register(session, world.centre, read_identity(PERSON, TODAY), world.now)
    corrected: dict[str, Any] = PERSON | {"nhc": "777"}
    patients.write_identity(session, world.centre, patient, read_identity(corrected, TODAY))
    assert patients.find_exactly(session, world.centre, "1234") == ()
    assert patients.find_exactly(session, world.centre, "777") == (patient.id,)


def test_fields_that_differ_are_named():
    assert patients.fields_that_differ(Identity("A", "B"), Identity("A", "C", sex="male")) == ("surnames", "sex")
