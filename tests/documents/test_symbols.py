"""The DataMatrix of a label is read back from what a printer and a camera make of it, in the reader's own process."""

from __future__ import annotations

import re
from io import BytesIO
from random import Random

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from compassionate.cells import carriers
from compassionate.documents import isolation
from compassionate.documents.symbols import codes_in, data_matrix
from compassionate.errors import Invalid
from compassionate.services.cells.reading import read_either, read_scan
from compassionate.services.examining import Upload
from tests.cells.examples import BAG, TODAY

pytestmark = pytest.mark.one_database
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


@pytest.mark.parametrize("dots_per_inch", [203, 300])
def test_a_label_printer_at_its_own_dots_prints_what_is_read_again(dots_per_inch: int) -> None:
    read = carriers.read(codes_in(png(printed(dots_per_inch)), "image/png")[0], TODAY)
    assert (read.values, read.symbology) == (carriers.read(TEXT, TODAY).values, "d2")


@pytest.mark.parametrize("kind", ["plain", "turned", "skewed", "blurred", "dark"])
def test_a_photograph_is_read_by_the_process_for_foreign_files(kind: str) -> None:
    read = read_scan(Upload("foto.jpg", "image/jpeg", photograph(kind)), TODAY)
    assert read.values == carriers.read(TEXT, TODAY).values


def test_a_drawing_is_square_and_has_its_quiet_zone() -> None:
    drawn = data_matrix(TEXT)
    assert drawn.modules == drawn.size + 4
    assert drawn.box == f"-2 -2 {drawn.modules} {drawn.modules}"


def refused(filename: str, data: bytes, declared: str = "image/jpeg") -> str:
    with pytest.raises(Invalid) as wrong:
        read_scan(Upload(filename, declared, data), TODAY)
    return wrong.value.errors[0].code


def test_a_photograph_without_code_says_what_to_do() -> None:
    assert refused("foto.png", png(Image.new("L", (300, 300), 200)), "image/png") == "paper.no_code"


def test_a_photograph_of_two_labels_is_not_chosen_from() -> None:
    both = Image.new("L", (900, 420), 255)
    both.paste(printed(300).resize((400, 400)), (20, 10))
    both.paste(printed(300).resize((400, 400)), (480, 10))
    assert read_scan(Upload("dos.png", "image/png", png(both)), TODAY).code == BAG.container, "the same label twice"
    other = carriers.Carried("HGA-26-0001-P2", BAG.patient, BAG.code, BAG.batch, BAG.expires_at).element_string
    both.paste(printed(300, other).resize((400, 400)), (480, 10))
    assert refused("dos.png", png(both), "image/png") == "paper.several_codes"


@pytest.mark.parametrize(
    ("name", "data", "declared", "code"),
    [
        ("foto.heic", b"\0\0\0\x18ftypheic" + b"\0" * 64, "image/heic", "paper.kind_heic"),
        ("foto.jpg", b"", "image/jpeg", "paper.empty"),
        ("foto.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 40, "image/jpeg", "paper.broken"),
        ("foto.pdf", b"%PDF-1.7\n", "application/pdf", "paper.broken"),
        ("foto.jpg", b"hola", "image/jpeg", "paper.kind_text"),
    ],
)
def test_what_is_no_photograph_is_refused_with_its_sentence(name: str, data: bytes, declared: str, code: str) -> None:
    assert refused(name, data, declared) == code


def test_a_picture_of_too_many_points_ends_its_reader_and_nothing_else() -> None:
    huge = BytesIO()
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    assert refused("foto.png", huge.getvalue(), "image/png") == "paper.too_large_picture"


def test_a_reader_without_memory_says_so() -> None:
    with pytest.raises(Invalid) as wrong:
        isolation.codes_read("foto.jpg", "image/jpeg", photograph("plain"), 10_000_000, megabytes=1)
    assert wrong.value.errors[0].code == "paper.too_demanding"


def test_what_was_typed_goes_before_a_photograph() -> None:
    upload = Upload("foto.jpg", "image/jpeg", b"nothing")
    assert read_either(" HGA-26-0001-P1 ", upload, TODAY).code == "HGA-26-0001-P1"
    with pytest.raises(Invalid):
        read_either(" ", upload, TODAY)
