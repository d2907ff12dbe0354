"""The one importer of WeasyPrint: HTML in, tagged PDF out, nothing fetched but what lies in the hand.

Its own fetcher opens `http:` and `file:` addresses from most kinds of markup; ours knows only names that it was given.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from compassionate.documents.progress import Progress, silently

STATIC_FONTS = Path(__file__).parents[1] / "static" / "fonts" / "ttf"
FONT_SCHEME, PICTURE_SCHEME, DATA_SCHEME = "font:", "picture:", "data:"
BASE = "compassionate:/"
# Its warnings quote what it prints, which is a patient's.
logging.getLogger("weasyprint").setLevel(logging.ERROR)


class ClosedError(ValueError):
    """An address that is neither a bundled font nor a picture of this document was asked for."""


class Fetcher(URLFetcher):  # type: ignore[misc] # the library has no types
    """Gives bundled fonts by file name, this document's pictures by number, and `data:`; refuses all else."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self._pictures = pictures
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The bytes behind an address; raises ClosedError."""
        if url.startswith(FONT_SCHEME) and (held := fonts().get(url.removeprefix(FONT_SCHEME))):
            return URLFetcherResponse(url, held, {"Content-Type": "font/ttf"})
        if url.startswith(PICTURE_SCHEME) and (held := self._pictures.get(url.removeprefix(PICTURE_SCHEME))):
            return URLFetcherResponse(url, held, {"Content-Type": "image/jpeg"})
        if url.startswith(DATA_SCHEME):
            return super().fetch(url, headers)
        self.refused.append(url)
        raise ClosedError(url)


@cache
def fonts() -> Mapping[str, bytes]:
    """The bundled fonts by file name: one whole file a style, never a subset (a subset drew a β as a g)."""
    return {path.name: path.read_bytes() for path in sorted(STATIC_FONTS.glob("*.ttf"))}


def press(html: str, css: str, pictures: Mapping[str, bytes], on_progress: Progress = silently) -> tuple[bytes, int]:
    """A tagged PDF and its number of pages; the same input gives the same bytes on the same machine."""
    fetcher = Fetcher(pictures)
    configuration = FontConfiguration()
    sheet = CSS(string=css, font_config=configuration, url_fetcher=fetcher, base_url=BASE)
    document = HTML(string=html, url_fetcher=fetcher, base_url=BASE).render(
        font_config=configuration, stylesheets=[sheet], pdf_tags=True, presentational_hints=False
    )
    on_progress(1, 2)
    pdf: bytes = document.write_pdf(pdf_tags=True)
    on_progress(2, 2)
    if fetcher.refused:
        raise ClosedError(", ".join(fetcher.refused))
    return pdf, len(document.pages)
