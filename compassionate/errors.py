"""What may go wrong, as plain data: codes and parameters, never sentences (words.py owns those)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a step may not be taken.

    `code` is a dotted noun (`consent.missing`), `legal_basis` the article it rests on, `who` the role
    that can cure it, `cure` the key of the page that cures it (see paths.py).
    """

    code: str
    legal_basis: str = ""
    who: str = ""
    cure: str = ""
    params: Mapping[str, Any] = default(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One value that cannot be taken: the field's name, a code and what the sentence needs."""

    field: str
    code: str
    params: Mapping[str, Any] = default(default_factory=dict, compare=False)


class Refused(Exception):
    """A step was asked for and may not be taken; carries every reason at once."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons


class Invalid(Exception):
    """Values that cannot be taken; carries one error a field."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in errors))
        self.errors = errors


class Conflict(Exception):
    """Somebody else wrote the case first; carries where it stands now."""

    def __init__(self, case_code: str, state: str = "", version: int = 0) -> None:
        super().__init__(f"{case_code} is {state} at version {version}")
        self.case_code = case_code
        self.state = state
        self.version = version


class NotFound(Exception):
    """There is no such thing, or it belongs to a centre that the actor does not see: one answer for both."""


class UnknownCode(ValueError):
    """A name that no table knows: a mistake in code or on the command line, never in a form."""


class Unavailable(Exception):
    """A part that the application stands on does not answer (`store`, `space`…): what was asked was not done."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class StartRefused(RuntimeError):
    """The application may not start: its text is the one sentence that whoever starts it is told."""
