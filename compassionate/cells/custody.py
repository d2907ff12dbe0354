"""What must agree when cells change hands: what is on record against what the label says, every difference named.

Regulation.md 4.6: any mismatch is a hard stop. A field that the label says and the record does not know is a mismatch
too; a field that the label does not say is not compared, but the label must say enough for the hand-over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from compassionate.cells import sec, shelf_life
from compassionate.cells.carriers import CODE, Carried, Scanned, Value

IDENTITY = ("container", "patient")
"""What the label must say at the bedside; one of them is enough at other hand-overs."""
DONATION = ("country", "establishment", "donation", "din")
FIELDS = (
    "container", "patient", *sec.FIELDS, "din", "isbt_product", "batch", "serial", "gtin", "expires_on", "expires_at",
    "expires_at_local",
)  # fmt: skip
UNKNOWN_HERE = frozenset({"made_on", "collected_on", "collected_at_local", "variant", "additional", "second_serial"})
"""Said by labels of others and on record nowhere: shown, not compared."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is on record of the container that should be in the hand, and the zone of the place's clocks."""

    container: str
    patient: str
    code: sec.SingleEuropeanCode | None = None
    batch: str = ""
    expires_at: datetime | None = None
    serial: str = ""
    gtin: str = ""
    isbt_product: str = ""
    zone: str = "Europe/Madrid"

    @property
    def carried(self) -> Carried:
        """What its own label carries."""
        return Carried(self.container, self.patient, self.code, self.batch, self.expires_at, self.gtin, self.zone)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two sides that differ: the field, what is on record and what the label says, as people read them."""

    field: str
    expected: str
    scanned: str


def compare(expected: Expected, scanned: Scanned) -> tuple[Mismatch, ...]:
    """Every field in which a label differs from the record; nothing when all that it says agrees."""
    known = _known(expected)
    found = [
        Mismatch(name, shown(known.get(name, ""), expected.zone), shown(value, expected.zone))
        for name, value in _said(scanned).items()
        if name not in UNKNOWN_HERE and not _agree(name, known, value, expected)
    ]
    return tuple(found)


def _known(expected: Expected) -> dict[str, Value]:
    known: dict[str, Value] = {
        "container": expected.container, "patient": expected.patient, "batch": expected.batch,
        "serial": expected.serial, "gtin": expected.gtin, "isbt_product": expected.isbt_product,
    }  # fmt: skip
    if expected.code is not None:
        known |= sec.fields(expected.code)
        known["din"] = expected.code.donation.donation
    if expected.expires_at is not None:
        known["expires_at"] = expected.expires_at
        known["expires_at_local"] = expected.expires_at
        known["expires_on"] = expected.expires_at
    return {name: value for name, value in known.items() if value != ""}


def _said(scanned: Scanned) -> Mapping[str, Value]:
    """A bare code is a container's: a patient's is read at a bracelet, which is compared elsewhere."""
    return {"container": scanned.values["code"]} if scanned.carrier == CODE else scanned.values


def _agree(name: str, known: Mapping[str, Value], value: Value, expected: Expected) -> bool:
    held = known.get(name)
    if held is None:
        return False
    if isinstance(held, datetime):
        return _same_instant(held, value, expected.zone)
    if name == "din":
        return str(value)[: len(str(held))] == held  # two flags follow the number in a scan
    return held == value


def _same_instant(held: datetime, value: Value, zone: str) -> bool:
    if isinstance(value, datetime) and value.tzinfo is None:
        return shelf_life.same_on_the_wall(held, value, zone)
    if isinstance(value, datetime):
        return shelf_life.compact(held) == shelf_life.compact(value)
    return isinstance(value, date) and shelf_life.day(held, zone) == value


def shown(value: Value, zone: str) -> str:
    """A value as people of that place read it: instants with their offset."""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}" if value.tzinfo is None else shelf_life.local(value, zone)
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def unsaid(scanned: Scanned, needed: tuple[str, ...] = IDENTITY) -> tuple[str, ...]:
    """Which of the needed fields a label does not say, so that it proves nothing of them."""
    said = _said(scanned)
    return tuple(name for name in needed if name not in said)


def compare_person(expected: Mapping[str, str], scanned: Mapping[str, str]) -> tuple[Mismatch, ...]:
    """A patient's identifiers on record against those read from a bracelet or said by the patient."""
    return tuple(
        Mismatch(name, expected.get(name, ""), value)
        for name, value in scanned.items()
        if _plain(expected.get(name, "")) != _plain(value) or not _plain(value)
    )


def _plain(value: str) -> str:
    return value.strip().casefold()
