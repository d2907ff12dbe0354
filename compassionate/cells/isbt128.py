"""ISBT 128 data strings: donation number, product code, expiry; one after the other or as a compound message.

Only structures whose form is public and that cells need are known; another identifier is refused with its place. The
tables of product descriptions belong to ICCBBA and are not here: a product code is compared, never explained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stdnum.iso7064 import mod_37_2

from compassionate.errors import FieldError, Invalid

DAY_END = timedelta(hours=23, minutes=59)


@dataclass(frozen=True, slots=True)
class Structure:
    """A data structure: what it begins with, what follows, and what it is called here."""

    begins: str
    name: str
    form: str
    kind: str = "text"


STRUCTURES = (
    Structure("=<", "isbt_product", r"[A-Z][0-9A-Z]{4}[0-9A-Z][0-9A-Za-z]{2}"),
    Structure("=>", "expires_on", r"\d{6}", "day"),
    Structure("&>", "expires_at_local", r"\d{10}", "instant"),
    Structure("=*", "collected_on", r"\d{6}", "day"),
    Structure("&*", "collected_at_local", r"\d{10}", "instant"),
    # The second sign belongs to the number itself, so that this one comes last.
    Structure("=", "din", r"[A-NP-Z1-9][0-9]{4}[0-9]{2}[0-9]{6}[0-9A-Z]{2}"),
)
COMPOUND = re.compile(r"&\+(?P<count>\d{2})(?P<reference>\d{3})", re.ASCII)
BY_NAME = {each.name: each for each in STRUCTURES}


def build(values: dict[str, str | date | datetime]) -> str:
    """A compound message of the values, in the order in which they are given; raises Invalid."""
    written = [f"{BY_NAME[name].begins}{_written(BY_NAME[name], value)}" for name, value in values.items()]
    for each in written:
        parse(each)
    return f"&+{len(written):02}000{''.join(written)}"


def _written(held: Structure, value: str | date | datetime) -> str:
    if held.kind == "instant" and isinstance(value, datetime):
        return f"{_julian(value.date())}{value:%H%M}"
    return _julian(value) if held.kind == "day" and isinstance(value, date) else str(value)


def _julian(day: date) -> str:
    """cyyjjj: the last digit of the century, the year, the day of the year."""
    return f"{day.year // 100 % 10}{day.year % 100:02}{day.timetuple().tm_yday:03}"


def parse(text: str) -> dict[str, str | date | datetime]:
    """Every structure by its name; raises Invalid with the place of what cannot be read."""
    head = COMPOUND.match(text)
    place, found = head.end() if head else 0, {}
    while place < len(text):
        held, value = _structure(text, place)
        if held.name in found:
            raise _wrong("isbt.twice", place, name=held.begins)
        found[held.name] = _value(held, value, place)
        place += len(held.begins) + len(value)
    if not found or (head and int(head["count"]) != len(found)):
        raise _wrong("isbt.count", 0, found=len(found))
    return found


def _structure(text: str, place: int) -> tuple[Structure, str]:
    for held in STRUCTURES:
        if not text.startswith(held.begins, place):
            continue
        if matched := re.compile(held.form, re.ASCII).match(text, place + len(held.begins)):
            return held, matched[0]
        if len(held.begins) > 1:
            raise _wrong("isbt.form", place, name=held.begins)
    raise _wrong("isbt.unknown_structure", place, name=text[place : place + 2])


def _value(held: Structure, value: str, place: int) -> str | date | datetime:
    if held.kind == "text":
        return value
    try:
        day = _day(value)
        if held.kind == "day":
            return day
        hours, minutes = int(value[6:8]), int(value[8:10])
        return datetime(day.year, day.month, day.day, hours, minutes)  # noqa: DTZ001 - the clock of the place
    except ValueError:
        raise _wrong("isbt.no_such_day", place, value=value) from None


def _day(text: str) -> date:
    """cyyjjj: `c` is the last digit of the century; raises ValueError."""
    century = 1900 if text[0] == "9" else 2000 + 100 * int(text[0])
    year, number = century + int(text[1:3]), int(text[3:6])
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if number < 1 or day.year != year:
        raise ValueError(text)
    return day


def check_character(number: str) -> str:
    """The character in a box behind a donation number, for whoever types it (ISO/IEC 7064 mod 37-2)."""
    return str(mod_37_2.calc_check_digit(number[:13]))


def _wrong(code: str, place: int, **params: object) -> Invalid:
    return Invalid((FieldError("scan", code, {"place": place + 1, **params}),))
