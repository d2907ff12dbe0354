"""Signs in a printed document have the shapes of the bundled font: a picture is compared, not the text behind it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from pikepdf import Name
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from compassionate.documents.press import STATIC_FONTS
from compassionate.snapshot import CaseSnapshot
from tests.documents import examples
from tests.documents.printed import print_case

SIGNS = "βα≥≤⁶ŀ✓Ñ·€≠"
LIKE_THEM = "gaebB6loOvnNxEe=><-ñßµ√"  # what a broken font would draw instead
REGULAR = STATIC_FONTS / "SourceSans3-Regular.ttf"
DOTS = 14  # a point of the page: a letter of the text is a hundred and thirty dots tall
SIDE = 64
ALIKE = 34  # mean difference, of 255, of two pictures of one sign; a point of few dots has the most


def case_with_signs() -> CaseSnapshot:
    """A case whose doctor writes every sign apart."""
    case = examples.typical()
    assert case.request.report is not None
    answers = case.request.report.answers | {"allergies": " ".join(SIGNS)}
    return replace(case, request=replace(case.request, report=replace(case.request.report, answers=answers)))


@cache
def document() -> bytes:
    """The document, printed once."""
    return print_case(case_with_signs(), "request_data").pdf


def drawn_on_paper(pdf: bytes) -> dict[str, Image.Image]:
    """What a reader sees where each sign of the answer stands."""
    held = pypdfium2.PdfDocument(pdf)
    try:
        for page in held:
            text = page.get_textpage()
            start = text.get_text_range().find(" ".join(SIGNS))
            if start >= 0:
                return {sign: _seen(page, text.get_charbox(start + 2 * n)) for n, sign in enumerate(SIGNS)}
    finally:
        held.close()
    raise AssertionError("the signs are not in the document")


def _seen(page: pypdfium2.PdfPage, box: tuple[float, float, float, float]) -> Image.Image:
    left, bottom, right, top = box
    width, height = page.get_size()
    crop = (left - 1, bottom - 1, width - right - 1, height - top - 1)
    return _framed(page.render(scale=DOTS, crop=crop).to_pil().convert("L"))


@cache
def drawn_from_the_font(sign: str) -> Image.Image:
    """The glyph of the bundled file, drawn by another program."""
    font = ImageFont.truetype(str(REGULAR), 130)
    image = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(image).text((90, 200), sign, fill=0, font=font, anchor="ls")
    return _framed(image)


def _framed(image: Image.Image) -> Image.Image:
    """The ink alone in the middle of a square, as large as it goes: its form and proportions count."""
    box = ImageChops.invert(image).point(lambda ink: 255 if ink > 96 else 0).getbbox()
    assert box is not None, "nothing was drawn"
    ink = image.crop(box)
    share = (SIDE - 4) / max(ink.size)
    ink = ink.resize((max(1, round(ink.width * share)), max(1, round(ink.height * share))))
    square = Image.new("L", (SIDE, SIDE), 255)
    square.paste(ink, ((SIDE - ink.width) // 2, (SIDE - ink.height) // 2))
    return square


def _difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])


def wrong(pdf: bytes) -> list[tuple[str, str]]:
    """Signs that look like another one, or like none, with what they look like most."""
    found = []
    for sign, picture in drawn_on_paper(pdf).items():
        nearest = min(SIGNS + LIKE_THEM, key=lambda each: _difference(picture, drawn_from_the_font(each)))
        if nearest != sign or _difference(picture, drawn_from_the_font(sign)) > ALIKE:
            found.append((sign, nearest))
    return found


def test_every_sign_is_drawn_as_what_it_is():
    assert wrong(document()) == []


@pytest.mark.parametrize(("sign", "other"), [("β", "g"), ("≥", ">"), ("⁶", "6"), ("ŀ", "l"), ("Ñ", "N"), ("≠", "=")])
def test_a_sign_that_is_drawn_as_another_is_seen(sign: str, other: str):
    """The text that can be read out stays right, as it did when a subset drew "IFN-β" as "IFN-g"."""
    broken = _with_font(document(), _swapped(sign, other))
    assert any(sign in page for page in _texts(broken))
    assert sign in [each for each, _ in wrong(broken)]


def _swapped(sign: str, other: str) -> bytes:
    out = BytesIO()
    with TTFont(REGULAR) as font:
        names = font.getBestCmap()
        font["glyf"][names[ord(sign)]] = font["glyf"][names[ord(other)]]
        font.save(out)
    return out.getvalue()


def _with_font(pdf: bytes, program: bytes) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as held:
        for each in held.objects:
            if isinstance(each, pikepdf.Dictionary) and each.get(Name.FontName) == Name("/SourceSans3-Regular"):
                each.FontFile2.write(program)
                each.FontFile2.Length1 = len(program)
        held.save(out)
    return out.getvalue()


def _texts(pdf: bytes) -> list[str]:
    held = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in held]
    finally:
        held.close()
