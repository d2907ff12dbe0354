"""What two issues of a document say differently, value by value, and nothing that it does not print (PDF-03).

Two contents have the same hash exactly when no difference is found between them: a test holds one against the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compassionate.documents.catalogue import KINDS, annex_papers
from compassionate.documents.content import CONTENTS, carried
from compassionate.snapshot import CaseSnapshot, PaperSnapshot, plain

MISSING: Any = object()
INSIDE = "inside"
# What tells the elements of a list apart; those of any other list are told apart by their place.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "lines": ("number",), "consents": ("kind",), "visits": ("name",),
    "posologies": ("version",), "rectifications": ("number",), "regions": ("kind", "instance"),
    "decisions": ("request_number", "decided_on"), "events": ("at", "name", "instance"),
    "doses": ("given_on", "act", "line_number", "batch"), "supply": ("on", "kind", "line_number", "batch"),
    "signatures": ("meaning", "at"), "labels": ("kind", "container"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to a value: the name of a field, or (in `item`) one element of the list of that name."""

    name: str
    item: Any = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Raw:
    """One difference as data: the way to it, and what each of the two says there (MISSING: nothing at all)."""

    way: tuple[Step, ...]
    old: Any
    new: Any
    moved: bool = False
    forms: tuple[Any, Any] = (None, None)


def content(case: CaseSnapshot, kind: str, copy: str, template_version: str = "") -> dict[str, Any]:
    """What a document of that kind and copy says, in full where only its hash goes into the document's own."""
    said = dict(CONTENTS[kind](case, copy, annex_papers(case, kind, copy)))
    if "carried" in said:
        said = {INSIDE: _whole(case, annex_papers(case, kind, copy))}  # all that is printed comes from it
    told: dict[str, Any] = plain(said)
    return {"template_version": template_version or KINDS[kind].template_version} | told


def _whole(case: CaseSnapshot, annexed: tuple[PaperSnapshot, ...]) -> dict[str, Any]:
    """The case that the hospital's dossier carries; of the papers that go along as files too, the hash of the copy."""
    held, copies = carried(case), {paper.id: paper.copy_sha256 for paper in annexed}
    papers = tuple(replace(paper, copy_sha256=copies.get(paper.id, "")) for paper in held.papers)
    whole: dict[str, Any] = plain(replace(held, papers=papers))
    return whole


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Raw]:
    """Every value that differs, in the order of the document."""
    return list(_walk((), before, after))


def _same(old: Any, new: Any) -> bool:
    if old is MISSING or new is MISSING:
        return old is new
    return old == new and _text(old) == _text(new)  # for Python 1 is True


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _walk(way: tuple[Step, ...], old: Any, new: Any) -> Iterator[Raw]:
    if _same(old, new):
        return
    found = [*_inside(way, old, new)]
    yield from found or [Raw(way, old, new)]


def _inside(way: tuple[Step, ...], old: Any, new: Any) -> Iterator[Raw]:
    """The differences within; nothing where the value differs as a whole."""
    held = [each for each in (old, new) if each is not MISSING and each is not None]
    if held and all(isinstance(each, Mapping) for each in held):
        yield from _fields(way, _mapping(old), _mapping(new))
    elif held and all(_is_records(each) for each in held) and any(held):
        yield from _items(way, _list(old), _list(new))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _fields(way: tuple[Step, ...], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Raw]:
    forms = _forms(old, new)
    for name in dict.fromkeys([*old, *new]):
        for each in _walk((*way, Step(name)), old.get(name, MISSING), new.get(name, MISSING)):
            yield replace(each, forms=forms) if forms and name == "answers" else each


def _forms(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """The forms that answers were given to, where these are answers."""
    named = tuple(
        (each["form"], each["form_version"]) if "form_version" in each and "answers" in each else None
        for each in (old, new)
    )
    return (named[0], named[1]) if any(named) else None


def _items(way: tuple[Step, ...], old: Sequence[Any], new: Sequence[Any]) -> Iterator[Raw]:
    name = way[-1].name
    before, after = _by_identity(name, old), _by_identity(name, new)
    for key in dict.fromkeys([*before, *after]):
        (place, was), (there, now) = before.get(key, (0, MISSING)), after.get(key, (0, MISSING))
        step = Step(name, was if now is MISSING else now, (place if now is MISSING else there) + 1)
        if was is MISSING or now is MISSING:
            yield Raw((*way[:-1], step), was, now)
        else:
            yield from _walk((*way[:-1], step), was, now)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield Raw(way, old, new, moved=True)


def _by_identity(name: str, items: Sequence[Any]) -> dict[tuple[Any, ...], tuple[int, Any]]:
    """Elements by what tells them apart; several that nothing tells apart are counted."""
    found: dict[tuple[Any, ...], tuple[int, Any]] = {}
    for place, item in enumerate(items):
        key = _identity(name, item, place)
        number = 0
        while (*key, number) in found:
            number += 1
        found[(*key, number)] = (place, item)
    return found


def _identity(name: str, item: Any, place: int) -> tuple[Any, ...]:
    if name == "others":
        return (str(item["request"]["number"]),)
    if name == "papers":
        return (str(item.get("id") or f"{item.get('sha256')} {item.get('kind')}"),)
    told = [str(item[each]) for each in IDENTITY.get(name, ()) if each in item]
    return tuple(told) or (str(place),)
