"""Whole fonts in every document: a subset once drew "IFN-β" as "IFN-g" while its text still read rightly.

The press numbers letters as the bundled font does, so the font of a print may be put back whole; then a
document can be read, searched and completed for as long as it is kept, on a machine that has no such font.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Dictionary, Name

from compassionate.documents.packing import filed, flat

FOLDER = Path(__file__).parents[1] / "static" / "fonts" / "ttf"
POSTSCRIPT_NAME = 6


@cache
def _whole(name: str) -> tuple[bytes, int] | None:
    """A bundled font by its PostScript name, flat, and its length; None for another, which stays as it was printed."""
    if name not in {each.stem for each in FOLDER.glob("*.ttf")}:
        return None
    data = (FOLDER / f"{name}.ttf").read_bytes()
    return flat(data), len(data)


def embed_whole(document: pikepdf.Pdf) -> None:
    """Every font of the document as the bundled file, byte for byte, one stream a style."""
    held: dict[str, pikepdf.Object] = {}
    names: dict[str, str] = {}
    for each in _fonts(document):
        if each.get(Name.Subtype) == Name.Type0:
            descendant = each.DescendantFonts[0]
            called = str(each.BaseFont)  # by the press: a digest of its description, the same in every piece
            name = names.get(called) or _postscript_name(descendant.FontDescriptor.FontFile2.read_bytes())
            names[called] = name
            whole = _whole(name)
            if whole is None:
                continue
            if name not in held:
                held[name] = filed(document, whole[0], Length1=whole[1])
            descendant.FontDescriptor.FontFile2 = held[name]
            each.BaseFont = descendant.BaseFont = descendant.FontDescriptor.FontName = Name(f"/{name}")


def _fonts(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every font that a page names, or a drawing on one: few, among thousands of objects."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [page.obj for page in document.pages]
    while waiting:
        resources = waiting.pop().get(Name.Resources, Dictionary())
        for kind in (Name.Font, Name.XObject):
            for each in resources.get(kind, Dictionary()).values():
                if each.objgen in seen:
                    continue
                seen.add(each.objgen)
                if kind == Name.Font:
                    yield each
                elif each.get(Name.Subtype) == Name.Form:
                    waiting.append(each)


def _postscript_name(program: bytes) -> str:
    with TTFont(BytesIO(program), lazy=True) as font:
        return str(font["name"].getDebugName(POSTSCRIPT_NAME))
