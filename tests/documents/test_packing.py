"""How a file is laid down: it reads as before, whatever the compressed bytes of its tables happen to end with."""

from __future__ import annotations

import re
from io import BytesIO
from random import Random

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String

from compassionate.documents.packing import packed

ENOUGH_FOR_EVERY_END = 400
AN_END = re.compile(rb"[\r\n]\nendstream")


def held(number: int) -> bytes:
    """Noise of so many bytes, which ends a line."""
    return Random(number).randbytes(number) + b"\n"


def document(number: int) -> pikepdf.Pdf:
    """A file with more objects than fit one stream of them, and a stream that may end in a line end."""
    made = pikepdf.new()
    made.add_blank_page(page_size=(100, 100))
    words = [made.make_indirect(Dictionary(Said=String(f"{number} {each}"))) for each in range(120)]
    made.Root.Words = Array(words)
    made.pages[0].obj.Contents = made.make_indirect(Stream(made, b"q Q " * (number % 7) + b"\n"))
    made.Root.Held = made.make_indirect(Stream(made, held(number)))
    return made


def test_a_file_reads_as_before_whatever_its_tables_end_with():
    badly = 0
    for number in range(ENOUGH_FOR_EVERY_END):
        file = packed(document(number))
        badly += b"endobj\n\n" in file
        assert not AN_END.search(file)
        with pikepdf.open(BytesIO(file)) as read:
            assert str(read.Root.Words[119].Said) == f"{number} 119"
            assert read.Root.Held.read_bytes() == held(number)
            assert Name.Contents in read.pages[0].obj
    assert badly  # the table of places ended in a line end too, and was moved by one


def test_the_same_document_gives_the_same_file():
    assert packed(document(1)) == packed(document(1))


def test_nothing_but_streams_lies_in_the_open():
    file = packed(document(1))
    assert file.count(b"endobj") == file.count(b"endstream")
    with pikepdf.open(BytesIO(file)) as read:
        assert read.check_pdf_syntax() == []
