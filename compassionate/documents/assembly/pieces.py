"""A piece: some pages printed by themselves, with what the whole needs to know of them, and the name it is kept by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Protocol

FORM = "1"
"""Goes up when the same HTML shall give another piece."""
POINT = 0.75  # a CSS pixel
PICTURE = re.compile(r'"picture:([^"]+)"')


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that links lead to: its page in the piece, counted from 0, and where on it."""

    name: str
    page: int
    x: float
    y: float
    right: float


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A heading of the outline."""

    level: int
    label: str
    page: int
    x: float
    y: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Printed pages: a tagged PDF, which of its pages lie across, its anchors and bookmarks."""

    pdf: bytes
    wide: tuple[bool, ...]
    anchors: tuple[Anchor, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self.wide)

    def to_bytes(self) -> bytes:
        """As it is kept."""
        told = {
            "wide": self.wide,
            "anchors": [asdict(each) for each in self.anchors],
            "bookmarks": [asdict(each) for each in self.bookmarks],
        }
        return json.dumps(told).encode() + b"\n" + self.pdf

    @classmethod
    def from_bytes(cls, kept: bytes) -> Piece:
        """As it was kept."""
        head, _, pdf = kept.partition(b"\n")
        told = json.loads(head)
        return cls(
            pdf,
            tuple(told["wide"]),
            tuple(Anchor(**each) for each in told["anchors"]),
            tuple(Bookmark(**each) for each in told["bookmarks"]),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """What a press needs to print one piece; `name` also sets the names inside it apart from those of others."""

    name: str
    html: str
    css: str
    pictures: Mapping[str, bytes]
    is_tagged: bool = True


class Shelf(Protocol):
    """Where pieces are between two prints of a case; they hold its data, so it is the case's own."""

    def get(self, name: str) -> bytes | None:
        """The piece of that name, if it is there."""

    def put(self, name: str, piece: bytes) -> None:
        """Keep a piece."""


class Bundle:
    """The pieces that an earlier print left, and those that this one used: only these are worth keeping."""

    def __init__(self, kept: Mapping[str, bytes]) -> None:
        self._kept = kept
        self.used: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        """The piece of that name, if it is there."""
        found = self._kept.get(name)
        if found is not None:
            self.used[name] = found
        return found

    def put(self, name: str, piece: bytes) -> None:
        """Keep a piece."""
        self.used[name] = piece


def bundled(pieces: Mapping[str, bytes]) -> bytes:
    """Pieces as one file."""
    sizes = json.dumps([[name, len(piece)] for name, piece in pieces.items()]).encode()
    return b"\n".join((sizes, b"".join(pieces.values())))


def unbundled(kept: bytes) -> dict[str, bytes]:
    """The pieces of such a file; raises ValueError for another one."""
    head, _, rest = kept.partition(b"\n")
    ends, found = 0, {}
    for name, size in json.loads(head):
        found[name] = rest[ends : ends + size]
        ends += size
    return found


def jobs(leaves: Iterable[str], css: str, pictures: Mapping[str, bytes]) -> list[Job]:
    """A job a leaf, named after all that its look depends on; a leaf that is there twice has two names."""
    listed: list[Job] = []
    seen: set[str] = set()
    for leaf in leaves:
        html = leaf
        while (name := _name(html, css, pictures)) in seen:
            html += "<!--again-->"
        seen.add(name)
        listed.append(Job(name, html, css, {each: pictures[each] for each in PICTURE.findall(html)}))
    return listed


@cache
def _press() -> str:
    """The version of what prints them."""
    return version("weasyprint")


def _name(html: str, css: str, pictures: Mapping[str, bytes]) -> str:
    shown = "".join(sha256(pictures[each]).hexdigest() for each in PICTURE.findall(html))
    parts = (FORM, _press(), css, shown, html)
    return sha256("\0".join(parts).encode()).hexdigest()
