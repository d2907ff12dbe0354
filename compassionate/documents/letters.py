"""Every letter of a document is drawn by the bundled fonts, or says which one it is.

A sign that they have not would be drawn by whatever font the machine has, differently on each, or as an empty box
(which PDF/A forbids: ISO 19005-3, 6.2.11.8). It is printed as its number in Unicode instead: nothing is lost.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "static" / "fonts" / "ttf"
KEPT = frozenset("\n\t\u200b")
# They join or vary the signs around them, which then have another form: without those they are nothing.
UNSEEN = frozenset("\u200c\u200d") | {chr(point) for point in range(0xFE00, 0xFE10)}


class _Table(dict[int, str]):
    """What each character is printed as, worked out when it is met first."""

    def __missing__(self, point: int) -> str:
        letter = chr(point)
        self[point] = said = letter if letter in KEPT or point in drawn() else _instead(letter)
        return said


def _instead(letter: str) -> str:
    if letter in UNSEEN:
        return ""
    return " " if unicodedata.category(letter) == "Zs" else f"[U+{ord(letter):04X}]"


@cache
def drawn() -> frozenset[int]:
    """The characters that every bundled style has a drawing of."""
    from fontTools.ttLib import TTFont

    held = []
    for path in sorted(FOLDER.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            held.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*held)


@cache
def _table() -> _Table:
    return _Table()


def drawable(text: str) -> str:
    """The same text with the number in place of each sign that no bundled font draws."""
    return text if text.isascii() else text.translate(_table())
