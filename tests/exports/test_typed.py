"""A snapshot of an earlier version is read with what came since at its default; nothing else is forgiven."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from compassionate.exports.typed import NotRead, read
from compassionate.snapshot import CaseSnapshot, canonical
from tests.documents import examples

pytestmark = pytest.mark.one_database


def records(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """Every dataclass that a snapshot is made of."""
    if is_dataclass(kind) and kind not in seen:
        seen.add(kind)
        yield kind
        for hint in get_type_hints(kind).values():
            yield from records(hint, seen)
    for each in get_args(kind):
        yield from records(each, seen)


WHOLE = examples.typical()


def has_default(entry: Any) -> bool:
    return entry.default is not MISSING or entry.default_factory is not MISSING


RECORDS = list(records(CaseSnapshot, set()))
ADDED = [(kind, entry.name) for kind in RECORDS for entry in fields(kind) if has_default(entry)]
NEEDED = [(kind, entry.name) for kind in RECORDS for entry in fields(kind) if not has_default(entry)]


def without(value: Any, kind: Any, name: str) -> Any:
    """The JSON of a snapshot (or part) as it was before that record had that field."""
    if is_dataclass(value):
        entries = [entry.name for entry in fields(value) if not (isinstance(value, kind) and entry.name == name)]
        return {entry: without(getattr(value, entry), kind, name) for entry in entries}
    if isinstance(value, Mapping):
        return {key: without(each, kind, name) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [without(each, kind, name) for each in value]
    return value


def written(value: Any) -> Any:
    return json.loads(canonical(value))


def names(each: Any) -> str:
    return each if isinstance(each, str) else str(each.__name__)


@pytest.mark.parametrize(("kind", "name"), ADDED, ids=names)
def test_a_snapshot_of_before_a_field_was_added_is_read_with_its_default(kind: Any, name: str):
    old = written(without(WHOLE, kind, name))
    made = read(CaseSnapshot, old, older=True)
    again = written(without(made, kind, name))
    assert again == old
    assert is_filled(made, kind, name)
    if old != written(WHOLE):
        with pytest.raises(NotRead):
            read(CaseSnapshot, old)


def is_filled(value: Any, kind: Any, name: str) -> bool:
    """Whether that field is at its default wherever there is such a record."""
    if is_dataclass(value):
        entry = next((each for each in fields(value) if isinstance(value, kind) and each.name == name), None)
        at_default = entry is None or getattr(value, name) == default(entry)
        return at_default and all(is_filled(getattr(value, each.name), kind, name) for each in fields(value))
    if isinstance(value, tuple):
        return all(is_filled(each, kind, name) for each in value)
    return True


def default(entry: Any) -> Any:
    return entry.default if entry.default is not MISSING else entry.default_factory()


@pytest.mark.parametrize(("kind", "name"), NEEDED, ids=names)
def test_what_never_had_a_default_is_never_missing(kind: Any, name: str):
    old = written(without(WHOLE, kind, name))
    if old != written(WHOLE):
        with pytest.raises(NotRead):
            read(CaseSnapshot, old, older=True)


def test_an_older_snapshot_has_no_field_that_is_not_known():
    told = written(WHOLE)
    told["patient"]["blood_group"] = "0+"
    with pytest.raises(NotRead, match=r"patient\.blood_group"):
        read(CaseSnapshot, told, older=True)


def test_a_value_of_another_type_is_refused_in_an_older_one_too():
    told = written(WHOLE)
    told["lines"][0]["number"] = "1"
    with pytest.raises(NotRead, match=r"lines\.0\.number"):
        read(CaseSnapshot, told, older=True)
