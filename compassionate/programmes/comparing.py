"""What changes from one version of a programme to another: row by row, by the names that people gave them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from compassionate.programmes.model import Programme
from compassionate.questionnaires.model import Limit, Option, Phrase

SIGNS = {"=": "", "in": "", "<": "< ", "<=": "≤ ", ">": "> ", ">=": "≥ "}
NAMES = ("id", "field", "name", "code", "instrument")
NOT_COMPARED = frozenset({"sha256", "version"})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise: `part` is the list it is in, `row` its name there, `field` what of it.

    A row that came or went is one change without a field; empty words are what was or is not there.
    """

    part: str
    row: str
    field: str
    before: str
    after: str


def differences(old: Programme | None, new: Programme, language: str = "es") -> tuple[Change, ...]:
    """Every difference, in the order of the format; a programme that is new differs in every part."""
    return tuple(_changes(old, new, language))


def _changes(old: Programme | None, new: Programme, language: str) -> Iterator[Change]:
    for each in fields(Programme):
        if each.name in NOT_COMPARED:
            continue
        before, after = getattr(old, each.name) if old else None, getattr(new, each.name)
        if _is_rows(after) or _is_rows(before):
            yield from _rows(each.name, before or (), after or (), language)
        elif is_dataclass(after) and not isinstance(after, Phrase):
            yield from _fields(each.name, "", before, after, language)
        elif before != after:
            yield Change(each.name, "", "", words(before, language), words(after, language))


def _is_rows(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0]) and not isinstance(value[0], Limit)


def _rows(part: str, before: tuple[Any, ...], after: tuple[Any, ...], language: str) -> Iterator[Change]:
    held = {named(row, place): row for place, row in enumerate(before)}
    found = {named(row, place): row for place, row in enumerate(after)}
    for name in held.keys() - found.keys():
        yield Change(part, name, "", _row_words(held[name], language), "")
    for name, row in found.items():
        if name not in held:
            yield Change(part, name, "", "", _row_words(row, language))
        elif held[name] != row:
            yield from _fields(part, name, held[name], row, language)


def _fields(part: str, row: str, before: Any, after: Any, language: str) -> Iterator[Change]:
    """What is otherwise within a row; rows within it are said whole."""
    for each in fields(after):
        old, new = getattr(before, each.name, None), getattr(after, each.name)
        if old != new:
            yield Change(part, row, each.name, words(old, language), words(new, language))


def named(row: Any, place: int) -> str:
    """A row by its own name."""
    return next((str(getattr(row, name)) for name in NAMES if hasattr(row, name)), str(place + 1))


def _row_words(row: Any, language: str) -> str:
    said = [getattr(row, name) for name in ("text", "label", "title", "arm") if getattr(row, name, None) is not None]
    return words(said[0], language) if said else named(row, 0)


def words(value: Any, language: str = "es") -> str:
    """A value as people read it; nothing for nothing."""
    match value:
        case None | "" | ():
            return ""
        case Phrase():
            return value.said(language)
        case Limit():
            return SIGNS[value.operator] + words(value.values, language)
        case Option():
            return f"{value.text.said(language)} ({value.code})"
        case bool():
            return {True: "✓", False: "✗"}[value]
        case tuple():
            return "; ".join(words(each, language) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        said = ((each.name, words(getattr(value, each.name), language)) for each in fields(value))
        return ", ".join(f"{name}: {text}" if name not in NAMES else text for name, text in said if text)
    return str(value)
