"""The files inside a PDF, taken out within bounds: a small file that unpacks into a huge one is refused (UPL-04).

A file of somebody else's is opened in another process (isolation.contained), whose time and memory end there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NoReturn

from compassionate.errors import Reason, Refused

MEGABYTE = 1024 * 1024
LARGEST_FILE, LARGEST_INSIDE, MOST_TOGETHER = 128 * MEGABYTE, 64 * MEGABYTE, 256 * MEGABYTE
MOST_FILES = 500
MOST_FILTERS = 6


def contained(data: bytes) -> dict[str, bytes]:
    """Every attached file by its name; raises Refused for what is no PDF, is protected, or unpacks without end."""
    if len(data) > LARGEST_FILE:
        _refuse("too_large", most=LARGEST_FILE // MEGABYTE)
    if not data.startswith(b"%PDF-"):
        _refuse("not_pdf")
    import pikepdf

    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True, attempt_recovery=False) as pdf:
            return _taken(pdf)
    except pikepdf.PasswordError:
        _refuse("protected")
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        _refuse("not_pdf")


def _taken(pdf: Any) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_TOGETHER
    for name, stream in _streams(pdf):
        if name in found or len(found) >= MOST_FILES:
            _refuse("too_many_files")
        found[name] = _inflated(stream, min(left, LARGEST_INSIDE))
        left -= len(found[name])
    return found


def _streams(pdf: Any) -> Iterator[tuple[str, Any]]:
    for number, (name, held) in enumerate(pdf.attachments.items()):
        if number > MOST_FILES:
            _refuse("too_many_files")
        yield name, held.get_file().obj


def _inflated(stream: Any, most: int) -> bytes:
    """The bytes of one file, packed with the usual method, a few times at most (packing.py), or not at all."""
    filters, held = _filters(stream.get("/Filter")), bytes(stream.read_raw_bytes())
    if len(filters) > MOST_FILTERS or set(filters) - {"/FlateDecode"}:
        _refuse("not_pdf")
    for _ in filters:
        held = _poured(held, most)
    if len(held) > most:
        _refuse("too_large", most=most // MEGABYTE)
    return held


def _poured(held: bytes, most: int) -> bytes:
    """What comes out of one packing; no more than allowed."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(held, most)
    except zlib.error:
        _refuse("not_pdf")
    if not unpacker.eof:
        _refuse("too_large", most=most // MEGABYTE)
    return unpacked


def _filters(named: Any) -> list[str]:
    import pikepdf

    if named is None:
        return []
    return [str(each) for each in named] if isinstance(named, pikepdf.Array) else [str(named)]


def _refuse(code: str, **params: Any) -> NoReturn:
    raise Refused((Reason(f"importing.{code}", params=params),))
