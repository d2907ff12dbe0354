"""A JPEG or PNG without anything beside the picture: its parts are copied, no point of it is drawn anew.

Left out are EXIF (camera, place, author), XMP, comments, IPTC, previews and whatever stands behind the picture.
Colour profiles stay: without them the picture looks different. Copying what was copied gives the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import ImageOps

from compassionate.documents.pictures import JPEG, open_image

QUALITY = 92
ORIENTATION, UPRIGHT = 0x0112, 1
PNG_START = b"\x89PNG\r\n\x1a\n"
# What a PNG needs to look as it does; every other chunk tells something about its maker.
PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"IDAT", b"IEND")
)
START, END, SCAN, TEMPORARY = 0xD8, 0xD9, 0xDA, 0x01
ALONE = frozenset((TEMPORARY, *range(0xD0, 0xD8)))
NOTES = frozenset((*range(0xE0, 0xF0), 0xFE))  # APP0-APP15 and the comment
KEPT_NOTES = {0xE0: (b"JFIF\0",), 0xE2: (b"ICC_PROFILE\0",), 0xEE: (b"Adobe",)}


class NotWhole(ValueError):
    """Bytes that are no whole picture of that kind."""


def picture_copy(data: bytes, media_type: str) -> bytes:
    """The same picture, upright, with nothing beside it; raises NotWhole and what Pillow raises."""
    with open_image(data, media_type) as picture:
        is_upright = picture.getexif().get(ORIENTATION, UPRIGHT) == UPRIGHT
    kept = data if is_upright else _turned(data, media_type)
    return bare_jpeg(kept) if media_type == JPEG else bare_png(kept)


def _turned(data: bytes, media_type: str) -> bytes:
    """Drawn anew as it was meant to be seen: what says so is left out with the rest."""
    picture = ImageOps.exif_transpose(open_image(data, media_type))
    out = BytesIO()
    if media_type == JPEG:
        plain = picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")
        plain.save(out, "JPEG", quality=QUALITY, icc_profile=picture.info.get("icc_profile"))
    else:
        picture.save(out, "PNG")
    return out.getvalue()


def bare_png(data: bytes) -> bytes:
    """The chunks that make the picture, with fresh checksums and nothing behind the last."""
    if not data.startswith(PNG_START):
        raise NotWhole("png")
    out = bytearray(PNG_START)
    place, name = len(PNG_START), b""
    while name != b"IEND":
        length, name = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + length]
        if len(name) < 4 or len(body) < length:
            raise NotWhole("png")
        if name in PNG_KEPT:
            out += length.to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)
        place += length + 12
    return bytes(out)


def bare_jpeg(data: bytes) -> bytes:
    """The segments that make the picture, to its own end and nothing behind it; raises NotWhole."""
    return b"".join(_kept_segments(data))


def _kept_segments(data: bytes) -> Iterator[bytes]:
    if data[:2] != bytes((0xFF, START)):
        raise NotWhole("jpeg")
    yield data[:2]
    place = 2
    while True:
        place = _marker_at(data, place)
        marker = data[place + 1]
        if marker == END:
            yield data[place : place + 2]
            return
        end = place + 2 if marker in ALONE else place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if end > len(data) or (marker not in ALONE and end < place + 4):
            raise NotWhole("jpeg")
        segment = data[place:end]
        if _is_kept(marker, segment):
            yield segment
        place = end
        if marker == SCAN:
            end = _end_of_scan(data, place)
            yield data[place:end]
            place = end


def _marker_at(data: bytes, place: int) -> int:
    """Where the next marker begins; bytes that fill up before it are skipped."""
    while place + 1 < len(data) and data[place] == 0xFF and data[place + 1] == 0xFF:
        place += 1
    if place + 1 >= len(data) or data[place] != 0xFF:
        raise NotWhole("jpeg")
    return place


def _is_kept(marker: int, segment: bytes) -> bool:
    return marker not in NOTES or segment[4:].startswith(KEPT_NOTES.get(marker, (b"\0never",)))


def _end_of_scan(data: bytes, place: int) -> int:
    """The first marker after the points of a scan that is not one of its own."""
    while (place := data.find(b"\xff", place)) >= 0:
        following = data[place + 1 : place + 2]
        if not following:
            break
        if following[0] != 0 and not 0xD0 <= following[0] <= 0xD7 and following[0] != 0xFF:
            return place
        place += 1 if following[0] == 0xFF else 2
    raise NotWhole("jpeg")
