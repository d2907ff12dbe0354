"""The copy of a paper looks the same and says nothing of its makers; always the same bytes, and its own copy."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageChops

from compassionate.documents.pdf_copies import is_signed
from compassionate.documents.picture_copies import NotWhole, bare_jpeg, bare_png
from compassionate.documents.upload_copies import without_metadata
from tests.documents import examples
from tests.documents.hostile import JPEG, PDF, PNG, pdf, picture

PERSON = "Persona Inventada"


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(data))


def telling() -> Image.Exif:
    """What a telephone writes beside a photograph."""
    exif = Image.Exif()
    exif[0x013B] = PERSON
    exif.get_ifd(0x8825)[1] = "N"
    return exif


def photograph(**more: Any) -> bytes:
    return picture("JPEG", (40, 20), exif=telling(), comment=PERSON.encode(), **more)


def told(made: pikepdf.Pdf) -> None:
    """Everything in which a PDF names who made it."""
    made.docinfo["/Author"] = PERSON
    with made.open_metadata() as metadata:
        metadata["dc:creator"] = [PERSON]
    page = made.pages[0].obj
    page.PieceInfo = Dictionary(Word=Dictionary(LastModified=String("D:2020"), Private=String(PERSON)))
    page.Thumb = Stream(made, PERSON.encode())
    page.LastModified = String("D:20200101")
    notes = [
        Dictionary(Subtype=Name.Text, Contents=String(PERSON), Rect=Array([0, 0, 9, 9])),
        Dictionary(Subtype=Name.Highlight, T=String(PERSON), Contents=String(PERSON), Rect=Array([0, 0, 9, 9])),
        Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://doi.org/1")), Rect=Array([0] * 4)),
    ]
    page.Annots = Array([made.make_indirect(note) for note in notes])
    held = Stream(made, b"")
    held.write(photograph(), filter=Name.DCTDecode)
    held["/Subtype"], held["/Width"], held["/Height"] = Name.Image, 40, 20
    packed = Stream(made, b"")
    packed.write(zlib.compress(photograph()), filter=Array([Name.FlateDecode, Name.DCTDecode]))
    packed["/Subtype"], packed["/Width"], packed["/Height"] = Name.Image, 40, 20
    page.Resources = Dictionary(XObject=Dictionary(A=made.make_indirect(held), B=made.make_indirect(packed)))


def signed(made: pikepdf.Pdf) -> None:
    """A field with a signature in it, good or not."""
    value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=String("x"), Name=String(PERSON))
    field = Dictionary(FT=Name.Sig, T=String("Firma"), Subtype=Name.Widget, V=made.make_indirect(value))
    made.Root.AcroForm = Dictionary(Fields=Array([made.make_indirect(field)]), SigFlags=3)


def grown() -> bytes:
    """A PDF whose earlier state stands before its last one."""
    data = pdf(lambda made: made.docinfo.update({"/Author": PERSON}))
    return data + b"\n%% later\n"


SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "printed": (PDF, lambda: examples.pdf_of(2)),
    "telling": (PDF, lambda: pdf(told)),
    "telling, packed": (PDF, lambda: pdf(told, object_stream_mode=pikepdf.ObjectStreamMode.generate)),
    "signed": (PDF, lambda: pdf(signed)),
    "grown": (PDF, grown),
    "photograph": (JPEG, photograph),
    "progressive": (JPEG, lambda: photograph(progressive=True)),
    "lying": (JPEG, lambda: picture("JPEG", (40, 20), exif=lying())),
    "drawing": (PNG, lambda: picture("PNG", (40, 20), exif=telling())),
}


def lying() -> Image.Exif:
    exif = telling()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize("name", SAMPLES)
def test_a_copy_names_nobody_is_always_the_same_and_a_copy_of_it_is_itself(name: str):
    media_type, make = SAMPLES[name]
    data = make()
    copy = without_metadata(data, media_type)
    assert without_metadata(data, media_type) == copy
    assert without_metadata(copy, media_type) == copy
    assert PERSON.encode() not in copy
    if media_type == PDF:
        with opened(copy) as held:
            every = b"".join(part.read_raw_bytes() for part in held.objects if isinstance(part, Stream))
            assert PERSON not in str(list(map(repr, held.objects)))
        assert PERSON.encode() not in every


def test_the_pages_of_a_copy_are_those_of_the_original():
    data = examples.pdf_of(2)
    for shown, copied in zip(drawn(data), drawn(without_metadata(data, PDF)), strict=True):
        assert ImageChops.difference(shown, copied).getbbox() is None


def drawn(data: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=0.5).to_pil().copy() for page in document]
    finally:
        document.close()


def test_notes_that_no_page_shows_go_and_links_stay():
    with opened(without_metadata(pdf(told), PDF)) as held:
        assert [str(note.Subtype) for note in held.pages[0].obj.Annots] == ["/Highlight", "/Link"]
        assert "/T" not in held.pages[0].obj.Annots[0]
        assert "/Info" not in held.trailer
        assert "/Metadata" not in held.Root


def test_a_signature_is_known_and_is_not_in_the_copy_that_it_would_not_fit():
    with opened(pdf(signed)) as held:
        assert is_signed(held)
    with opened(without_metadata(pdf(signed), PDF)) as held:
        assert not is_signed(held)
    with opened(pdf()) as held:
        assert not is_signed(held)


@pytest.mark.parametrize("name", ["photograph", "progressive", "drawing"])
def test_a_picture_keeps_every_point(name: str):
    media_type, make = SAMPLES[name]
    data = make()
    before, after = (Image.open(BytesIO(each)) for each in (data, without_metadata(data, media_type)))
    assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None
    assert not after.getexif()


def test_a_photograph_that_lies_on_its_side_stands_upright():
    assert Image.open(BytesIO(without_metadata(SAMPLES["lying"][1](), JPEG))).size == (20, 40)


def test_what_stands_behind_a_picture_is_cut_off():
    for media_type, kind in ((JPEG, "JPEG"), (PNG, "PNG")):
        data = picture(kind)
        assert without_metadata(data + b"a film", media_type) == without_metadata(data, media_type)


def test_half_a_picture_has_no_copy():
    for bare, data in ((bare_jpeg, picture("JPEG")), (bare_png, picture("PNG"))):
        for length in (0, 1, 10, len(data) // 2, len(data) - 13):
            with pytest.raises(NotWhole):
                bare(data[:length])
