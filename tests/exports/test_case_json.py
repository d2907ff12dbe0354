"""The case inside a dossier is read back as the very same case, or refused with a sentence; nothing in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compassionate.errors import Refused
from compassionate.exports.case_json import EmbeddedCase, IssueOf, embedded, parse, write
from compassionate.snapshot import CaseSnapshot, RequestPart, RequestSnapshot, canonical
from compassionate.words import has_words, say
from tests.documents import examples
from tests.documents.test_content import changed, leaves

pytestmark = pytest.mark.one_database
ISSUE = IssueOf("dossier", "hospital", 0, 3, "2026-11", datetime(2026, 11, 24, 11, 5, 12, 34, tzinfo=UTC), "7Q4M")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=6),
    int: st.integers(-(2**40), 2**40),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Any: JSON,
}


@cache
def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may hold."""
    origin = get_origin(kind)
    if kind in SCALARS:
        return SCALARS[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: of_type(hints[field.name]) for field in fields(kind)})
    if origin is tuple:
        return st.lists(of_type(get_args(kind)[0]), max_size=2).map(tuple)
    if NoneType in get_args(kind):
        return st.none() | of_type(next(each for each in get_args(kind) if each is not NoneType))
    return st.dictionaries(st.text(max_size=3), of_type(get_args(kind)[1]), max_size=2)


CASES: dict[str, Callable[[], CaseSnapshot]] = {
    "empty": examples.empty,
    "typical": examples.typical,
    "extreme": examples.extreme,
}


def document(case: CaseSnapshot | None = None) -> dict[str, Any]:
    """What is attached, as JSON types."""
    return json.loads(write(embedded(case or examples.typical(), "c" * 64, ISSUE)))


def refusal(data: bytes | dict[str, Any]) -> str:
    """The code with which a file is refused; its sentence is there."""
    given = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    with pytest.raises(Refused) as refused:
        parse(given)
    (reason,) = refused.value.reasons
    assert has_words(f"reason.{reason.code}")
    assert say(f"reason.{reason.code}", **reason.params)
    return reason.code


@pytest.mark.parametrize("name", CASES)
def test_an_example_is_read_back_as_it_was(name: str):
    held = embedded(CASES[name](), "c" * 64, ISSUE)
    assert parse(write(held)) == held
    assert write(parse(write(held))) == write(held)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(of_type(CaseSnapshot))
def test_any_case_at_all_is_read_back_as_it_was(case: CaseSnapshot):
    again = parse(write(embedded(case, "c" * 64, ISSUE)))
    assert again.snapshot == case
    assert canonical(again.snapshot) == canonical(case)


def test_every_single_value_of_the_case_is_held_by_its_hash():
    case = examples.typical()
    told = document(case)
    for path, value in leaves(case):
        if isinstance(value, str):
            other = json.loads(canonical(changed(case, path, f"{value}x")))
            assert refusal(told | {"snapshot": other}) == "embedded.changed", path


def test_another_format_or_version_is_refused():
    assert refusal(document() | {"format": "somebody.else"}) == "embedded.format"
    assert refusal([1]) == "embedded.format"  # type: ignore[arg-type]
    for version in (0, 2, "1", None, True, 1.0):
        assert refusal(document() | {"version": version}) == "embedded.version", version


def test_a_field_too_many_or_too_few_is_refused():
    told = document()
    assert refusal(told | {"more": 1}) == "embedded.shape"
    for name in (field.name for field in fields(EmbeddedCase) if field.name not in ("format", "version")):
        assert refusal({key: value for key, value in told.items() if key != name}) == "embedded.shape"
    told["snapshot"]["patient"]["blood_group"] = "0+"
    assert refusal(told) == "embedded.shape"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opened_at", "2026-11-02"),
        ("opened_at", "2026-11-02T10:00:00"),
        ("is_demo", 1),
        ("code", 5),
        ("lines", {}),
        ("lines", [1]),
        ("physician", []),
        ("request", None),
        ("supply", "x"),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any):
    told = document()
    told["snapshot"][name] = value
    assert refusal(told) == "embedded.shape"


def test_what_is_huge_or_deep_or_no_json_is_refused():
    deep = b'{"format":"compassionate.case","version":1,"snapshot":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert refusal(deep) == "embedded.not_json"
    assert refusal(b" " * (33 * 1024 * 1024)) == "embedded.too_large"
    for data in (b"", b"\xff\xfe", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'"\\ud800"'):
        assert refusal(data) == "embedded.not_json"
    told = document()
    told["snapshot"]["eligibility"]["answers"]["nested"] = json.loads("[" * 40 + "]" * 40)
    assert refusal(told) == "embedded.shape"
    told = document()
    told["snapshot"]["request"]["number"] = 2**60
    assert refusal(told) == "embedded.shape"


def test_a_case_is_the_same_seen_through_any_of_its_requests():
    case = examples.typical()
    later = RequestPart(
        replace(RequestSnapshot(1, "continuation"), reference="MSE-2"), "Otra directora", case.lines[:1]
    )
    whole = replace(case, others=(later,))
    assert whole.through(0) == whole
    seen = whole.through(1)
    assert (seen.request.number, seen.centre.director, seen.lines) == (1, "Otra directora", case.lines[:1])
    assert seen.through(0) == whole
    with pytest.raises(KeyError):
        whole.through(2)
