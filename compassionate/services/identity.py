"""The identity of a case's patient: shown, corrected with an audited edit, and the same person warned about.

Ley 41/2002 art. 14-16 (the record identifies the patient); RD 1015/2009 art. 6 (data protection of the request).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, Centre, Patient
from compassionate.services.actors import Actor
from compassionate.services.cases import require_edit, visible_cases
from compassionate.services.changes import differing
from compassionate.services.edits import expect_seen, hold
from compassionate.services.facts import today_at
from compassionate.services.patients import (
    Identity,
    fields_that_differ,
    identity_of,
    read_identity,
    same_person,
    write_identity,
)
from compassionate.services.recording import record
from compassionate.services.requests import role_for


@dataclass(frozen=True, slots=True)
class Namesake:
    """Somebody who may be the same person, as far as a warning may tell: initials, birth year, cases, by what."""

    patient_id: str
    initials: str
    birth_year: int | None
    sex: str
    cases: tuple[str, ...]
    fields: tuple[str, ...]


def namesakes(
    session: Session, actor: Actor, centre: Centre, identity: Identity, but: str = ""
) -> tuple[Namesake, ...]:
    """The centre's patients who may be this person, without a name: never more than tells them apart."""
    found = []
    for same in same_person(session, centre, identity, but):
        patient = session.get_one(Patient, same.patient_id)
        held = identity_of(session, patient)
        codes = tuple(cases_of(session, actor, patient))
        year = held.birth_on.year if held.birth_on else None
        initials = " ".join(f"{letter}." for letter in held.initials)
        found.append(Namesake(patient.id, initials, year, held.sex, codes, same.fields))
    return tuple(found)


def edit_identity(
    session: Session,
    actor: Actor,
    case: Case,
    given: Mapping[str, Any],
    now: datetime,
    *,
    seen: str | None = None,
    another_person: bool = False,
) -> Identity:
    """Correct the identity of a case's patient; raises Invalid, Refused, Conflict.

    Fields as in `Identity`. Where somebody else of the centre has the same NHC, CIP, DNI/NIE, or birth date and
    surname, the edit is Invalid (`patient.same_person`) until `another_person` says that they are two.
    The history keeps which fields changed; their values, old and new, are sealed in the audit row alone.
    """
    hold(session, case)
    require_edit(case, actor, "patient")
    expect_seen(session, case, "edit_patient", seen)
    identity, held = read_identity(given, today_at(case, now)), identity_of(session, case.patient)
    changed = fields_that_differ(held, identity)
    if not changed:
        return held
    if not another_person and newly_same(session, case, held, identity):
        raise Invalid((FieldError("another_person", "patient.same_person"),))
    write_identity(session, case.centre, case.patient, identity)
    role = role_for("patient", case, actor)
    inputs, changes = {"fields": list(changed)}, differing(asdict(held), asdict(identity))
    record(session, case, actor, now, "edit_patient", role=role, inputs=inputs, changes=changes)
    return identity


def newly_same(session: Session, case: Case, held: Identity, identity: Identity) -> bool:
    """Whether the correction makes this person look like somebody whom they did not look like before."""
    before = {each.patient_id: set(each.fields) for each in same_person(session, case.centre, held, case.patient_id)}
    after = same_person(session, case.centre, identity, case.patient_id)
    return any(set(each.fields) - before.get(each.patient_id, set()) for each in after)


def cases_of(session: Session, actor: Actor, patient: Patient) -> list[str]:
    """Codes of the cases of a person that the actor may know of."""
    rows = session.scalars(visible_cases(actor).where(Case.patient_id == patient.id).order_by(Case.code))
    return [case.code for case in rows]


def patient_of(session: Session, centre: Centre, patient_id: str) -> Patient | None:
    """A patient of that centre by id, or None."""
    return session.scalar(select(Patient).where(Patient.id == patient_id, Patient.centre_id == centre.id))
