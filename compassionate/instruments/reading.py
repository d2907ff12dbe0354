"""Answers as somebody writes them down: items in their order, or scores and groups of items by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compassionate.instruments.model import Answers, Instrument
from compassionate.instruments.registry import INSTRUMENTS

IN_ORDER = ("items", "answers", "items_q1_q36")
SCALE, VERSION = "scale", "version"


class UnknownName(ValueError):
    """A name that the instrument does not have."""


class WrongNumber(ValueError):
    """A list that is longer or shorter than what it stands for."""

    def __init__(self, wanted: int) -> None:
        super().__init__(f"{wanted} wanted")
        self.wanted = wanted


@dataclass(frozen=True)
class Written:
    """What was written: the instrument that it is for, its answers, how many were asked, and the wording's version."""

    instrument: Instrument
    answers: Answers
    asked: int
    version: str


def read(instrument: Instrument, given: Mapping[str, Any]) -> Written:
    """Answers with their names; raises UnknownName, WrongNumber, OutOfRange.

    `scale` chooses a variant (`modified` of Pfirrmann), `version` one of the instrument's wordings.
    """
    held = _variant(instrument, given.get(SCALE))
    raw: dict[str, Any] = {}
    for key, value in given.items():
        if key not in (SCALE, VERSION):
            raw |= _named(held, key, value)
    items = {name: held.by_name[name].checked(value) for name, value in raw.items() if name in held.by_name}
    entered = {name: held.enterable[name].checked(value) for name, value in raw.items() if name not in held.by_name}
    return Written(held, Answers(items, entered), _asked(held, items, entered), _version(held, given.get(VERSION)))


def _variant(instrument: Instrument, wanted: Any) -> Instrument:
    if wanted in (None, "", instrument.id):
        return instrument
    found = INSTRUMENTS.get(f"{instrument.id}-{wanted}") if isinstance(wanted, str) else None
    if found is None:
        raise UnknownName(SCALE)
    return found


def _version(instrument: Instrument, wanted: Any) -> str:
    if wanted in (None, "", instrument.version):
        return instrument.version
    if wanted not in instrument.versions:
        raise UnknownName(VERSION)
    return str(wanted)


def _named(instrument: Instrument, key: str, value: Any) -> dict[str, Any]:
    """What one key of the document says; nothing for null."""
    if key in IN_ORDER and key not in instrument.by_name:
        required = [item.name for item in instrument.items if not item.is_optional]
        every = [item.name for item in instrument.items]
        return _listed(required if isinstance(value, list) and len(value) == len(required) else every, value)
    name = _own_name(instrument, key)
    members = _members(instrument, name)
    if members and (isinstance(value, list) or name not in (*instrument.by_name, *instrument.enterable)):
        return _listed(members, value)
    if name not in instrument.by_name and name not in instrument.enterable:
        raise UnknownName(key)
    return {} if value is None else {name: value}


def _own_name(instrument: Instrument, key: str) -> str:
    """The name without the instrument's own before it: both `pain` and `womac_pain` are understood."""
    stripped = key.removeprefix(f"{instrument.id.replace('-', '_')}_")
    known = (*instrument.by_name, *instrument.enterable, *instrument.groups)
    if key not in known and stripped in known:
        return stripped
    # A single ready score goes by `total` as well, as it is named in the answer.
    return next(iter(instrument.enterable)) if key == "total" and len(instrument.enterable) == 1 else key


def _members(instrument: Instrument, name: str) -> list[str]:
    """The items of a scale, or of a group of items, by its name."""
    if name in instrument.groups:
        return [item.name for item in instrument.items if item.name.startswith(f"{name}_")]
    scale = next((scale for scale in instrument.scales if scale.name == name), None)
    return [item for item in scale.items if item in instrument.by_name] if scale else []


def _listed(names: list[str], value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or len(value) != len(names):
        raise WrongNumber(len(names))
    return {name: each for name, each in zip(names, value, strict=True) if each is not None}


def _asked(instrument: Instrument, items: Mapping[str, float], entered: Mapping[str, float]) -> int:
    """How many things were asked: ready scores where only they were given, else items, optional ones if given."""
    if entered and not items:
        return len(instrument.enterable)
    return sum(not item.is_optional or item.name in items for item in instrument.items)
