"""The values of a step, read from what was typed or given on a command line: the same errors for both.

Dates are ISO or dd/mm/aaaa; instants are local to the centre and become UTC; a decimal stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from compassionate.errors import FieldError, Invalid
from compassionate.text import clean
from compassionate.workflow.table import Input

TEXT_LIMIT, LONG_LIMIT, NUMBER_LIMIT = 200, 8000, 100_000
LIMITS = {
    "batch": 40,
    "certificate": 100,
    "container_code": 400,  # a whole label, as a scanner types it (carriers.LONGEST_SCAN)
    "delivery_note": 100,
    "patient_code": 400,
    "reference": 60,
    "registry_number": 60,
    "sheet_version": 40,
}
FUTURE_ALLOWED = frozenset(
    {"valid_until", "next_on", "expected_on", "expires_on", "start_wished_on", "planned_on", "expires_at"}
)
SPANISH_DATE = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading values needs to know: today and the zone at the centre, and the lines of the case."""

    now: datetime
    zone: str
    lines: tuple[int, ...] = ()

    @property
    def today(self) -> date:
        """The civil date at the centre."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


class _Wrong(ValueError):
    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def read_date(text: str) -> date:
    """A civil date from ISO or dd/mm/aaaa; raises ValueError for anything else."""
    found = SPANISH_DATE.match(text)
    value = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    _plausible(value.year)
    return value


def _plausible(year: int) -> None:
    if not 1900 <= year <= 2200:
        raise ValueError(year)


def _date(text: str, asked: Input, reading: Reading) -> date:
    try:
        value = read_date(text)
    except ValueError:
        raise _Wrong("date_format") from None
    if asked.name not in FUTURE_ALLOWED and value > reading.today:
        raise _Wrong("date_in_future")
    return value


def _datetime(text: str, asked: Input, reading: Reading) -> datetime:
    try:
        value = datetime.fromisoformat(text)
        value = (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(reading.zone))).astimezone(UTC)
        _plausible(value.year)
    except (ValueError, OverflowError):
        raise _Wrong("datetime_format") from None
    if asked.name not in FUTURE_ALLOWED and value > reading.now:
        raise _Wrong("date_in_future")
    return value


def _text(text: str, asked: Input, reading: Reading) -> str:
    limit = LONG_LIMIT if asked.kind == "long_text" else LIMITS.get(asked.name, TEXT_LIMIT)
    if len(text) > limit:
        raise _Wrong("too_long", limit=limit, length=len(text))
    return text


def _choice(text: str, asked: Input, reading: Reading) -> str:
    if text not in asked.choices:
        raise _Wrong("not_a_choice")
    return text


def _integer(text: str, asked: Input, reading: Reading) -> int:
    if not re.fullmatch(r"\d{1,6}", text) or not 1 <= int(text) <= NUMBER_LIMIT:
        raise _Wrong("whole_number")
    return int(text)


def _decimal(text: str, asked: Input, reading: Reading) -> str:
    """A measure as decimal text: never a binary fraction, and with a point whatever was typed."""
    if not re.fullmatch(r"[-−]?\d{1,6}([.,]\d{1,3})?", text):
        raise _Wrong("decimal_number")
    return text.replace("−", "-").replace(",", ".")


def _line(text: str, asked: Input, reading: Reading) -> int:
    if not re.fullmatch(r"\d{1,6}", text) or int(text) not in reading.lines:
        raise _Wrong("unknown_line")
    return int(text)


READERS: dict[str, Callable[[str, Input, Reading], Any]] = {
    "text": _text,
    "long_text": _text,
    "batch": _text,
    "paper": _text,
    "date": _date,
    "datetime": _datetime,
    "choice": _choice,
    "integer": _integer,
    "decimal": _decimal,
    "line": _line,
}


def _packs(given: Mapping[str, Any], asked: Input, reading: Reading) -> dict[str, int]:
    packs: dict[str, int] = {}
    for number in reading.lines:
        text = str(given.get(f"{asked.name}.{number}", "")).strip()
        if not re.fullmatch(r"\d{1,5}", text):
            raise _Wrong("packs_number", line=number)
        packs[str(number)] = int(text)
    if not any(packs.values()):
        raise _Wrong("packs_none")
    return packs


def _one(given: Mapping[str, Any], asked: Input, reading: Reading) -> Any:
    if asked.kind == "packs":
        return _packs(given, asked, reading)
    value = given.get(asked.name)
    if asked.kind == "flag":
        return value is True or str(value).lower() in ("true", "1", "on", "yes", "sí", "si")
    if asked.kind == "choices":
        chosen = value if isinstance(value, (list, tuple)) else [] if value in (None, "") else [value]
        picked = list(dict.fromkeys(_choice(str(each), asked, reading) for each in chosen))
        if asked.required and not picked:
            raise _Wrong("missing")
        return picked
    text = clean(str(value)).strip() if value is not None else ""
    if not text:
        if asked.required:
            raise _Wrong("missing")
        return None
    return READERS[asked.kind](text, asked, reading)


def read(inputs: tuple[Input, ...], given: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The values of a step's inputs; raises Invalid with one error a field. Names that the step lacks are ignored."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for asked in inputs:
        try:
            values[asked.name] = _one(given, asked, reading)
        except _Wrong as wrong:
            errors.append(FieldError(asked.name, f"value.{wrong.code}", wrong.params))
    if errors:
        raise Invalid(tuple(errors))
    return values
