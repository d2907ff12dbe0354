"""The pictures of an annex's pages in one file, made once and kept sealed beside the case.

The format, version 1: the five bytes `CPPP1`, the number of pages (4 bytes), then for each page one byte (1 where
it is wider than high), the length of its JPEG (4 bytes, 0 where it could not be drawn) and the JPEG. Numbers are
unsigned, the largest part first.
"""

from __future__ import annotations

from collections.abc import Sequence

from compassionate.documents.pictures import PagePicture

MARK = b"CPPP1"
COUNT, WIDE, LENGTH = 4, 1, 4


class NotPictures(ValueError):
    """Bytes that are no such file."""


def packed(pictures: Sequence[PagePicture]) -> bytes:
    """The pictures as one file."""
    parts = [MARK, len(pictures).to_bytes(COUNT)]
    for each in pictures:
        parts += [each.is_wide.to_bytes(WIDE), len(each.jpeg).to_bytes(LENGTH), each.jpeg]
    return b"".join(parts)


def unpacked(data: bytes) -> tuple[PagePicture, ...]:
    """The pictures of such a file; raises NotPictures."""
    if not data.startswith(MARK):
        raise NotPictures("mark")
    place = len(MARK) + COUNT
    found: list[PagePicture] = []
    for _ in range(int.from_bytes(data[len(MARK) : place])):
        length = int.from_bytes(data[place + WIDE : place + WIDE + LENGTH])
        begin = place + WIDE + LENGTH
        if begin + length > len(data):
            raise NotPictures("length")
        found.append(PagePicture(data[begin : begin + length], data[place] == 1))
        place = begin + length
    if place != len(data):
        raise NotPictures("end")
    return tuple(found)
