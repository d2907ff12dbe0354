"""The Single European Code of tissues and cells: built from its fields, read, and checked field by field.

Directive 2006/86/EC annex VII (by Directive (EU) 2015/565); RDL 9/2014 arts. 34 and 34 bis. Regulation (EU) 2024/1938
applies from 7 August 2027 and leaves the format to implementing acts, so that a code says under which format it was
written. There is no check character: a wrong letter is found only by comparing it with what is on record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from compassionate.errors import FieldError, Invalid

FORMAT_2015 = "2006-86-vii"
SETTLED_UNTIL = date(2027, 8, 7)
SYSTEMS = ("E", "A", "B")
"""EUTC, ISBT 128, Eurocode."""
NO_EXPIRY = "00000000"
DONATION_LENGTH, PRODUCT_LENGTH = 21, 19
# field, first place, length, what it is made of
DONATION_PARTS = (("country", 0, 2, "[A-Z]"), ("establishment", 2, 6, "[0-9A-Z]"), ("donation", 8, 13, "[0-9A-Z]"))
PRODUCT_PARTS = (
    ("system", 0, 1, "[EAB]"),
    ("product", 1, 7, "[0-9A-Z]"),
    ("split", 8, 3, "[0-9A-Z]"),
    ("expires", 11, 8, "[0-9]"),
)
LENGTHS = {name: length for name, _, length, _ in (*DONATION_PARTS, *PRODUCT_PARTS)}
FIELDS = tuple(LENGTHS)
WORD = re.compile(r"^SEC\s*:?\s*")
NONE_OWED, DONATION_OWED, WHOLE_OWED = "none", "donation", "whole"


@dataclass(frozen=True, slots=True)
class Donation:
    """The donation identification sequence: what a donation keeps for good (RDL 9/2014 art. 34)."""

    country: str
    establishment: str
    donation: str

    @property
    def text(self) -> str:
        """Its 21 characters."""
        return f"{self.country}{self.establishment}{self.donation}"


@dataclass(frozen=True, slots=True)
class Product:
    """The product identification sequence; `expires` is None where no day is defined (eight zeros)."""

    system: str
    product: str
    split: str
    expires: date | None = None

    @property
    def text(self) -> str:
        """Its 19 characters."""
        return f"{self.system}{self.product}{self.split}{expiry_text(self.expires)}"


@dataclass(frozen=True, slots=True)
class SingleEuropeanCode:
    """Both sequences; the second is not there yet between procurement and the product."""

    donation: Donation
    product: Product | None = None
    format: str = FORMAT_2015

    @property
    def text(self) -> str:
        """What is compared and kept: the sequences with one space between them."""
        return self.donation.text if self.product is None else f"{self.donation.text} {self.product.text}"

    @property
    def printed(self) -> str:
        """What people read, after the letters SEC."""
        return f"SEC: {self.text}"

    @property
    def printed_lines(self) -> tuple[str, ...]:
        """The same on two lines, as a narrow label has it."""
        if self.product is None:
            return (f"SEC: {self.donation.text}",)
        return (f"SEC: {self.donation.text}", self.product.text)


def expiry_text(day: date | None) -> str:
    """Eight digits; zeros for no day (annex VII)."""
    return NO_EXPIRY if day is None else f"{day.year:04}{day.month:02}{day.day:02}"


def build(
    country: str, establishment: str, donation: str, system: str = "", product: str = "", split: str = "",
    expires: date | None = None,
) -> SingleEuropeanCode:  # fmt: skip
    """A code of its fields, each as long as it has to be; without `system` and `product` the donation alone.

    Raises Invalid with every field that is wrong.
    """
    text = f"{country}{establishment}{donation}"
    given = {"country": country, "establishment": establishment, "donation": donation}
    if not (system or product or split or expires):
        _require_lengths(given)
        return read(text)
    given |= {"system": system, "product": product, "split": split}
    _require_lengths(given)
    return read(f"{text} {system}{product}{split}{expiry_text(expires)}")


def _require_lengths(given: dict[str, str]) -> None:
    errors = tuple(
        FieldError(name, "sec.length", {"length": LENGTHS[name], "found": len(value)})
        for name, value in given.items()
        if len(value) != LENGTHS[name]
    )
    if errors:
        raise Invalid(errors)


def read(text: str) -> SingleEuropeanCode:
    """A code from print: on one line or two, with or without the word SEC, the donation alone or both sequences.

    Nothing is put right: a small letter, a missing place or a day that is none is refused with its field.
    Raises Invalid.
    """
    parts = WORD.sub("", text.strip()).split()
    if len(parts) not in (1, 2):
        raise Invalid((FieldError("code", "sec.sequences", {"found": len(parts)}),))
    errors = [*_errors(parts[0], DONATION_PARTS, DONATION_LENGTH, "donation_sequence")]
    if len(parts) == 2:
        errors += _errors(parts[1], PRODUCT_PARTS, PRODUCT_LENGTH, "product_sequence")
    if errors:
        raise Invalid(tuple(errors))
    product = _product(parts[1]) if len(parts) == 2 else None
    return SingleEuropeanCode(Donation(*_values(parts[0], DONATION_PARTS)), product)


def _errors(sequence: str, parts: tuple[tuple[str, int, int, str], ...], length: int, name: str) -> list[FieldError]:
    if len(sequence) != length:
        return [FieldError(name, "sec.length", {"length": length, "found": len(sequence)})]
    found = []
    for field, first, size, allowed in parts:
        value = sequence[first : first + size]
        if not re.fullmatch(f"{allowed}{{{size}}}", value, re.ASCII):
            found.append(FieldError(field, f"sec.{field}", {"value": value}))
        elif field == "expires" and value != NO_EXPIRY and _day(value) is None:
            found.append(FieldError(field, "sec.no_such_day", {"value": value}))
    return found


def _values(sequence: str, parts: tuple[tuple[str, int, int, str], ...]) -> list[str]:
    return [sequence[first : first + size] for _, first, size, _ in parts]


def _product(sequence: str) -> Product:
    system, product, split, expires = _values(sequence, PRODUCT_PARTS)
    return Product(system, product, split, _day(expires))


def _day(text: str) -> date | None:
    """The day that eight digits say, or None: eight zeros, and digits that are no day."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def stored(code: SingleEuropeanCode) -> str:
    """The code without the space, as it is kept and as a carrier has it: 21 or 40 characters."""
    return code.text.replace(" ", "")


def from_stored(text: str) -> SingleEuropeanCode:
    """The code again; raises Invalid."""
    return read(f"{text[:DONATION_LENGTH]} {text[DONATION_LENGTH:]}".rstrip())


def fields(code: SingleEuropeanCode) -> dict[str, str]:
    """Every field by its name, as it is printed."""
    texts: list[tuple[str, tuple[tuple[str, int, int, str], ...]]] = [(code.donation.text, DONATION_PARTS)]
    if code.product is not None:
        texts.append((code.product.text, PRODUCT_PARTS))
    return {name: text[first : first + size] for text, parts in texts for name, first, size, _ in parts}


def owed(stays_in_centre: bool, is_distributed: bool) -> str:
    """Which part of the code cells must carry (RDL 9/2014 art. 34.2).

    All of it when they are distributed for human application, at least the donation sequence otherwise, none when
    everything from procurement to application stays in one centre (34.2.d).
    """
    if stays_in_centre:
        return NONE_OWED
    return WHOLE_OWED if is_distributed else DONATION_OWED


def is_settled(day: date) -> bool:
    """Whether the format is fixed on that day: from 7-8-2027 implementing acts may change it (Reg. (EU) 2024/1938)."""
    return day < SETTLED_UNTIL
