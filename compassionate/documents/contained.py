"""The files inside a PDF, taken out within bounds: a small file that unpacks into a huge one is refused (UPL-04)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NoReturn

from compassionate.errors import Reason, Refused

MEGABYTE = 1024 * 1024
LARGEST_FILE, LARGEST_INSIDE, MOST_TOGETHER = 200 * MEGABYTE, 64 * MEGABYTE, 400 * MEGABYTE
MOST_FILES = 500
END_OF_RUNS = 128


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
    """The bytes of one file, packed once with the usual method or not at all."""
    filters = _filters(stream.get("/Filter"))
    raw: bytes = stream.read_raw_bytes()
    if not filters:
        unpacked, is_whole = raw, len(raw) <= most
    elif filters in (["/FlateDecode"], ["/RunLengthDecode", "/FlateDecode"]):
        unpacked, is_whole = _poured(_runs(raw, most) if len(filters) > 1 else raw, most)
    else:
        _refuse("not_pdf")
    if not is_whole:
        _refuse("too_large", most=most // MEGABYTE)
    return unpacked


def _poured(raw: bytes, most: int) -> tuple[bytes, bool]:
    """What comes out, no more than allowed, and whether that is all."""
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(raw, most), unpacker.eof
    except zlib.error:
        _refuse("not_pdf")


def _runs(raw: bytes, most: int) -> bytes:
    """What runs of bytes stand for (ISO 32000-1, 7.4.5): documents of ours end well by them (packing.py)."""
    found, place, size = [], 0, 0
    while place < len(raw) and raw[place] != END_OF_RUNS and size <= most:
        length = raw[place]
        is_literal = length < END_OF_RUNS
        taken = length + 1 if is_literal else 1
        piece = raw[place + 1 : place + 1 + taken]
        found.append(piece if is_literal else piece * (257 - length))
        place, size = place + 1 + taken, size + len(found[-1])
    return b"".join(found)


def _filters(named: Any) -> list[str]:
    import pikepdf

    if named is None:
        return []
    return [str(each) for each in named] if isinstance(named, pikepdf.Array) else [str(named)]


def _refuse(code: str, **params: Any) -> NoReturn:
    raise Refused((Reason(f"importing.{code}", params=params),))
