"""What was read at a hand-over against what is on record: every difference named, the step not taken (RDL 9/2014).

Scanned or typed is the same: a label says its container, a bracelet says its patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from compassionate.cells import carriers, custody, sec
from compassionate.clock import civil_date
from compassionate.errors import FieldError, Invalid
from compassionate.models import Case, CellContainer, Procurement
from compassionate.services.cells import rows
from compassionate.services.patients import identity_of, normalised

# Which container a step has in the hand; the first is what is said to be expected.
IN_HAND: Mapping[str, tuple[str, ...]] = {
    "record_procurement": ("procurement",),
    "hand_over_cells": ("transport", "procurement"),
    "receive_cells": ("transport", "procurement"),
    "start_culture": ("procurement",),
    "dispatch_cells": ("shipping", "primary", "pack"),
    "receive_cells_at_hospital": ("shipping", "primary", "pack"),
    "check_cells_identity": ("primary", "pack"),
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A mismatch: what was expected and what was read, as people say it."""

    expected: str
    found: str


def expected_of(case: Case, row: CellContainer) -> custody.Expected:
    """What a container of a case should say; its patient is named by the code of the case, never by an identifier."""
    return custody.Expected(
        row.code,
        case.code,
        sec.from_stored(row.european_code) if row.european_code else None,
        row.batch,
        row.expires_at,
        row.serial,
        zone=case.centre.zone,
    )


def in_hand(session: Session, held: Procurement, name: str, read: str) -> CellContainer | None:
    """The container that a step should have in the hand: the one that was read where it is one of them."""
    found = rows.containers(session, held, IN_HAND.get(name, ()))
    return next((row for row in found if row.code == read), found[0] if found else None)


def stop(session: Session, case: Case, name: str, values: Mapping[str, Any], now: datetime) -> Stop | None:
    """The mismatch that what was read for a step makes, or None; raises Invalid for what cannot be read."""
    held = rows.current(session, case)
    if held is None or name not in IN_HAND:
        return None
    differs = _person(session, case, values) + _container(session, case, held, name, values, now)
    if not differs:
        return None
    return Stop("; ".join(each.expected for each in differs), "; ".join(each.scanned for each in differs))


def _container(
    session: Session, case: Case, held: Procurement, name: str, values: Mapping[str, Any], now: datetime
) -> tuple[custody.Mismatch, ...]:
    scanned = read(values["container_code"], case, now)
    row = in_hand(session, held, name, scanned.code)
    if row is None:
        return (custody.Mismatch("container", "–", scanned.code),)
    differs = custody.compare(expected_of(case, row), scanned)
    if not differs and not scanned.code:  # it agrees and names no container, so it proves nothing of this one
        raise Invalid((FieldError("container_code", "cells.no_container"),))
    return differs


def read(text: str, case: Case, now: datetime) -> carriers.Scanned:
    """What a scanner or a person gave for a container; raises Invalid beside its field."""
    try:
        return carriers.read(text, civil_date(now, case.centre.zone))
    except Invalid as invalid:
        raise Invalid(tuple(FieldError("container_code", each.code, each.params) for each in invalid.errors)) from None


def _person(session: Session, case: Case, values: Mapping[str, Any]) -> tuple[custody.Mismatch, ...]:
    """A bracelet against every number that the hospital knows this patient by, and the code of the case itself."""
    if "patient_code" not in values:
        return ()
    identity = identity_of(session, case.patient)
    known = [number for number in (identity.nhc, identity.cip, identity.national_id, case.code) if number]
    if normalised(values["patient_code"]) in {normalised(number) for number in known}:
        return ()
    return (custody.Mismatch("patient", known[0], values["patient_code"]),)
