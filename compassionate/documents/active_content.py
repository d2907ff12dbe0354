"""What in a PDF would act by itself: scripts, programs, forms that send, other files inside or outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pikepdf

KEYS = {
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/EmbeddedFiles": "EmbeddedFiles",
    "/EF": "EmbeddedFiles",
    "/XFA": "XFA",
    "/RichMediaContent": "RichMedia",
    "/RichMediaSettings": "RichMedia",
}
ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "Launch",
    "/SubmitForm": "SubmitForm",
    "/ImportData": "ImportData",
    "/GoToR": "GoToR",
    "/GoToE": "GoToE",
    "/Rendition": "Rendition",
    "/RichMediaExecute": "RichMedia",
}
SUBTYPES = {
    "/RichMedia": "RichMedia",
    "/FileAttachment": "EmbeddedFiles",
    "/Screen": "Screen",
    "/Movie": "Movie",
    "/Sound": "Sound",
    "/3D": "3D",
}
OPENING = "OpenAction"
HARMLESS_OPENING = "/GoTo"
MOST_OBJECTS = 400_000
MOST_DEPTH = 60


class TooDeep(ValueError):
    """More objects, or deeper nested ones, than any paper that people scan or print."""


def active_content(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """The kinds of active content in a document, each once; empty means that it only shows pages.

    Every object is looked at, also those that no page uses any more. Links to web pages are left alone, and so is
    an opening action that only says at which page to begin. Raises TooDeep, and what pikepdf raises on a broken file.
    """
    found = {kind for held in dictionaries(pdf.objects) for kind in _kinds(held)}
    return tuple(sorted(found | _opening(pdf)))


def _kinds(held: Any) -> Iterator[str]:
    keys = set(held.keys())
    yield from (KEYS[key] for key in keys & KEYS.keys())
    for key, table in (("/S", ACTIONS), ("/Subtype", SUBTYPES)):
        if key in keys and (kind := table.get(_name(held.get(key)))):
            yield kind


def _name(value: Any) -> str:
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _opening(pdf: pikepdf.Pdf) -> set[str]:
    opening = pdf.Root.get("/OpenAction")
    if opening is None or isinstance(opening, pikepdf.Array):
        return set()
    is_place = isinstance(opening, pikepdf.Dictionary) and _name(opening.get("/S")) == HARMLESS_OPENING
    return set() if is_place and "/Next" not in opening else {OPENING}


def dictionaries(objects: Iterable[Any]) -> Iterator[Any]:
    """Every dictionary of a file, those inside others too; an indirect one is met once, at its own place.

    Raises TooDeep.
    """
    seen = 0
    waiting = [(each, 0) for each in objects]
    while waiting:
        held, depth = waiting.pop()
        seen += 1
        if seen > MOST_OBJECTS or depth > MOST_DEPTH:
            raise TooDeep
        if isinstance(held, pikepdf.Dictionary | pikepdf.Stream):
            yield held
            children = [child for _, child in held.items()]
        elif isinstance(held, pikepdf.Array):
            children = list(held)
        else:
            continue
        waiting += [(child, depth + 1) for child in children if _is_inside(child)]


def _is_inside(child: Any) -> bool:
    return isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect
