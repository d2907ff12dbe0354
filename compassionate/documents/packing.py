"""How a document's bytes are laid down: compressed here, few objects in the open, no stream ending in a line end.

A stream whose last byte is CR or LF has, for one validator, a wrong length (ISO 19005-3, 6.1.7.1), and compressed
bytes end so by chance. So nothing is left to the writer: what ends badly gets an end of its own.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Name, ObjectStreamMode, Stream, StreamDecodeLevel

LINE_ENDS = b"\r\n"
TRAILER = re.compile(rb"trailer\s*<<(.*)>>\s*startxref\s+(\d+)\s+%%EOF\s*$", re.DOTALL)
SIZE = re.compile(rb"/Size \d+")
ENTRY_LENGTH = 20
OBJECTS_A_STREAM = 500
FREE, IN_THE_OPEN, IN_A_STREAM = 0, 1, 2
ENOUGH, NOT_AT_ALL = 6, 0


def flat(data: bytes, effort: int = ENOUGH) -> bytes:
    """The bytes as FlateDecode reads them; what is compressed already is not worth the effort."""
    return zlib.compress(data, effort)


def filed(document: pikepdf.Pdf, flattened: bytes, **entries: Any) -> pikepdf.Object:
    """A stream of bytes that are flat already, as an object of its own."""
    held = Stream(document, b"")
    held.write(flattened, filter=Name.FlateDecode)
    for name, value in entries.items():
        held[f"/{name}"] = value
    return document.make_indirect(held)


def packed(document: pikepdf.Pdf) -> bytes:
    """The file: the same document gives the same bytes."""
    for each in document.objects:
        if isinstance(each, Stream):
            _end_well(each)
    out = BytesIO()
    document.save(
        out,
        min_version="1.7",
        object_stream_mode=ObjectStreamMode.disable,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
        deterministic_id=True,
        preserve_pdfa=True,
        fix_metadata_version=False,
    )
    return _gathered(out.getvalue())


def _end_well(held: Stream) -> None:
    """Give a stream that ends in a line end another end, without a change to what it says."""
    raw = held.read_raw_bytes()
    filters, parameters = held.get(Name.Filter), held.get(Name.DecodeParms)
    if filters is None and held.get(Name.Type) != Name.Metadata:
        raw, filters = flat(raw), Name.FlateDecode
        held.write(raw, filter=filters)
    if raw[-1:] not in LINE_ENDS or not raw:
        return
    inner = [] if filters is None else list(filters) if isinstance(filters, Array) else [filters]
    told = list(parameters) if isinstance(parameters, Array) else [parameters] * len(inner)
    while raw[-1:] in LINE_ENDS:  # put into an envelope of the same kind, until it ends otherwise
        raw = flat(raw, NOT_AT_ALL)
        inner, told = [Name.FlateDecode, *inner], [None, *told]
    held.write(raw, filter=Array(inner), decode_parms=Array(told) if parameters is not None else None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One object of a file: its number, and its bytes without the words around them."""

    number: int
    data: bytes
    is_stream: bool


def _gathered(file: bytes) -> bytes:
    """The same file with all but its streams in a few compressed streams, and the table of places in another.

    The writer of the library can do this too, but each stream it makes ends as chance will have it.
    """
    found = TRAILER.search(file, file.rindex(b"trailer"))
    assert found is not None, "the writer wrote no trailer"
    pieces = _pieces(file, int(found.group(2)))
    out, places = BytesIO(), {0: (FREE, 0, 65535)}
    out.write(file[: file.index(b"\n", 10) + 1])
    for piece in pieces:
        if piece.is_stream:
            _write(out, places, piece)
    loose = [piece for piece in pieces if not piece.is_stream]
    number = max(piece.number for piece in pieces)
    for start in range(0, len(loose), OBJECTS_A_STREAM):
        number += 1
        together = loose[start : start + OBJECTS_A_STREAM]
        places |= {piece.number: (IN_A_STREAM, number, index) for index, piece in enumerate(together)}
        _write(out, places, _Piece(number, _stream_of(together), True))
    _close(out, places, number + 1, SIZE.sub(b"", found.group(1)).strip())
    return out.getvalue()


def _pieces(file: bytes, table: int) -> list[_Piece]:
    start = file.index(b"\n", file.index(b"\n", table) + 1) + 1
    count = int(file[table:start].split()[-1])
    lines = [file[at : at + ENTRY_LENGTH] for at in range(start, start + count * ENTRY_LENGTH, ENTRY_LENGTH)]
    offsets = [(int(line[:10]), number) for number, line in enumerate(lines) if line[17:18] == b"n"]
    ends = [*sorted(offset for offset, _ in offsets)[1:], table]
    return [_piece(number, file[offset:end]) for (offset, number), end in zip(sorted(offsets), ends, strict=True)]


def _piece(number: int, written: bytes) -> _Piece:
    body = written[written.index(b"obj") + 3 : written.rindex(b"endobj")].strip(b" \n")
    return _Piece(number, body, body.endswith(b"endstream"))


def _write(out: BytesIO, places: dict[int, tuple[int, int, int]], piece: _Piece) -> None:
    places[piece.number] = (IN_THE_OPEN, out.tell(), 0)
    out.write(b"%d 0 obj\n%b\nendobj\n" % (piece.number, piece.data))


def _stream_of(pieces: list[_Piece]) -> bytes:
    heads, parts, at = [], [], 0
    for piece in pieces:
        heads.append(b"%d %d" % (piece.number, at))
        parts.append(piece.data)
        at += len(piece.data) + 1
    head, body = b" ".join(heads) + b"\n", b"\n".join(parts)
    data = flat(head + body)
    while data[-1:] in LINE_ENDS:
        body += b" "
        data = flat(head + body)
    told = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(pieces), len(head))
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (told, len(data), data)


def _close(out: BytesIO, places: dict[int, tuple[int, int, int]], number: int, trailer: bytes) -> None:
    """The table of places as a stream, and the way to it."""
    here = out.tell()
    places[number] = (IN_THE_OPEN, here, 0)
    for width in range(4, 9):
        sizes = (1, width, 2)
        rows = (places[each] for each in range(number + 1))
        table = b"".join(value.to_bytes(size, "big") for row in rows for value, size in zip(row, sizes, strict=True))
        data = flat(table)
        if data[-1:] not in LINE_ENDS:
            break
    told = b"/Type /XRef /Size %d /W [1 %d 2] /Filter /FlateDecode /Length %d" % (number + 1, width, len(data))
    out.write(b"%d 0 obj\n<< %b %b >>\nstream\n%b\nendstream\nendobj\n" % (number, told, trailer, data))
    out.write(b"startxref\n%d\n%%%%EOF\n" % here)
