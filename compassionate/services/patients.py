"""Patients: what identifies them, sealed; found again through keyed fingerprints; the same person warned about.

Identifiers (regulation research 5.8): NHC of the hospital, CIP, DNI or NIE with its check letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.es import dni, nie

from compassionate.errors import FieldError, Invalid
from compassionate.models import Centre, Patient, PatientFingerprint
from compassionate.models.vault import WrongKey, seal, unseal, vault_of
from compassionate.services.visibility import patient_known
from compassionate.text import clean
from compassionate.workflow.values import read_date

SEXES = ("female", "male", "other", "unknown")
NAME_LIMIT, NUMBER_LIMIT = 120, 40


@dataclass(frozen=True, slots=True)
class Identity:
    """The direct identifiers of a person."""

    given_name: str
    surnames: str
    birth_on: date | None = None
    sex: str = "unknown"
    nhc: str = ""
    cip: str = ""
    national_id: str = ""

    @property
    def initials(self) -> str:
        """First letters of given names and surnames, as pseudonymous forms ask."""
        return "".join(word[0].upper() for word in f"{self.given_name} {self.surnames}".split() if word[0].isalpha())

    @property
    def is_complete(self) -> bool:
        """A name, a birth date and at least one number: what opening a case needs in the end."""
        return bool(self.given_name and self.surnames and self.birth_on and (self.nhc or self.cip or self.national_id))


@dataclass(frozen=True, slots=True)
class SamePerson:
    """A patient who may be the same person, and by what."""

    patient_id: str
    fields: tuple[str, ...]


def normalised(text: str) -> str:
    """Upper case, without accents, spaces, hyphens or invisible characters; full-width digits become digits."""
    folded = unicodedata.normalize("NFKD", clean(text))
    return "".join(char for char in folded.upper() if char.isalnum() and not unicodedata.combining(char))


def _national_id(text: str) -> str:
    number = normalised(text)
    return number if not number or dni.is_valid(number) or nie.is_valid(number) else ""


def _birth(text: str, today: date) -> date | None:
    value = read_date(text)
    return value if value <= today else None


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: re.sub(r"\s+", " ", clean(str(given.get(name) or ""))).strip() for name in Identity.__dataclass_fields__
    }


def _length_errors(texts: Mapping[str, str]) -> list[FieldError]:
    limits = {
        "given_name": NAME_LIMIT,
        "surnames": NAME_LIMIT,
        "nhc": NUMBER_LIMIT,
        "cip": NUMBER_LIMIT,
        "national_id": NUMBER_LIMIT,
    }
    return [
        FieldError(name, "value.too_long", {"limit": limit, "length": len(texts[name])})
        for name, limit in limits.items()
        if len(texts[name]) > limit
    ]


def fields_that_differ(one: Identity, other: Identity) -> tuple[str, ...]:
    """The names of the fields in which two identities differ."""
    return tuple(name for name in Identity.__dataclass_fields__ if getattr(one, name) != getattr(other, name))


def read_identity(given: Mapping[str, Any], today: date) -> Identity:
    """An identity from what was typed (names of the fields as in `Identity`); raises Invalid, one error a field."""
    texts = _texts(given)
    errors = _length_errors(texts) + [
        FieldError(name, "value.missing") for name in ("given_name", "surnames") if not texts[name]
    ]
    birth_on = None
    if texts["birth_on"]:
        try:
            birth_on = _birth(texts["birth_on"], today)
        except ValueError:
            errors.append(FieldError("birth_on", "value.date_format"))
        else:
            errors += [] if birth_on else [FieldError("birth_on", "value.date_in_future")]
    national_id = _national_id(texts["national_id"])
    if texts["national_id"] and not national_id:
        errors.append(FieldError("national_id", "patient.national_id_wrong"))
    if texts["sex"] and texts["sex"] not in SEXES:
        errors.append(FieldError("sex", "value.not_a_choice"))
    if errors:
        raise Invalid(tuple(errors))
    return Identity(
        texts["given_name"],
        texts["surnames"],
        birth_on,
        texts["sex"] or "unknown",
        texts["nhc"],
        normalised(texts["cip"]),
        national_id,
    )


def _fingerprinted(identity: Identity) -> dict[str, str]:
    first_surname = normalised(identity.surnames.split()[0]) if identity.surnames else ""
    born = identity.birth_on.isoformat() if identity.birth_on else ""
    values = {
        "nhc": normalised(identity.nhc),
        "cip": identity.cip,
        "national_id": identity.national_id,
        "birth_and_surname": f"{born}|{first_surname}" if born and first_surname else "",
    }
    return {name: value for name, value in values.items() if value}


def _digests(session: Session, centre: Centre, identity: Identity) -> dict[str, str]:
    vault = vault_of(session)
    return {
        name: vault.blind_index(session, centre.key_id, name, value) for name, value in _fingerprinted(identity).items()
    }


def same_person(session: Session, centre: Centre, identity: Identity, but: str = "") -> tuple[SamePerson, ...]:
    """Patients of the centre that share NHC, CIP, DNI/NIE, or birth date with first surname."""
    digests = _digests(session, centre, identity)
    rows = session.execute(
        select(PatientFingerprint.patient_id, PatientFingerprint.field)
        .join(Patient, PatientFingerprint.patient_id == Patient.id)
        .where(PatientFingerprint.centre_id == centre.id, PatientFingerprint.digest.in_(digests.values()))
        .where(patient_known())
        .order_by(PatientFingerprint.patient_id)
    ).all()
    found: dict[str, list[str]] = {}
    for patient_id, field in rows:
        if patient_id != but:
            found.setdefault(patient_id, []).append(field)
    return tuple(SamePerson(patient_id, tuple(sorted(fields))) for patient_id, fields in found.items())


def find_exactly(session: Session, centre: Centre, text: str) -> tuple[str, ...]:
    """Ids of the centre's patients with exactly this NHC, CIP or DNI/NIE."""
    value, vault = normalised(text), vault_of(session)
    if not value:
        return ()
    digests = [vault.blind_index(session, centre.key_id, name, value) for name in ("nhc", "cip", "national_id")]
    wanted = select(PatientFingerprint.patient_id).where(
        PatientFingerprint.centre_id == centre.id, PatientFingerprint.digest.in_(digests)
    )
    return tuple(session.scalars(wanted.distinct()))


def register(session: Session, centre: Centre, identity: Identity, now: datetime, is_demo: bool = False) -> Patient:
    """A new patient of a centre with a key of their own."""
    key = vault_of(session).new_key(session, "patient", centre.key_id)
    patient = Patient(centre_id=centre.id, key_id=key.id, created_at=now, is_demo=is_demo or centre.is_demo)
    write_identity(session, centre, patient, identity)
    return patient


def write_identity(session: Session, centre: Centre, patient: Patient, identity: Identity) -> None:
    """Seal an identity into a patient's row and renew its fingerprints."""
    plain = asdict(identity) | {"birth_on": identity.birth_on.isoformat() if identity.birth_on else None}
    seal(session, patient, "identifiers", patient.key_id, plain)
    patient.is_identified = identity.is_complete
    session.add(patient)
    session.flush()
    _write_fingerprints(session, centre, patient, identity)


def renew_fingerprints(session: Session, centre: Centre) -> None:
    """Fingerprint every patient of a centre anew: its key was replaced."""
    for patient in session.scalars(select(Patient).where(Patient.centre_id == centre.id)):
        try:
            identity = identity_of(session, patient)
        except WrongKey:
            continue  # shredded: there is nobody to find
        _write_fingerprints(session, centre, patient, identity)


def _write_fingerprints(session: Session, centre: Centre, patient: Patient, identity: Identity) -> None:
    held = {
        row.field: row
        for row in session.scalars(select(PatientFingerprint).where(PatientFingerprint.patient_id == patient.id))
    }
    digests = _digests(session, centre, identity)
    for name, row in held.items():
        if name not in digests:
            session.delete(row)
    for name, digest in digests.items():
        row = held.get(name) or PatientFingerprint(patient_id=patient.id, centre_id=centre.id, field=name)
        row.digest = digest
        session.add(row)
    session.flush()


def identity_of(session: Session, patient: Patient) -> Identity:
    """Open a patient's identity. Whoever calls this shows personal data and logs the read."""
    plain = unseal(session, patient, "identifiers", patient.key_id)
    return Identity(**(plain | {"birth_on": date.fromisoformat(plain["birth_on"]) if plain["birth_on"] else None}))
