"""From the file as written to the programme as used: every mistake at once, each with its path.

The types of `model.py` are the format: what is not there is refused, what is missing is named, nothing is converted
silently. What the types cannot say (`checking.py`) is judged once they hold.
"""

from __future__ import annotations

import tomllib
import types
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from compassionate.errors import FieldError
from compassionate.programmes import model
from compassionate.programmes.model import Frame, Programme
from compassionate.questionnaires.model import Limit, Option, Phrase

LANGUAGES = frozenset({"es", "en", "ca", "gl", "eu"})
PUBLISHED = "published.sha256"
FOLDER = Path(__file__).parent / "published"
T = TypeVar("T")


class ProgrammeRefused(ValueError):
    """A file that is no programme; `errors` has every mistake, each with its path and a code."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(f"{error.field}: {error.code} {dict(error.params)}" for error in errors))


@dataclass
class _Reader:
    """Collects mistakes while it reads, so that a person mends them all in one go."""

    errors: list[FieldError]

    def wrong(self, path: str, code: str, **params: object) -> None:
        self.errors.append(FieldError(path, code, params))

    def read(self, kind: Any, value: Any, path: str) -> Any:
        """The value as that type; a mistake is written down and None given in its place."""
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            return self._either(kind, value, path)
        if origin is Literal:
            return self._one_of(get_args(kind), value, path)
        if origin is tuple:
            return self._several(get_args(kind)[0], value, path)
        if kind is Phrase:
            return self._phrase(value, path)
        return self._whole(kind, value, path) if is_dataclass(kind) else self._plain(kind, value, path)

    def _either(self, kind: Any, value: Any, path: str) -> Any:
        """An optional value, or one of several plain types."""
        kinds = [each for each in get_args(kind) if each is not type(None)]
        if len(kinds) == 1:
            return self.read(kinds[0], value, path)
        if not any(_is_plain(each, value) for each in kinds):
            self.wrong(path, "programme.wrong_type", wanted=_words(kinds))
        return value

    def _one_of(self, allowed: tuple[Any, ...], value: Any, path: str) -> Any:
        if value not in allowed:
            self.wrong(path, "programme.not_a_choice", given=str(value), allowed=", ".join(map(str, allowed)))
        return value

    def _several(self, kind: Any, value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            self.wrong(path, "programme.not_a_list")
            return ()
        return tuple(self.read(kind, each, f"{path}[{_name(each, place)}]") for place, each in enumerate(value))

    def _phrase(self, value: Any, path: str) -> Phrase:
        """Words in Spanish alone, or a table of languages with Spanish among them."""
        table = {"es": value} if isinstance(value, str) else value
        if not isinstance(table, dict) or not all(isinstance(each, str) for each in table.values()):
            self.wrong(path, "programme.not_words")
            return Phrase("")
        for language in table.keys() - LANGUAGES:
            self.wrong(f"{path}.{language}", "programme.unknown_key")
        if not table.get("es", "").strip():
            self.wrong(path, "programme.empty")
        return Phrase(table.get("es", ""), {key: words for key, words in table.items() if key != "es"})

    def _plain(self, kind: Any, value: Any, path: str) -> Any:
        if not _is_plain(kind, value):
            self.wrong(path, "programme.wrong_type", wanted=_words([kind]))
            return None
        if kind is str and not _is_printable(value):
            self.wrong(path, "programme.unprintable")
        return value

    def _whole(self, kind: Any, value: Any, path: str) -> Any:
        """A table as its dataclass: each key once, none unknown, none missing."""
        if not isinstance(value, dict):
            self.wrong(path, "programme.not_a_table")
            return None
        known, hints = _fields(kind), _hints(kind)
        for key in value.keys() - known.keys():
            self.wrong(_join(path, key), "programme.unknown_key")
        lacking = [name for name, each in known.items() if name not in value and _is_required(each)]
        for name in lacking:
            self.wrong(_join(path, name), "programme.missing")
        found = {name: self.read(hints[name], value[name], _join(path, name)) for name in known if name in value}
        return None if lacking else kind(**found)


def read_programme(text: str) -> Programme:
    """The programme that a file says; raises ProgrammeRefused with every mistake."""
    from compassionate.programmes.checking import problems

    found = _read(Programme, text)
    wrong = tuple(problems(found))
    if wrong:
        raise ProgrammeRefused(wrong)
    return replace(found, sha256=sha256(text.encode()).hexdigest())


def read_frame(text: str) -> Frame:
    """The frame of visit forms that a file says; raises ProgrammeRefused."""
    return _read(Frame, text)


@cache
def published() -> tuple[Programme, ...]:
    """The programmes that come with the application, each version in the order of their names."""
    return tuple(read_programme(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*-msc-*.toml")))


def published_text(code: str, version: str) -> str:
    """The file of a programme that comes with the application, as it lies there."""
    return (FOLDER / f"{code}-{version}.toml").read_text(encoding="utf-8")


@cache
def frame(version: str) -> Frame:
    """The frame of visit forms of that version; raises KeyError."""
    file = FOLDER / f"frame-{version}.toml"
    if not file.is_file():
        raise KeyError(version)
    return read_frame(file.read_text(encoding="utf-8"))


def has_frame(version: str) -> bool:
    """Whether there is a frame of that version."""
    return any(file.name == f"frame-{version}.toml" for file in FOLDER.iterdir())


def sealed() -> Iterator[str]:
    """What differs from the list of hashes beside the published files: a case rests on what it was opened under."""
    lines = [line.split() for line in (FOLDER / PUBLISHED).read_text(encoding="utf-8").splitlines() if line.strip()]
    held = {words[-1]: words[0] for words in lines}
    found = {file.name: sha256(file.read_bytes()).hexdigest() for file in FOLDER.glob("*.toml")}
    yield from (f"{name} has no line in {PUBLISHED}" for name in sorted(found.keys() - held.keys()))
    yield from (f"{name} is in {PUBLISHED} and not here" for name in sorted(held.keys() - found.keys()))
    yield from (
        f"{name} was changed after it was published: publish a new version instead"
        for name in sorted(found.keys() & held.keys())
        if found[name] != held[name]
    )


def _read(kind: type[T], text: str) -> T:
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        said = FieldError("", "programme.not_toml", {"problem": str(error)})
        raise ProgrammeRefused((said,)) from None
    reader = _Reader([])
    found = reader.read(kind, table, "")
    if "sha256" in table:
        reader.wrong("sha256", "programme.unknown_key")
    if reader.errors:
        raise ProgrammeRefused(tuple(reader.errors))
    return cast(T, found)


def _fields(kind: Any) -> dict[str, Field[Any]]:
    return {each.name: each for each in fields(kind)}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    names = vars(model) | {"Limit": Limit, "Option": Option, "Phrase": Phrase}
    return get_type_hints(kind, names if kind.__module__ == model.__name__ else None)


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _is_plain(kind: Any, value: object) -> bool:
    """Whether a TOML value is of that type as it stands; a whole number is a number, yes or no is none."""
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _is_printable(text: str) -> bool:
    return all(sign.isprintable() for sign in text)


def _words(kinds: list[Any]) -> str:
    names = {str: "text", bool: "true/false", int: "integer", float: "number"}
    return ", ".join(names.get(each, str(each)) for each in kinds)


def _name(row: object, place: int) -> str:
    """A row by its own name, which a person finds faster than its number."""
    named = (
        next((row[key] for key in ("id", "field", "name", "code") if key in row), None)
        if isinstance(row, dict)
        else None
    )
    return named if isinstance(named, str) else str(place)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
