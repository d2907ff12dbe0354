"""Administrative forms read field by field: every error is kept, one a field, and nothing is written while any stands.

Pages and command line hand over the same mapping of names to text (lists where several may be chosen).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from email_validator import EmailNotValidError, validate_email

from compassionate.errors import Conflict, FieldError, Invalid
from compassionate.snapshot import sha256
from compassionate.text import clean, single_line
from compassionate.workflow.values import read_date

FLAGS = ("y", "yes", "1", "true", "on", "sí", "si")


class Given:
    """What was typed into a form; `settle` raises Invalid with every error met so far."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.errors: list[FieldError] = []

    def wrong(self, name: str, code: str, **params: Any) -> None:
        """Note one more error."""
        self.errors.append(FieldError(name, code, params))

    def settle(self) -> None:
        """Raise Invalid where anything is wrong."""
        if self.errors:
            raise Invalid(tuple(self.errors))

    def raw(self, name: str) -> str:
        """What stands in a field, cleaned to one line; of several the last."""
        value = self._values.get(name)
        value = value[-1] if isinstance(value, list | tuple) and value else value
        return single_line("" if value is None or value == [] else str(value))

    def text(self, name: str, limit: int = 200, required: bool = False) -> str:
        """One line of text of at most `limit` characters."""
        text = self.raw(name)
        if required and not text:
            self.wrong(name, "value.missing")
        if len(text) > limit:
            self.wrong(name, "value.too_long", limit=limit, length=len(text))
        return text

    def lines(self, name: str, limit: int = 1000, required: bool = False) -> str:
        """Text of several lines."""
        text = clean(str(self._values.get(name) or ""))
        if required and not text:
            self.wrong(name, "value.missing")
        if len(text) > limit:
            self.wrong(name, "value.too_long", limit=limit, length=len(text))
        return text

    def email(self, name: str) -> str:
        """An address to which mail could go, or nothing; no look-up is made."""
        text = self.text(name)
        try:
            if text:
                validate_email(text, check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError:
            self.wrong(name, "value.email")
        return text

    def day(self, name: str, required: bool = False, latest: date | None = None) -> date | None:
        """A civil date, not after `latest`."""
        text = self.raw(name)
        if not text:
            if required:
                self.wrong(name, "value.missing")
            return None
        try:
            day = read_date(text)
        except ValueError:
            self.wrong(name, "value.date_format")
            return None
        if latest is not None and day > latest:
            self.wrong(name, "value.date_in_future")
        return day

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number between two bounds."""
        text = self.raw(name)
        if not text:
            self.wrong(name, "value.missing")
        elif not re.fullmatch(r"\d{1,7}", text, re.ASCII) or not least <= int(text) <= most:
            self.wrong(name, "value.between", least=least, most=most)
        else:
            return int(text)
        return least

    def one_of(self, name: str, choices: Iterable[str], required: bool = True) -> str:
        """One of a closed list; empty only where nothing has to be chosen."""
        text = self.raw(name)
        if not text and required:
            self.wrong(name, "value.missing")
        elif text and text not in set(choices):
            self.wrong(name, "value.not_a_choice")
        return text

    def some_of(self, name: str, choices: Iterable[str], required: bool = True) -> list[str]:
        """Several of a closed list, in the list's order."""
        value = self._values.get(name)
        picked = [value] if isinstance(value, str) and value else list(value or ())
        known = list(choices)
        if any(each not in known for each in picked):
            self.wrong(name, "value.not_a_choice")
        elif required and not picked:
            self.wrong(name, "value.missing")
        return [each for each in known if each in picked]

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.raw(name).lower() in FLAGS


def read_reason(text: str, field: str = "reason", limit: int = 1000) -> str:
    """A reason that must be given, as it was typed; raises Invalid under the name of its field."""
    read = Given({field: text})
    words = read.lines(field, limit, required=True)
    read.settle()
    return words


def fingerprint(values: Mapping[str, Any]) -> str:
    """Tells one state of a row from another: a form carries it, so that nobody overwrites what they have not seen."""
    return sha256(dict(values))[:32]


def expect_seen(values: Mapping[str, Any], seen: str | None) -> None:
    """Refuse a form that was drawn before somebody else saved; raises Conflict. None asks for no such check."""
    if seen is not None and seen != fingerprint(values):
        raise Conflict("")
