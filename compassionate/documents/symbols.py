"""DataMatrix of labels: drawn as an outline, and whatever codes a photograph shows.

Photographs are foreign files: `codes_in` runs in the reader's process alone (isolated.py), with its limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from compassionate.cells import gs1
from compassionate.documents.pictures import JPEG, open_image
from compassionate.documents.verification_marks import rectangles

QUIET = 2
"""Modules of white around a DataMatrix: the standard asks for one, scanners at a bedside like two."""
LONGEST_SIDE = 2400
MOST_CODES = 8
LONGEST_CODE = 400


@dataclass(frozen=True, slots=True)
class DataMatrix:
    """A square DataMatrix as the outline of its dark parts, in modules, the quiet zone around it left to `box`."""

    size: int
    outline: str

    @property
    def box(self) -> str:
        """The drawing's own measures with its quiet zone."""
        return f"{-QUIET} {-QUIET} {self.size + 2 * QUIET} {self.size + 2 * QUIET}"

    @property
    def modules(self) -> int:
        """How many modules wide it is with its quiet zone."""
        return self.size + 2 * QUIET


@lru_cache(maxsize=64)
def data_matrix(element_string: str) -> DataMatrix:
    """The GS1 DataMatrix of an element string (ISO/IEC 16022, ECC 200)."""
    import zxingcpp

    made = zxingcpp.create_barcode(
        gs1.bracketed(element_string), zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True
    )
    drawn: Any = made.to_image(scale=1, add_quiet_zones=False)
    dots: Any = memoryview(drawn).tolist()
    rows = [bytearray(1 if dot == 0 else 0 for dot in row) for row in dots]
    return DataMatrix(len(rows), "".join(rectangles(rows)))


def codes_in(data: bytes, media_type: str) -> list[str]:
    """What the codes of a picture say, each with the symbology in front as scanners say it, at most a few."""
    import zxingcpp

    formats = zxingcpp.barcode_formats_from_str("DataMatrix,Code128,QRCode")
    found = zxingcpp.read_barcodes(_grey(data, media_type), formats=formats, text_mode=zxingcpp.TextMode.Plain)
    said = dict.fromkeys(f"{each.symbology_identifier}{_text(each.bytes)}" for each in found if each.valid)
    return [text for text in said if len(text) <= LONGEST_CODE][:MOST_CODES]


def _text(data: bytes) -> str:
    return data.decode("ascii", "replace")


def _grey(data: bytes, media_type: str) -> Any:
    """The picture in greys, no larger than a code needs."""
    from PIL import Image, ImageOps

    picture = open_image(data, media_type)
    if media_type == JPEG:
        picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    if "A" in upright.getbands() or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        upright = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        upright.alpha_composite(clear)
    grey = upright.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return grey
