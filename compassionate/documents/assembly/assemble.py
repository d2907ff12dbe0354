"""A document from its pieces: what is kept is taken, what is not is printed, and all of it becomes one file."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pikepdf

from compassionate.documents.assembly.cutting import (
    FURNITURE,
    LEAF,
    SHEET,
    Cut,
    cut,
    ids_of,
    numbered,
    waits_for_numbers,
)
from compassionate.documents.assembly.graft import Graft
from compassionate.documents.assembly.overlay import lay_over
from compassionate.documents.assembly.pieces import Job, Piece, Shelf, jobs
from compassionate.documents.assembly.warm import collection_waits
from compassionate.documents.assembly.workers import Workers
from compassionate.documents.links import one_link_each
from compassionate.documents.progress import Progress, silently

log = logging.getLogger(__name__)

FEWEST_LEAVES = 4
MOST_TURNS = 4
LIKELY_PAGES = 1
PARTS_AFTER = 2  # contents and finish


class Unsettled(ValueError):
    """The page numbers on a leaf changed its own length again and again."""


@dataclass(frozen=True, slots=True)
class Press:
    """How pieces come about: stylesheet and pictures of the document, who prints, what is kept, who is told."""

    css: str
    pictures: Mapping[str, bytes]
    workers: Workers
    shelf: Shelf
    on_progress: Progress = silently

    def pieces(self, leaves: Sequence[str]) -> list[Piece]:
        """A piece a leaf, printed or taken from the shelf."""
        return self._made(jobs(leaves, self.css + SHEET, self.pictures))

    def _made(self, asked: Sequence[Job]) -> list[Piece]:
        held = {job.name: kept for job in asked if (kept := self.shelf.get(job.name)) is not None}
        wanted = [job for job in asked if job.name not in held]
        total = 2 + len(wanted) + PARTS_AFTER
        printed = self.workers.press(wanted, lambda done: self.on_progress(2 + done, total))
        made = dict(zip((job.name for job in wanted), printed, strict=True))
        for job in wanted:
            if not job.pictures:  # pictures are kept where they were made
                self.shelf.put(job.name, made[job.name].to_bytes())
        return [made[job.name] if job.name in made else Piece.from_bytes(held[job.name]) for job in asked]

    def furniture(self, given: Cut, wide: Sequence[bool]) -> tuple[Piece, Piece]:
        """Head and foot of each side that there is, and a line with the number of every page."""
        css = self.css + FURNITURE
        heads = Job("heads", given.furniture(sorted(set(wide))), css, {}, is_tagged=False)
        numbers = replace(jobs([given.numbers(len(wide))], css, {})[0], is_tagged=False)
        return self.workers.press([heads])[0], self._made([numbers])[0]


def in_pieces(html: str, press: Press) -> pikepdf.Pdf | None:
    """The document assembled; None where it has too few leaves to be worth it, or could not be put together."""
    if html.count(LEAF) < FEWEST_LEAVES - 1:
        return None
    try:
        with collection_waits():
            return assembled(html, press)
    except (ValueError, LookupError, AttributeError, pikepdf.PdfError) as error:
        # Its words may be a patient's: only its name is told.
        log.error("pieces of a document could not be put together, it is printed in one: %s", type(error).__name__)
        return None


def assembled(html: str, press: Press) -> pikepdf.Pdf:
    """The document as one tagged file, not yet finished; raises ValueError where it cannot be cut."""
    given = cut(html)
    pieces = _settled(given, press)
    wide = [each for piece in pieces for each in piece.wide]
    heads, numbers = press.furniture(given, wide)
    whole = Graft()
    for piece in pieces:
        whole.add(piece)
    file = whole.finish()
    lay_over(file, wide, heads, numbers)
    one_link_each(file)
    return file


def _settled(given: Cut, press: Press) -> list[Piece]:
    """All pieces, with the right page numbers on those that show some."""
    waiting = [number for number, leaf in enumerate(given.leaves) if waits_for_numbers(leaf)]
    ready = [number for number in range(len(given.leaves)) if number not in waiting]
    found = dict(zip(ready, press.pieces([given.leaves[number] for number in ready]), strict=True))
    lengths = dict.fromkeys(waiting, LIKELY_PAGES) | {number: found[number].pages for number in ready}
    places = {number: dict.fromkeys(ids_of(given.leaves[number]), 0) for number in waiting}
    places |= {number: _first_places(piece) for number, piece in found.items()}
    written: list[str] = []
    for _ in range(MOST_TURNS):
        pages = _pages(places, lengths)
        last, written = written, [numbered(given.leaves[number], pages) for number in waiting]
        if written == last:
            return [found[number] for number in range(len(given.leaves))]
        made = dict(zip(waiting, press.pieces(written), strict=True))
        found |= made
        lengths |= {number: piece.pages for number, piece in made.items()}
        places |= {number: _first_places(piece) for number, piece in made.items()}
    raise Unsettled


def _first_places(piece: Piece) -> dict[str, int]:
    """The page of each anchor in a piece; what runs over several pages is found where it begins."""
    return {each.name: each.page for each in reversed(piece.anchors)}


def _pages(places: Mapping[int, Mapping[str, int]], lengths: Mapping[int, int]) -> dict[str, int]:
    """On which page of the whole each anchor lies, counted from 1."""
    pages: dict[str, int] = {}
    first = 1
    for number in range(len(lengths)):
        for name, page in places.get(number, {}).items():
            pages.setdefault(name, first + page)
        first += lengths[number]
    return pages
