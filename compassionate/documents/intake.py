"""What an uploaded file really is: judged by its content, never by its name alone; nothing else is raised than Invalid."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import PurePath

import pikepdf
import puremagic
from PIL import Image, UnidentifiedImageError

from compassionate.errors import FieldError, Invalid

KINDS = {"application/pdf": {".pdf"}, "image/png": {".png"}, "image/jpeg": {".jpg", ".jpeg"}}
MOST_PAGES, MOST_PIXELS = 500, 60_000_000
ACTIVE = ("/JavaScript", "/JS", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/RichMedia", "/EmbeddedFile", "/XFA", "/Movie", "/Sound")


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found: type by content, pages (1 for a picture), size in bytes and SHA-256."""

    media_type: str
    pages: int
    size: int
    sha256: str


def _refuse(code: str, **params: object) -> Invalid:
    return Invalid((FieldError("file", f"paper.{code}", params),))


def inspect(filename: str, declared_type: str, data: bytes, limit_bytes: int) -> Inspected:
    """Look into a file; raises Invalid with a `paper.*` code for whatever cannot be taken."""
    if not data:
        raise _refuse("empty")
    if len(data) > limit_bytes:
        raise _refuse("too_big", limit=limit_bytes // 1_048_576)
    media_type = _content_type(data)
    if media_type not in KINDS:
        raise _refuse("kind_not_taken")
    declared = declared_type.split(";")[0].strip().lower()
    if PurePath(filename).suffix.lower() not in KINDS[media_type] or declared not in (media_type, "application/octet-stream", ""):
        raise _refuse("name_mismatch")
    pages = _pdf_pages(data) if media_type == "application/pdf" else _picture(data)
    return Inspected(media_type, pages, len(data), hashlib.sha256(data).hexdigest())


def _content_type(data: bytes) -> str:
    try:
        return str(puremagic.from_string(data, mime=True))
    except (puremagic.PureError, ValueError):
        return ""


def _pdf_pages(data: bytes) -> int:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages, active, encrypted = len(pdf.pages), _is_active(pdf), pdf.is_encrypted
    except pikepdf.PasswordError as error:
        raise _refuse("encrypted") from error
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError, TypeError, KeyError) as error:
        raise _refuse("broken") from error
    if encrypted:
        raise _refuse("encrypted")
    if active:
        raise _refuse("active")
    if not 1 <= pages <= MOST_PAGES:
        raise _refuse("no_pages" if not pages else "too_many_pages", most=MOST_PAGES)
    return pages


def _is_active(pdf: pikepdf.Pdf) -> bool:
    if any(key in pdf.Root for key in ("/OpenAction", "/AA")):
        return True
    return any(_has_active_key(each) for each in pdf.objects)


def _has_active_key(value: object) -> bool:
    if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return False
    return any(key in value for key in ACTIVE) or str(value.get("/S", "")) in ACTIVE


def _picture(data: bytes) -> int:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _refuse("too_big", limit=MOST_PIXELS)
            image.verify()
    except Invalid:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refuse("broken") from error
    return 1
