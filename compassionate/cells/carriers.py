"""What a label carries for machines, and what a scan of any label says: one shape for every carrier.

A scan is a GS1 element string, an ISBT 128 message, a Single European Code as text or a plain code. Which one it is
follows from how it begins; what is none of them is refused, never taken for the nearest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from compassionate.cells import gs1, isbt128, sec, shelf_life
from compassionate.cells.wedge import GS, Typed, received
from compassionate.errors import FieldError, Invalid

GS1, ISBT128, SEC, CODE = "gs1", "isbt128", "sec", "code"
Value = str | date | datetime
PLAIN_CODE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z/-]{0,38}[0-9A-Za-z])?", re.ASCII)
BEGINS_GS1 = re.compile(r"\(\d{2,4}\)|\x1d|(?:01\d{14}|00\d{18})|.*?99[0-9A-F]{8}\.", re.ASCII)
BEGINS_SEC = re.compile(r"SEC\b|[A-Z]{2}[0-9A-Z]{19}(?:\s+\S{19})?$", re.ASCII)
LONGEST_SCAN = 400


def own_elements(
    container: str, patient: str, stored_code: str = "", batch: str = "", expires_at: datetime | None = None
) -> list[tuple[str, str]]:
    """What a container's own label says to machines, element by element; what is not known is left out."""
    written = shelf_life.compact(expires_at) if expires_at is not None else ""
    named = (("container", container), ("patient", patient), ("sec", stored_code), ("own_batch", batch))
    return [each for each in (*named, ("expires_at", written)) if each[1]]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a container's own label says to machines. All but container and patient may be missing."""

    container: str
    patient: str
    code: sec.SingleEuropeanCode | None = None
    batch: str = ""
    expires_at: datetime | None = None
    gtin: str = ""
    zone: str = "Europe/Madrid"

    @property
    def element_string(self) -> str:
        """As GS1 elements: with a GTIN the public ones too, without one those for own use alone."""
        stored = sec.stored(self.code) if self.code is not None else ""
        own = own_elements(self.container, self.patient, stored, self.batch, self.expires_at)
        return gs1.build([*own, *self._public()])

    def _public(self) -> list[tuple[str, str]]:
        if not self.gtin:
            return []
        public = [("gtin", self.gtin)]
        if self.expires_at is not None:
            public.append(("expires_on", f"{shelf_life.day(self.expires_at, self.zone):%y%m%d}"))
        return [*public, ("batch", self.batch)] if self.batch else public


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan says, by field; `layout` tells what had to be translated from a wrongly set keyboard."""

    carrier: str
    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    symbology: str = ""
    layout: str = ""

    @property
    def code(self) -> str:
        """The container's code, or the bare code that a person typed; empty where the carrier says neither."""
        return str(self.values.get("container") or self.values.get("code") or "")


def read(raw: str, today: date) -> Scanned:
    """What a scanner, a person or a photograph gave; raises Invalid with what cannot be read, and where."""
    typed = received(raw[: LONGEST_SCAN + 1])
    if not typed.text:
        raise _wrong("scan.empty")
    if len(raw) > LONGEST_SCAN:
        raise _wrong("scan.too_long", most=LONGEST_SCAN)
    if typed.is_inverted:
        raise _wrong("scan.caps_lock")
    carrier, values = _values(typed, today)
    return Scanned(carrier, typed.text, values, typed.symbology, typed.layout)


def _values(typed: Typed, today: date) -> tuple[str, dict[str, Value]]:
    text = typed.text
    if typed.is_gs1 or BEGINS_GS1.match(text) or GS in text:
        return GS1, _own(gs1.parse(text, today))
    if text[0] in "=&":
        return ISBT128, isbt128.parse(text)
    if BEGINS_SEC.match(text):
        return SEC, dict(sec.fields(sec.read(text)))
    if PLAIN_CODE.fullmatch(text):
        return CODE, {"code": text}
    raise _wrong("scan.no_carrier")


def _own(found: dict[str, Value]) -> dict[str, Value]:
    """Elements of our own in the words of everybody else: the code in its fields, the instant as an instant."""
    values = {name: value for name, value in found.items() if name not in ("sec", "own_batch", "expires_at")}
    if "sec" in found:
        values |= sec.fields(sec.from_stored(str(found["sec"])))
    if "own_batch" in found:
        if found.get("batch", found["own_batch"]) != found["own_batch"]:
            raise _wrong("scan.two_batches")
        values["batch"] = found["own_batch"]
    if "expires_at" in found:
        try:
            values["expires_at"] = shelf_life.read_compact(str(found["expires_at"]))
        except ValueError:
            raise _wrong("scan.no_such_instant") from None
    return values


def _wrong(code: str, **params: object) -> Invalid:
    return Invalid((FieldError("scan", code, params),))
