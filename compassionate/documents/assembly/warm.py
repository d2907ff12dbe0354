"""A press that is kept warm: style sheet and fonts are read once, and Python's collector waits while it prints."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.util import Finalize
from typing import Any

from compassionate.documents.assembly.pieces import POINT, Anchor, Bookmark, Job, Piece

COLLECT_EVERY = 12
_printed = 0


@contextmanager
def collection_waits() -> Iterator[None]:
    """Without the garbage collector, which takes a fifth of the time of a long document and finds little."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@lru_cache(maxsize=4)
def _sheet(css: str) -> tuple[Any, Any]:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    from compassionate.documents.press import BASE, Fetcher

    fonts = FontConfiguration()
    return CSS(string=css, font_config=fonts, url_fetcher=Fetcher({}), base_url=BASE), fonts


# Fonts lie in a folder that goes with their object: before the interpreter forgets how, here and in a child.
atexit.register(_sheet.cache_clear)
Finalize(None, _sheet.cache_clear, exitpriority=0)


def warm_up(css: str) -> None:
    """Import and read what every piece needs."""
    printed(Job("0", '<html lang="es"><title>·</title><p>·</p></html>', css, {}))


def printed(job: Job) -> Piece:
    """One piece; the same job gives the same bytes in every process."""
    global _printed
    with collection_waits():
        piece = _print(job)
        _printed += 1
        if not _printed % COLLECT_EVERY:
            gc.collect()
    return piece


def _print(job: Job) -> Piece:
    from weasyprint import HTML

    from compassionate.documents.press import BASE, ClosedError, Fetcher

    sheet, fonts = _sheet(job.css)
    fetcher = Fetcher(job.pictures)
    document = HTML(string=job.html, url_fetcher=fetcher, base_url=BASE).render(
        font_config=fonts, stylesheets=[sheet], pdf_tags=job.is_tagged, presentational_hints=False
    )
    pdf = document.write_pdf(pdf_tags=job.is_tagged, finisher=lambda _, file: _make_own(file, job.name[:16]))
    if fetcher.refused:
        raise ClosedError(", ".join(fetcher.refused))
    wide = tuple(page.width > page.height for page in document.pages)
    return Piece(pdf, wide, tuple(_anchors(document)), tuple(_bookmarks(document)))


def _anchors(document: Any) -> Iterator[Anchor]:
    for number, page in enumerate(document.pages):
        for name, (x, y, right, _) in page.anchors.items():
            yield Anchor(name, number, *_place(page, x, y), round(right * POINT, 3))


def _bookmarks(document: Any) -> Iterator[Bookmark]:
    for number, page in enumerate(document.pages):
        for level, label, (x, y), state in page.bookmarks:
            yield Bookmark(level, label, number, *_place(page, x, y), state != "closed")


def _place(page: Any, x: float, y: float) -> tuple[float, float]:
    return round(x * POINT, 3), round((page.height - y) * POINT, 3)


def _make_own(file: Any, name: str) -> None:
    """Table headers get names that no other piece has; what is of the whole alone is not in a piece."""
    for of_the_whole in ("Names", "Outlines"):
        file.catalog.pop(of_the_whole, None)
    for each in file.objects:
        if isinstance(each, dict) and each.get("S") == "/TH" and "ID" in each:
            each["ID"].string = f"{name}-{each['ID'].string}"
