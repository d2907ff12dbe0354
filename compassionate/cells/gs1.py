"""GS1 element strings: the application identifiers that labels of cells use, built and parsed.

Built from what is public of the GS1 General Specifications; an identifier that is not in this table is refused with
its place, never skipped. Most scanners lose the separator on the way through a keyboard, so that every element of our
own ends with a full stop too, and all of them with a check (99) over what stands before it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from stdnum import ean

from compassionate.cells.wedge import GS
from compassionate.errors import FieldError, Invalid

CHARACTERS = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+", re.ASCII)  # GS1 character set 82
DIGITS = re.compile(r"[0-9]+", re.ASCII)
OWN = re.compile(r"[0-9A-Za-z/-]+", re.ASCII)
CHECK, STOP = "99", "."
NEAR_CENTURY = 50
BRACKETED = re.compile(r"\((\d{2,4})\)")


@dataclass(frozen=True, slots=True)
class Identifier:
    """An application identifier: what it says, its lengths, and whether a separator must end it."""

    ai: str
    name: str
    shortest: int
    longest: int
    kind: str = "text"
    """`text`, `digits`, `checked` (a GS1 check digit), `day`, `instant`; `own` ends with a full stop."""
    ends_itself: bool = False


IDENTIFIERS = {
    each.ai: each
    for each in (
        Identifier("00", "sscc", 18, 18, "checked", True),
        Identifier("01", "gtin", 14, 14, "checked", True),
        Identifier("10", "batch", 1, 20),
        Identifier("11", "made_on", 6, 6, "day", True),
        Identifier("17", "expires_on", 6, 6, "day", True),
        Identifier("20", "variant", 2, 2, "digits", True),
        Identifier("21", "serial", 1, 20),
        Identifier("240", "additional", 1, 30),
        Identifier("250", "second_serial", 1, 30),
        Identifier("7003", "expires_at_local", 10, 10, "instant"),
        Identifier("8018", "recipient_number", 18, 18, "checked"),
        # 91 to 98 are for a company's own use; what they mean here is in docs/labels.md.
        Identifier("91", "sec", 1, 40, "own"),
        Identifier("92", "container", 1, 40, "own"),
        Identifier("93", "patient", 1, 40, "own"),
        Identifier("94", "own_batch", 1, 40, "own"),
        Identifier("95", "expires_at", 16, 16, "own"),
        Identifier(CHECK, "check", 8, 8, "own"),
    )
}
NAMES = {each.name: each for each in IDENTIFIERS.values()}


def build(elements: Iterable[tuple[str, str]]) -> str:
    """An element string: first what ends itself, then our own with the check, then at most one that needs an end.

    Raises Invalid for a value that its identifier cannot carry.
    """
    listed = [(NAMES[name], value) for name, value in elements]
    for held, value in listed:
        _require(held, value, 0)
    fixed = "".join(f"{held.ai}{value}" for held, value in listed if held.ends_itself)
    own = "".join(f"{held.ai}{value}{STOP}" for held, value in listed if held.kind == "own")
    rest = [f"{held.ai}{value}" for held, value in listed if not held.ends_itself and held.kind != "own"]
    return GS.join([f"{fixed}{own}{CHECK}{check_of(fixed + own)}{STOP}", *rest])


def bracketed(text: str) -> str:
    """The same for the library that draws it: every identifier in brackets, separators left to it."""
    stop = {"own": STOP}
    return "".join(f"({held.ai}){value}{stop.get(held.kind, '')}" for held, value, _ in _elements(text))


def check_of(text: str) -> str:
    """Eight digits and letters over everything before them, separators aside: a wrong key changes them."""
    return f"{zlib.crc32(text.replace(GS, '').encode()):08X}"


def parse(text: str, today: date) -> dict[str, str | date | datetime]:
    """Every element by its name; raises Invalid with the place of what cannot be read."""
    found: dict[str, str | date | datetime] = {}
    bare = _bare(text)
    for held, value, place in _elements(bare):
        if held.name in found:
            raise _wrong("gs1.twice", place, ai=held.ai)
        _require(held, value, place)
        if held.ai == CHECK and value != check_of(bare[:place]):
            raise _wrong("gs1.check", place)
        found[held.name] = _value(held, value, place, today)
    if "check" not in found and any(NAMES[name].kind == "own" for name in found):
        raise _wrong("gs1.no_check", 0)
    found.pop("check", None)
    return found


def _bare(text: str) -> str:
    """From the form in brackets to the one that is scanned; others as they are, without a separator in front."""
    if not text.startswith("("):
        return text.removeprefix(GS)
    pieces = BRACKETED.split(text)[1:]
    return GS.join(f"{ai}{value}" for ai, value in zip(pieces[::2], pieces[1::2], strict=True))


def _elements(text: str) -> list[tuple[Identifier, str, int]]:
    listed, place = [], 0
    while place < len(text):
        held = _identifier(text, place)
        start = place + len(held.ai)
        end = start + held.longest if held.ends_itself else _end(text, start, held)
        listed.append((held, text[start:end], place))
        place = end + (held.kind == "own")
        place += text[place : place + 1] == GS
    return listed


def _end(text: str, start: int, held: Identifier) -> int:
    if held.kind != "own":
        return found if (found := text.find(GS, start)) >= 0 else len(text)
    if (found := text.find(STOP, start)) < 0:
        raise _wrong("gs1.no_end", start - len(held.ai), ai=held.ai)
    return found


def _identifier(text: str, place: int) -> Identifier:
    for length in (2, 3, 4):
        if (held := IDENTIFIERS.get(text[place : place + length])) is not None:
            return held
    raise _wrong("gs1.unknown_identifier", place, ai=text[place : place + 4])


def _require(held: Identifier, value: str, place: int) -> None:
    if not held.shortest <= len(value) <= held.longest:
        raise _wrong("gs1.length", place, ai=held.ai, found=len(value), least=held.shortest, most=held.longest)
    allowed = {"text": CHARACTERS, "own": OWN}.get(held.kind, DIGITS)
    if not allowed.fullmatch(value):
        raise _wrong("gs1.characters", place, ai=held.ai, value=value)
    if held.kind == "checked" and ean.calc_check_digit(value[:-1]) != value[-1]:
        raise _wrong("gs1.check_digit", place, ai=held.ai, value=value)


def _value(held: Identifier, value: str, place: int, today: date) -> str | date | datetime:
    try:
        if held.kind == "day":
            return _day(value, today)
        if held.kind == "instant":
            hours = timedelta(hours=int(value[6:8]), minutes=int(value[8:10]))
            if hours >= timedelta(days=1) or int(value[8:10]) > 59:
                raise ValueError(value)
            day = _day(value[:6], today)
            return datetime(day.year, day.month, day.day) + hours  # noqa: DTZ001 - the clock of the place, as GS1 says it
    except ValueError:
        raise _wrong("gs1.no_such_day", place, ai=held.ai, value=value) from None
    return value


def _day(text: str, today: date) -> date:
    """YYMMDD: the century nearest to today; day 00 is the month's last (GS1 General Specifications 7.12)."""
    year = today.year - today.year % 100 + int(text[:2])
    if year - today.year > NEAR_CENTURY:
        year -= 100
    elif today.year - year >= NEAR_CENTURY:
        year += 100
    if text[4:] != "00":
        return date(year, int(text[2:4]), int(text[4:]))
    month = int(text[2:4])
    following = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return following - timedelta(days=1)


def _wrong(code: str, place: int, **params: object) -> Invalid:
    return Invalid((FieldError("scan", code, {"place": place + 1, **params}),))
