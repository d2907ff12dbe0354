"""Uploaded papers as page pictures for a dossier: nothing of the original but what can be seen.

A picture carries no metadata, no script and no link; a page that cannot be drawn is said to be so, never left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
DOTS_PER_INCH, POINTS_PER_INCH = 150, 72
LONGEST_SIDE = 1754  # of A4 at 150 dots an inch
JPEG_QUALITY = 82
WHITE = (255, 255, 255)
SHADES = 256


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page as a JPEG; without bytes where it could not be drawn."""

    jpeg: bytes = b""
    is_wide: bool = False


def page_pictures(data: bytes, media_type: str, pages: int) -> tuple[PagePicture, ...]:
    """The pages of a paper as pictures, `pages` of them whatever the file turns out to hold."""
    drawn = pages_drawn(data, media_type)
    pictures: list[PagePicture] = []
    for number in range(pages):
        pictures.append(_next(drawn) if number == len(pictures) else PagePicture())
    return tuple(pictures)


def pages_drawn(data: bytes, media_type: str, first: int = 0) -> Iterator[PagePicture]:
    """The pages one after the other from one of them on; raises whatever the file does to its reader."""
    return _pdf_pages(data, first) if media_type == PDF else _image_pages(data, media_type)


def _next(drawn: Iterator[PagePicture]) -> PagePicture:
    """The next page; an empty one where the file ends early or cannot be read on."""
    try:
        return next(drawn, PagePicture())
    except Exception:  # noqa: BLE001 - whatever a foreign file does to its reader, the dossier must be made
        return PagePicture()


def _pdf_pages(data: bytes, first: int) -> Iterator[PagePicture]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(first, len(document)):
            yield _drawn(document, number)
    finally:
        document.close()


def _drawn(document: Any, number: int) -> PagePicture:
    try:
        page = document[number]
        longest = max(*page.get_size(), 1)
        scale = min(DOTS_PER_INCH / POINTS_PER_INCH, LONGEST_SIDE / longest)
        bitmap = page.render(scale=scale, may_draw_forms=False)
        return _as_jpeg(bitmap.to_pil())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - one broken page does not take the others with it
        return PagePicture()


def _image_pages(data: bytes, media_type: str) -> Iterator[PagePicture]:
    image = open_image(data, media_type)
    if media_type == JPEG:
        image.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # read no finer than it prints
    yield _as_jpeg(ImageOps.exif_transpose(image))


def open_image(data: bytes, media_type: str) -> Image.Image:
    """A PNG or JPEG by its own reader, nothing guessed, not yet decoded; raises whatever Pillow raises."""
    reader = PngImagePlugin.PngImageFile if media_type == PNG else JpegImagePlugin.JpegImageFile
    return reader(BytesIO(data))


def _as_jpeg(image: Image.Image) -> PagePicture:
    """The picture on white, no larger than it prints, without anything else that was in the file."""
    image = _simple(image)
    if max(image.size) > LONGEST_SIDE:
        share = LONGEST_SIDE / max(image.size)
        size = (max(1, math.floor(image.width * share)), max(1, math.floor(image.height * share)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    out = BytesIO()
    flat.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return PagePicture(out.getvalue(), flat.width > flat.height)


def _simple(image: Image.Image) -> Image.Image:
    """In plain colours; see-through only where it was, and greys of 16 bits as the 8 that a page shows."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / SHADES).convert("L").convert("RGB")
    is_clear = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if is_clear else "RGB")
