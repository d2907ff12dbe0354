"""Running head, foot and page number laid over finished pages, as artifacts: no voice reads them on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from compassionate.documents.assembly.cutting import NUMBER_PLACE
from compassionate.documents.assembly.pieces import POINT, Anchor, Piece

BEFORE = b"q\n"
AFTER = b"\nQ\n/Artifact <</Type /Pagination>> BDC\nq /Furniture Do Q\nq %b Q\nEMC"
"""Around what a page shows, whose own matrix must not reach what is laid over it."""
COLOUR = re.compile(rb"[\d. ]+ rg")
FONT = re.compile(rb"/(\w+) ([\d.]+) Tf")
LINE = re.compile(rb"1 0 0 -1 ([\d.]+) ([\d.]+) Tm\s+(?:/\w+ [\d.]+ Tf\s+)?(\[[^]]*\] TJ)")


@dataclass(frozen=True, slots=True)
class Furniture:
    """Head and foot of each side, and the page numbers, as drawings of the file that they go into."""

    heads: dict[bool, pikepdf.Object]
    numbers: dict[bool, list[bytes]]
    font: pikepdf.Object


def lay_over(file: pikepdf.Pdf, wide: Sequence[bool], heads: Piece, numbers: Piece) -> None:
    """Head and foot of its side on every page, and its own number; raises ValueError where they were not found."""
    given = _furniture(file, heads, numbers, len(wide))
    before = file.make_indirect(Stream(file, BEFORE))
    for index, (page, is_wide) in enumerate(zip(file.pages, wide, strict=True)):
        drawn = page.obj.Resources
        page.obj.Resources = Dictionary(dict(drawn.items()))
        page.obj.Resources.XObject = _with(drawn, Name.XObject, Furniture=given.heads[is_wide])
        page.obj.Resources.Font = _with(drawn, Name.Font, PageNumber=given.font)
        after = file.make_indirect(Stream(file, AFTER % given.numbers[is_wide][index]))
        page.obj.Contents = Array([before, page.obj.Contents, after])


def _with(drawn: pikepdf.Object, kind: Name, **more: pikepdf.Object) -> Dictionary:
    return Dictionary(
        {**dict(drawn.get(kind, Dictionary()).items()), **{f"/{key}": each for key, each in more.items()}}
    )


def _furniture(file: pikepdf.Pdf, heads: Piece, numbers: Piece, pages: int) -> Furniture:
    with pikepdf.open(BytesIO(heads.pdf)) as source:
        forms = [file.copy_foreign(page.as_form_xobject()) for page in source.pages]
    with pikepdf.open(BytesIO(numbers.pdf)) as source:
        sheet = source.pages[0]
        drawn, height = sheet.obj.Contents.read_bytes(), float(sheet.mediabox[3])
        name = FONT.search(drawn)
        if name is None or len(FONT.findall(drawn)) != 1:
            raise ValueError("page numbers are not in one type")
        font = file.copy_foreign(sheet.obj.Resources.Font[f"/{name.group(1).decode()}"])
    places = {each.page: each for each in heads.anchors if each.name == NUMBER_PLACE}
    lines = list(_lines(drawn, height))
    own = [each for each in numbers.anchors if each.name.startswith(NUMBER_PLACE)]
    if not len(lines) == len(own) == pages or len(places) != len(forms):
        raise ValueError("not every page has its number")
    said = {
        is_wide: [line.at(anchor, places[index]) for line, anchor in zip(lines, own, strict=True)]
        for index, is_wide in enumerate(heads.wide)
    }
    return Furniture(dict(zip(heads.wide, forms, strict=True)), said, font)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of type where it stands on its sheet, and how it is drawn."""

    x: float
    y: float
    colour: bytes
    size: float
    shown: bytes

    def at(self, own: Anchor, goal: Anchor) -> bytes:
        """The same line with its right end where that of another one is."""
        x, y = self.x + goal.right - own.right, self.y + goal.y - own.y
        place = f"BT /PageNumber {self.size * POINT:.4f} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm".encode()
        return b" ".join((self.colour, place, self.shown, b"ET"))


def _lines(drawn: bytes, height: float) -> Iterator[_Line]:
    colour, font = COLOUR.search(drawn), FONT.search(drawn)
    for found in LINE.finditer(drawn):
        x, y = float(found[1]) * POINT, height - float(found[2]) * POINT
        yield _Line(x, y, colour.group(0).strip() if colour else b"0 g", float(font[2]) if font else 0, found[3])
