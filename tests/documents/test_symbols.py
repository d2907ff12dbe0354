"""The DataMatrix of a label is read back from what a printer and a camera make of it, in the reader's own process."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from compassionate.cells import carriers
from compassionate.documents import isolation
from compassionate.documents.symbols import codes_in, data_matrix
from compassionate.errors import Invalid
from compassionate.services.cells.reading import read_either, read_scan
from compassionate.services.examining import Upload
from tests.cells.examples import BAG, TODAY
from tests.documents.photographs import TEXT, photograph, png, printed

pytestmark = pytest.mark.one_database


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
