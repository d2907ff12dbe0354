"""Plain JSON back into frozen dataclasses, strictly: what `compassionate.snapshot.plain` wrote and nothing else.

Every field has to be there, no other may be, and a value of another type is refused with the way to it. What an
earlier version of the product wrote (`older`) may lack fields that have a default: they are what came since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
LARGEST = 2**53 - 1  # whole numbers beyond it are not the same in every reader (RFC 8785 3.2.2.3)
DEEPEST = 32  # far deeper than any form nests its answers


class NotRead(ValueError):
    """A value that does not belong where it stands; its text is the way to it (`snapshot.lines.0.days`)."""


def read(kind: type[T], value: Any, *, older: bool = False) -> T:
    """The dataclass that these JSON types stand for; raises NotRead. `older`: fields with a default may be missing."""
    made = _read(kind, value, "", older)
    assert isinstance(made, kind)
    return made


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any, path: str, older: bool) -> Any:
    if kind is Any:
        return _json(value, path)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _optional(kind, value, path, older)
    if origin is tuple:
        return _row(get_args(kind)[0], value, path, older)
    if origin is not None:
        return _mapping(get_args(kind)[1], value, path, older)
    if is_dataclass(kind):
        return _record(kind, value, path, older)
    return _scalar(kind, value, path)


def _optional(kind: Any, value: Any, path: str, older: bool) -> Any:
    inner = next(each for each in get_args(kind) if each is not NoneType)
    return None if value is None else _read(inner, value, path, older)


def _row(kind: Any, value: Any, path: str, older: bool) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise NotRead(path)
    return tuple(_read(kind, each, f"{path}.{number}", older) for number, each in enumerate(value))


def _mapping(kind: Any, value: Any, path: str, older: bool) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotRead(path)
    return {key: _read(kind, each, f"{path}.{key}", older) for key, each in value.items()}


def _record(kind: Any, value: Any, path: str, older: bool) -> Any:
    if not isinstance(value, dict):
        raise NotRead(path)
    known = {entry.name: entry for entry in fields(kind)}
    needed = {name for name, entry in known.items() if not (older and _has_default(entry))}
    wrong = sorted((needed - set(value)) | (set(value) - set(known)))
    if wrong:
        raise NotRead(f"{path}.{wrong[0]}".lstrip("."))
    hints = _hints(kind)
    held = {name: _read(hints[name], each, f"{path}.{name}".lstrip("."), older) for name, each in value.items()}
    return kind(**held)


def _has_default(entry: Field[Any]) -> bool:
    return entry.default is not MISSING or entry.default_factory is not MISSING


def _json(value: Any, path: str, depth: int = 0) -> Any:
    """Answers and typed values: any JSON, no deeper than a form nests."""
    if depth > DEEPEST:
        raise NotRead(path)
    if isinstance(value, dict):
        return {key: _json(each, f"{path}.{key}", depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_json(each, f"{path}.{number}", depth + 1) for number, each in enumerate(value)]
    if isinstance(value, float) and not isfinite(value):
        raise NotRead(path)
    return value


def _day(value: Any) -> date:
    day = date.fromisoformat(value)
    if day.isoformat() != value:
        raise ValueError(value)
    return day


def _instant(value: Any) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None or instant.isoformat() != value:
        raise ValueError(value)
    return instant


def _exactly(kind: type) -> Callable[[Any], Any]:
    def made(value: Any) -> Any:
        if type(value) is not kind or (type(value) is int and abs(value) > LARGEST):
            raise TypeError(value)
        return value

    return made


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise TypeError(value)
    return float(value)


SCALARS: Mapping[Any, Callable[[Any], Any]] = {
    date: _day,
    datetime: _instant,
    float: _number,
    **{kind: _exactly(kind) for kind in (str, int, bool)},
}


def _scalar(kind: Any, value: Any, path: str) -> Any:
    try:
        return SCALARS[kind](value)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotRead(path) from error
