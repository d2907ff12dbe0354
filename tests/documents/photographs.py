"""Labels as a printer prints them and as a telephone sees them."""

from __future__ import annotations

import re
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from compassionate.documents.symbols import data_matrix
from tests.cells.examples import BAG

TEXT = BAG.carried.element_string
RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")
MILLIMETRES_AN_INCH = 25.4
WIDTH = 20.0
"""Millimetres of the symbol with its quiet zone on the smallest label."""


def printed(dots_per_inch: int, text: str = TEXT, width: float = WIDTH) -> Image.Image:
    """The drawing as a printer of so many dots makes it: every dot black or white."""
    drawn = data_matrix(text)
    dots = round(width / MILLIMETRES_AN_INCH * dots_per_inch)
    module, quiet = dots / drawn.modules, (drawn.modules - drawn.size) / 2
    paper = Image.new("L", (dots, dots), 255)
    ink = ImageDraw.Draw(paper)
    for x, y, wide, tall in (map(int, found) for found in RECTANGLE.findall(drawn.outline)):
        corner = (round((x + quiet) * module), round((y + quiet) * module))
        end = (round((x + wide + quiet) * module) - 1, round((y + tall + quiet) * module) - 1)
        ink.rectangle((corner, end), fill=0)
    return paper


def png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def photograph(kind: str, text: str = TEXT) -> bytes:
    """What a telephone makes of the label at 300 dots an inch: on a table, turned, blurred, dark, with noise."""
    label = printed(300, text).resize((720, 720), Image.Resampling.BICUBIC)
    table = Image.new("L", (1600, 1200), 150)
    table.paste(label, (440, 240))
    if kind == "turned":
        table = table.rotate(23, Image.Resampling.BICUBIC, fillcolor=140)
    if kind == "skewed":
        table = table.transform(
            table.size, Image.Transform.PERSPECTIVE, (1.15, 0.12, -120, 0.02, 1.1, -60, 0.00008, 0.0001), fillcolor=140
        )
    if kind == "blurred":
        table = table.filter(ImageFilter.GaussianBlur(4))
    if kind == "dark":
        noise = Random(6)
        table = ImageEnhance.Brightness(table).enhance(0.22)
        table = table.point([max(0, min(255, value + noise.randint(-2, 2))) for value in range(256)])
    out = BytesIO()
    table.convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()
