"""How documents say dates, instants, numbers and codes: in the case's language, in the centre's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from compassionate import words
from compassionate.snapshot import CaseSnapshot

NBSP = "\u00a0"
TEN_THOUSAND = 10_000


@dataclass(frozen=True, slots=True)
class Phrases:
    """The language and the zone that one document speaks in."""

    language: str = words.SPANISH
    zone: str = "Europe/Madrid"

    def say(self, code: str, **params: Any) -> str:
        """The words of a code."""
        return words.say(code, self.language, **params)

    def knows(self, code: str) -> bool:
        """Whether a code has words, in this language or in Spanish."""
        return words.has_words(code, self.language) or words.has_words(code)

    def first(self, *codes: str) -> str:
        """The words of the first code that has any; of the last one where none has."""
        known = (code for code in codes if self.knows(code))
        return self.say(next(known, codes[-1]))

    def choice(self, table: str, code: str) -> str:
        """The words of one value of a closed list; the value itself where it has none, empty for no value."""
        return self.say(f"{table}.{code}") if self.knows(f"{table}.{code}") else code

    def day(self, value: date | str | None) -> str:
        """A civil date as dd/mm/aaaa; also one that a step's values hold as ISO text."""
        if isinstance(value, str):
            return self._day_of_text(value)
        return f"{value:%d/%m/%Y}" if value else ""

    def _day_of_text(self, value: str) -> str:
        try:
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        except ValueError:
            return value

    def moment(self, value: datetime | None) -> str:
        """An instant in the centre's own time, with the zone that makes it unmistakable."""
        if value is None:
            return ""
        local = value.astimezone(ZoneInfo(self.zone))
        hours, minutes = divmod(int((local.utcoffset() or value - value).total_seconds()) // 60, 60)
        return f"{local:%d/%m/%Y, %H:%M} ({self.zone}, UTC{hours:+03d}:{minutes:02d})"

    def short_moment(self, value: datetime | None) -> str:
        """An instant in the centre's own time, for tables that name the zone elsewhere."""
        return f"{value.astimezone(ZoneInfo(self.zone)):%d/%m/%Y %H:%M}" if value else ""

    def number(self, value: float | Decimal | None, places: int | None = None) -> str:
        """A number with decimal comma, thousands set apart from 10 000 on; rounded to `places` where given."""
        if value is None:
            return ""
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        plain = format(exact if places is None else round(exact, places), "f")
        whole, _, part = plain.partition(".")
        grouped = f"{int(whole):,}".replace(",", NBSP) if abs(int(whole)) >= TEN_THOUSAND else whole
        sign = "-" if plain.startswith("-") and not grouped.startswith("-") else ""
        part = part.rstrip("0")
        return f"{sign}{grouped}{self._point()}{part}" if part else f"{sign}{grouped}"

    def _point(self) -> str:
        return "." if self.language == "en" else ","

    def euros(self, cents: int | None) -> str:
        """A price in euro."""
        if cents is None:
            return ""
        euros, rest = divmod(cents, 100)
        return f"{self.number(euros)}{self._point()}{rest:02d}{NBSP}€"

    def yes_no(self, value: bool | None) -> str:
        """Yes, no, or nothing where it was not said."""
        if value is None:
            return ""
        return self.say("answer.yes" if value else "answer.no")

    def count(self, value: int | None, noun: str) -> str:
        """`3 envases`, `1 envase`: the noun is a code with the words `one` and `many`."""
        if value is None:
            return ""
        form = "one" if value == 1 else "many"
        return f"{self.number(value)}{NBSP}{self.say(f'print.noun.{noun}.{form}')}"


def phrases(snapshot: CaseSnapshot) -> Phrases:
    """The language and zone of a case."""
    return Phrases(snapshot.language, snapshot.centre.zone)


def decimal(text: str) -> Decimal | None:
    """A number that was kept as people typed it (`0,5`); None where it is none."""
    try:
        read = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def rounded_up(value: Decimal) -> int:
    """The next whole number."""
    return int(value.to_integral_value(ROUND_CEILING))


def capitalised(text: str) -> str:
    """The same words with a capital, to stand alone in a cell."""
    return text[:1].upper() + text[1:]


def shortened(value: str, most: int) -> str:
    """A value on one line of at most so many characters; its whole text stands elsewhere in the document."""
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def text_of(values: Mapping[str, Any], name: str) -> str:
    """One value of a step as text; empty where it was left out."""
    held = values.get(name)
    return "" if held is None else str(held)
