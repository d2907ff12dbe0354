"""What an uploaded file really is, judged by content, name and declared type together; nothing but Invalid is raised.

What cannot be read, is protected or would act by itself is refused with a sentence that says what to do
instead. The bytes are never changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any

import puremagic

from compassionate.documents.active_content import TooDeep, active_content
from compassionate.documents.pictures import JPEG, PDF, PNG, open_image
from compassionate.errors import FieldError, Invalid
from compassionate.text import single_line

MEGABYTE = 1_000_000
MOST_PAGES = 300
MOST_PIXELS = 50_000_000
LONGEST_NAME = 80
HEAD = 4096
TYPES: dict[str, tuple[str, ...]] = {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg")}
ALSO_DECLARED = {
    PDF: ("application/x-pdf",),
    PNG: ("image/x-png",),
    JPEG: ("image/jpg", "image/pjpeg"),
}
MAIL = (".eml", ".msg", ".mht", ".emlx")
UNDECLARED = ("", "application/octet-stream", "binary/octet-stream")
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
FOUND_AS_JPEG = ("image/jpeg", "image/jpg", "image/pjpeg")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found: type by content, pages (1 for a picture), size in bytes and SHA-256."""

    media_type: str
    pages: int
    size: int
    sha256: str


class _Refusal(Exception):
    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def inspect(filename: str, declared_type: str, data: bytes, limit_bytes: int) -> Inspected:
    """Look into an uploaded file; raises Invalid on the field `file` with a code `paper.*`, and nothing else.

    The extension and the type that the sender declared (where it did) must both be those of the content.
    """
    try:
        media_type = _media_type(filename, declared_type, data, limit_bytes)
        pages = _survive(_pdf_pages, data) if media_type == PDF else _survive(_picture_pages, data, media_type)
    except _Refusal as refusal:
        name = single_line(filename)[:LONGEST_NAME]
        raise Invalid((FieldError("file", f"paper.{refusal.code}", {"filename": name, **refusal.params}),)) from None
    return Inspected(media_type, pages, len(data), hashlib.sha256(data).hexdigest())


def _media_type(filename: str, declared_type: str, data: bytes, limit_bytes: int) -> str:
    if not data:
        raise _Refusal("empty")
    if len(data) > limit_bytes:
        raise _Refusal("too_big", size_mb=_megabytes(len(data)), limit_mb=_megabytes(limit_bytes))
    found = _by_content(data)
    if found not in TYPES:
        raise _Refusal("mail" if PurePath(filename).suffix.lower() in MAIL else "kind_not_taken")
    declared = declared_type.partition(";")[0].strip().lower()
    if PurePath(filename).suffix.lower() not in TYPES[found]:
        raise _Refusal("name_mismatch")
    if declared not in (found, *ALSO_DECLARED[found], *UNDECLARED):
        raise _Refusal("name_mismatch")
    return found


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}".replace(".", ",")


def _by_content(data: bytes) -> str:
    try:
        found = str(puremagic.from_string(data[:HEAD], mime=True))
    except (puremagic.PureError, ValueError):
        return ""
    return JPEG if found in FOUND_AS_JPEG else found


def _survive(look: Callable[..., int], *given: Any) -> int:
    """What a look into the file finds; whatever else it does to its reader, the file is broken."""
    try:
        return look(*given)
    except _Refusal:
        raise
    except Exception as error:
        raise _Refusal("broken") from error


def _pdf_pages(data: bytes) -> int:
    import pikepdf

    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise _Refusal("encrypted")
            pages = len(pdf.pages)
            _check_pages(pages)
            found = active_content(pdf)
    except pikepdf.PasswordError as error:
        raise _Refusal("encrypted") from error
    except TooDeep as error:
        raise _Refusal("broken") from error
    if found:
        raise _Refusal("active", found=", ".join(found))
    _check_drawable(data, pages)
    return pages


def _check_pages(pages: int) -> None:
    if pages < 1:
        raise _Refusal("no_pages")
    if pages > MOST_PAGES:
        raise _Refusal("too_many_pages", pages=pages, limit=MOST_PAGES)


def _check_drawable(data: bytes, pages: int) -> None:
    """The library that draws the pages of a dossier must see the same pages."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) != pages:
            raise _Refusal("broken")
    finally:
        document.close()


def _check_whole(data: bytes, media_type: str) -> None:
    """A picture that was cut off is broken: Pillow says so only until another library tells it to be lenient."""
    if media_type == PNG:
        with open_image(data, media_type) as image:
            image.verify()
    elif data.rfind(JPEG_END) < data.rfind(JPEG_SCAN):
        raise _Refusal("broken")


def _picture_pages(data: bytes, media_type: str) -> int:
    _check_whole(data, media_type)
    with open_image(data, media_type) as image:
        if image.width * image.height > MOST_PIXELS:
            raise _Refusal("too_large_picture", width=image.width, height=image.height)
        if media_type == JPEG:
            image.draft("RGB", (image.width // 8, image.height // 8))
        image.load()
    return 1
