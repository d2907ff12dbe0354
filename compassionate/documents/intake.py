"""What an uploaded file really is, judged by content, name and declared type together; nothing but Invalid is raised.

What cannot be read, is protected, would act by itself or unpacks without end is refused with a sentence that says
what to do instead; a file of another kind with how to make a PDF of it. The bytes are never changed.
UPL-01, UPL-02, UPL-03.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

import puremagic

from compassionate.documents.active_content import TooDeep, active_content
from compassionate.documents.bombs import Bomb, require_no_bomb
from compassionate.documents.foreign_kinds import UNKNOWN, foreign_kind
from compassionate.documents.phrases import shortened
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
PDF_START, PDF_END = b"%PDF-", b"%%EOF"
STARTS_WITHIN = 1024  # readers take a PDF that begins a little later: a file that is something else before
MOST_BEHIND = 1024  # behind its end; more is another file
IN_ARCHIVE = b"PK\x01\x02"
WEB = re.compile(rb"<(?:!doctype html|html|script|svg|iframe)[\s>]", re.IGNORECASE)
UNDECLARED = ("", "application/octet-stream", "binary/octet-stream")
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
FOUND_AS_JPEG = ("image/jpeg", "image/jpg", "image/pjpeg")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found: type by content, pages (1 for a picture), size in bytes, SHA-256, whether it is signed."""

    media_type: str
    pages: int
    size: int
    sha256: str
    is_signed: bool = False


class _Refusal(Exception):
    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def inspect(filename: str, declared_type: str, data: bytes, limit_bytes: int) -> Inspected:
    """Look into an uploaded file; raises Invalid on the field `file` with a code `paper.*`, and nothing else.

    The extension and the type that the sender declared (where it did) must both be those of the content.
    """
    try:
        require_size(filename, len(data), limit_bytes)
        media_type = _media_type(filename, declared_type, data)
        look = _in_pdf if media_type == PDF else _in_picture
        pages, is_signed = _survive(look, data, media_type)
    except _Refusal as refusal:
        raise refused(filename, refusal.code, **refusal.params) from None
    return Inspected(media_type, pages, len(data), hashlib.sha256(data).hexdigest(), is_signed)


def refused(filename: str, code: str, **params: object) -> Invalid:
    """The refusal of a file: which one, why, and in its sentence what to do."""
    name = shortened(single_line(filename), LONGEST_NAME)
    return Invalid((FieldError("file", f"paper.{code}", {"filename": name, **params}),))


def require_size(filename: str, size: int, limit_bytes: int) -> None:
    """Raises Invalid for a file with nothing in it, and for one that is too large: known before it is looked into."""
    if not size:
        raise refused(filename, "empty")
    if size > limit_bytes:
        raise refused(filename, "too_big", size_mb=megabytes(size), limit_mb=megabytes(limit_bytes))


def _media_type(filename: str, declared_type: str, data: bytes) -> str:
    found = _by_content(data)
    if found not in TYPES:
        raise _Refusal(_other_kind(filename, data))
    if _is_two(found, data):
        raise _Refusal("two_files")
    declared = declared_type.partition(";")[0].strip().lower()
    if PurePath(filename).suffix.lower() not in TYPES[found]:
        raise _Refusal("name_mismatch")
    if declared not in (found, *ALSO_DECLARED[found], *UNDECLARED):
        raise _Refusal("name_mismatch")
    return found


def _other_kind(filename: str, data: bytes) -> str:
    kind = foreign_kind(data)
    if kind == UNKNOWN and PurePath(filename).suffix.lower() in MAIL:
        return "kind_mail"
    return "two_files" if kind == UNKNOWN and PDF_START in data[:STARTS_WITHIN] else kind


def _is_two(media_type: str, data: bytes) -> bool:
    """Whether a file can be read as another kind too: an archive behind it, a page of the web before it (UPL-03)."""
    if IN_ARCHIVE in data and zipfile.is_zipfile(BytesIO(data)):
        return True
    if media_type != PDF:
        return False
    _, _, behind = data.rpartition(PDF_END)
    has_more = PDF_END in data and len(behind.strip(b"\0\t\n\f\r ")) > MOST_BEHIND
    return has_more or WEB.search(data[:STARTS_WITHIN]) is not None


def megabytes(size: int) -> str:
    """A size as the sentences say it: `2,5`."""
    return f"{size / MEGABYTE:.1f}".replace(".", ",")


def _by_content(data: bytes) -> str:
    try:
        found = str(puremagic.from_string(data[:HEAD], mime=True))
    except (puremagic.PureError, ValueError):
        return ""
    return JPEG if found in FOUND_AS_JPEG else found


def _survive(look: Callable[[bytes, str], tuple[int, bool]], data: bytes, media_type: str) -> tuple[int, bool]:
    """What a look into the file finds; whatever else it does to its reader, the file is broken."""
    try:
        return look(data, media_type)
    except (_Refusal, MemoryError):
        raise
    except Bomb as error:
        raise _Refusal("too_demanding") from error
    except Exception as error:
        raise _Refusal("broken") from error


def _in_pdf(data: bytes, _media_type: str) -> tuple[int, bool]:
    import pikepdf

    from compassionate.documents.pdf_copies import is_signed

    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise _Refusal("encrypted")
            pages = len(pdf.pages)
            _check_pages(pages)
            found = active_content(pdf)
            if found:
                raise _Refusal("active", found=", ".join(found))
            require_no_bomb(pdf)
            signed = is_signed(pdf)
    except pikepdf.PasswordError as error:
        raise _Refusal("encrypted") from error
    except TooDeep as error:
        raise _Refusal("broken") from error
    _check_drawable(data, pages)
    return pages, signed


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


def _in_picture(data: bytes, media_type: str) -> tuple[int, bool]:
    _check_whole(data, media_type)
    with open_image(data, media_type) as image:
        if image.width * image.height > MOST_PIXELS:
            raise _Refusal("too_large_picture", width=image.width, height=image.height)
        if media_type == JPEG:
            image.draft("RGB", (image.width // 8, image.height // 8))
        image.load()
    return 1, False
