"""Small files that unpack into huge ones: each part of a PDF is unpacked piece by piece, and no further than allowed.

What is unpacked is thrown away. The whole of it runs under limits of time and memory as well (isolation.py).
"""

from __future__ import annotations

import zlib
from typing import Any

import pikepdf

from compassionate.documents.active_content import dictionaries

MEGABYTE = 1_000_000
LARGEST_PART = 96 * MEGABYTE  # text and drawing of a page, a font, a list of objects
LARGEST_PICTURE = 400 * MEGABYTE  # a page of A3 at 600 dots an inch, in colour
MOST_TOGETHER = 3_000 * MEGABYTE
MOST_POINTS = 150_000_000  # of one picture: A4 at 1200 dots an inch, in black and white
MOST_FILTERS = 4
PIECE = 1 * MEGABYTE
FLATE = ("/FlateDecode", "/Fl")


class Bomb(ValueError):
    """Something unpacks into more than any paper needs."""


def require_no_bomb(pdf: pikepdf.Pdf) -> None:
    """Raises Bomb where a part of a PDF unpacks into more than a page can show, or all of them together do."""
    together = 0
    for held in dictionaries(pdf.objects):
        if isinstance(held, pikepdf.Stream):
            together += _unpacked(held)
            if together > MOST_TOGETHER:
                raise Bomb("together")


def _unpacked(stream: Any) -> int:
    is_picture = stream.get("/Subtype") == pikepdf.Name.Image
    if is_picture and _points(stream) > MOST_POINTS:
        raise Bomb("points")
    filters = _filters(stream)
    if len(filters) > MOST_FILTERS:
        raise Bomb("filters")
    if not filters or filters[0] not in FLATE:
        return 0
    times = next((place for place, name in enumerate(filters) if name not in FLATE), len(filters))
    return _size(stream.read_raw_bytes(), times, LARGEST_PICTURE if is_picture else LARGEST_PART)


def _points(picture: Any) -> int:
    sides = [picture.get(key) for key in ("/Width", "/Height")]
    known = [side for side in sides if isinstance(side, int)]
    return known[0] * known[1] if len(known) == len(sides) else 0


def _filters(stream: Any) -> list[str]:
    named = stream.get("/Filter")
    if isinstance(named, pikepdf.Array):
        return [str(each) for each in named]
    return [] if named is None else [str(named)]


def _size(data: bytes, times: int, most: int) -> int:
    """How large data become that are packed so many times; what is damaged ends where it is damaged."""
    return _poured(data, [zlib.decompressobj() for _ in range(times)], most)


def _poured(data: bytes, unpackers: list[Any], most: int) -> int:
    """Pour data through the unpackers, a piece at a time, and measure what comes out at the end."""
    if not unpackers:
        return len(data)
    first, rest = unpackers[0], unpackers[1:]
    size = 0
    try:
        while data:
            piece = first.decompress(data, PIECE)
            data = first.unconsumed_tail
            if not piece and not data:
                break
            size += _poured(piece, rest, most - size)
            if size > most:
                raise Bomb("part")
            if first.eof:
                break
    except zlib.error:
        return size
    return size
