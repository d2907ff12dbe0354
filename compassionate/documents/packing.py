"""How a document's bytes are laid down: compressed here, few objects in the open, no stream ending in a line end.

A stream whose last byte is CR or LF has, for one validator, a wrong length (ISO 19005-3, 6.1.7.1), and compressed
bytes end so by chance. So nothing is compressed by the writer: what ends badly gets an end of its own.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Name, ObjectStreamMode, Stream, StreamDecodeLevel

LINE_ENDS = b"\r\n"
START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
GATHERED = re.compile(rb"<< /Type /ObjStm /Length \d+ /N (\d+) /First (\d+) >>\nstream\n")
TABLE = re.compile(rb"<< /Type /XRef /Length (\d+) /W \[ 1 (\d) (\d) \] (.*?)>>\nstream\n", re.DOTALL)
IN_THE_OPEN = 1
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


def packed(document: pikepdf.Pdf, streams: Iterable[Stream] | None = None) -> bytes:
    """The file: the same document gives the same bytes. `streams` are all of the document's, where they are known."""
    for each in streams if streams is not None else streams_of(document):
        _end_well(each)
    out = BytesIO()
    document.save(
        out,
        min_version="1.7",
        object_stream_mode=ObjectStreamMode.generate,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
        deterministic_id=True,
        preserve_pdfa=True,
        fix_metadata_version=False,
    )
    return _compressed(out.getvalue())


def streams_of(document: pikepdf.Pdf) -> list[Stream]:
    """Every stream of a document."""
    return [each for each in document.objects if isinstance(each, Stream)]


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


def _compressed(file: bytes) -> bytes:
    """The same file with its streams of objects and its table of places compressed.

    The writer of the library can do this too, but each stream it makes ends as chance will have it.
    """
    start = START.search(file, len(file) - 64)
    assert start is not None, "the writer wrote no end"
    last = int(start.group(1))
    told = TABLE.search(file, last)
    assert told is not None, "the writer wrote no table of places"
    widths = (1, int(told.group(2)), int(told.group(3)))
    table = bytearray(file[told.end() : told.end() + int(told.group(1))])
    places = _places(bytes(table), widths)
    ends = [*sorted(places)[1:], last]
    out = BytesIO()
    out.write(file[: min(places)])
    for offset, end in zip(sorted(places), ends, strict=True):
        if offset != last:
            _put(table, places[offset], widths, out.tell())
            out.write(_object(file, offset, end))
    _close(out, file[last : told.start()], table, places[last], widths, told.group(4))
    return out.getvalue()


def _places(table: bytes, widths: tuple[int, int, int]) -> dict[int, int]:
    """The offset of each object in the open, and where the table tells it."""
    size, width = sum(widths), widths[1]
    kinds = table[::size]
    at = [index * size + 1 for index, kind in enumerate(kinds) if kind == IN_THE_OPEN]
    return {int.from_bytes(table[each : each + width], "big"): each for each in at}


def _put(table: bytearray, at: int, widths: tuple[int, int, int], offset: int) -> None:
    table[at : at + widths[1]] = offset.to_bytes(widths[1], "big")


def _object(file: bytes, offset: int, end: int) -> bytes:
    """An object as it is; if it is a stream of objects, compressed."""
    name = file.index(b"<<", offset)
    told = GATHERED.match(file, name)
    if told is None:
        return file[offset:end]
    body = file[told.end() : file.rindex(b"endstream", told.end(), end)].rstrip(b"\n")
    data = flat(body)
    while data[-1:] in LINE_ENDS:  # the last byte sums up what is compressed
        body += b" "
        data = flat(body)
    entries = b"/Type /ObjStm /N %b /First %b /Filter /FlateDecode /Length %d" % (
        told.group(1),
        told.group(2),
        len(data),
    )
    return b"%b<< %b >>\nstream\n%b\nendstream\nendobj\n" % (file[offset:name], entries, data)


def _close(out: BytesIO, name: bytes, table: bytearray, own: int, widths: tuple[int, int, int], trailer: bytes) -> None:
    """The table of places as a stream, and the way to it."""
    _put(table, own, widths, out.tell())
    while (data := flat(bytes(table)))[-1:] in LINE_ENDS:
        out.write(b"\n")  # it tells its own place too
        _put(table, own, widths, out.tell())
    here = out.tell()
    entries = b"/Type /XRef /W [1 %d %d] /Filter /FlateDecode /Length %d" % (widths[1], widths[2], len(data))
    out.write(b"%b<< %b %b>>\nstream\n%b\nendstream\nendobj\n" % (name, entries, trailer, data))
    out.write(b"startxref\n%d\n%%%%EOF\n" % here)
