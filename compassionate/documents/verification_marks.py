"""What is on every page for whoever doubts it: the secure verification code in groups, and the QR code as a drawing.

Código seguro de verificación: Ley 40/2015, art. 42; RD 203/2021, art. 21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

GROUP = 4
BETWEEN = re.compile(r"[\s\-–—·.]+")


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as the outline of its dark parts, in modules."""

    size: int
    outline: str


def bare(code: str) -> str:
    """A code as it is kept, however somebody typed it."""
    return BETWEEN.sub("", code).lower()


def grouped(code: str) -> str:
    """A code as people read it out: capitals in groups of four."""
    whole = bare(code).upper()
    return "-".join(whole[start : start + GROUP] for start in range(0, len(whole), GROUP))


@lru_cache(maxsize=64)
def qr_code(text: str) -> QrCode:
    """The QR code of a text, with a quarter of its bits to spare where that costs no larger code."""
    import segno

    rows = [bytearray(row) for row in segno.make_qr(text, error="m", boost_error=True).matrix]
    return QrCode(len(rows), "".join(rectangles(rows)))


def rectangles(rows: list[bytearray]) -> list[str]:
    """The dark modules as few rectangles: each as wide as it goes, then as tall; no seam shows in print."""
    drawn = []
    for y, row in enumerate(rows):
        for x in range(len(row)):
            if row[x] == 1:
                width = _run(row, x)
                height = 1
                while y + height < len(rows) and all(each == 1 for each in rows[y + height][x : x + width]):
                    height += 1
                for below in rows[y : y + height]:
                    below[x : x + width] = bytes([2]) * width
                drawn.append(f"M{x} {y}h{width}v{height}h-{width}z")
    return drawn


def _run(row: bytearray, start: int) -> int:
    end = start
    while end < len(row) and row[end] == 1:
        end += 1
    return end - start
