"""Invented papers: one small page of text each, marked as a demonstration."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pikepdf

MARK = "DEMOSTRACIÓN · Documento inventado, sin valor"
ESCAPED = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)"})


def leaflet(title: str, lines: Sequence[str]) -> bytes:
    """A page with a title and some lines."""
    file = pikepdf.new()
    page = file.add_blank_page(page_size=(595, 842))
    page.Contents = file.make_stream(_content(title, lines))
    fonts: dict[str, Any] = {f"/{name}": file.make_indirect(_font(base)) for name, base in FONTS.items()}
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(fonts))
    held = io.BytesIO()
    file.save(held, deterministic_id=True)
    return held.getvalue()


FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold"}


def _font(base: str) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name(f"/{base}"),
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )


def _content(title: str, lines: Sequence[str]) -> bytes:
    said = [_at("F1", 9, 60, 790, MARK), _at("F2", 16, 60, 740, title)]
    said += [_at("F1", 11, 60, 700 - 18 * number, line) for number, line in enumerate(lines)]
    return b"\n".join(said)


def _at(font: str, size: int, x: int, y: int, text: str) -> bytes:
    shown = text.translate(ESCAPED).encode("cp1252", "replace")
    return f"BT /{font} {size} Tf {x} {y} Td (".encode() + shown + b") Tj ET"
