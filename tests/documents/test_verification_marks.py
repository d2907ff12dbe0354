"""Every page carries the code and the address by which anyone can check it, for eyes and for a telephone."""

from __future__ import annotations

from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp

from compassionate.documents.catalogue import KINDS
from compassionate.documents.contexts.source import Issue
from compassionate.documents.verification_marks import grouped, qr_code
from tests.documents import examples
from tests.documents.printed import COPIES, pages, printed, sheets, squeezed

SCAN = 150 / 72
LONG_NAME = "https://uso-compasivo-de-medicamentos.hospital-universitario-nuestra-senora.example"


def read_back(pdf: bytes, number: int) -> list[str]:
    """What a reader of codes sees on one page, scanned as an office machine scans."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[number].render(scale=SCAN).to_pil().convert("L")
        return [each.text for each in zxingcpp.read_barcodes(picture)]
    finally:
        document.close()


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_the_code_on_a_page_reads_as_its_address(kind: str, copy: str):
    held = printed("typical", kind, copy)
    papers = sheets("typical", kind, copy)
    for number in sorted({0, papers // 2, papers - 1}):
        assert read_back(held.pdf, number) == [examples.ISSUE.address], number


def test_a_page_on_its_side_carries_it_too():
    held = printed("typical", "dossier")
    document = pypdfium2.PdfDocument(held.pdf)
    wide = [number for number in range(len(document)) if document[number].get_width() > document[number].get_height()]
    document.close()
    assert wide
    assert read_back(held.pdf, wide[0]) == [examples.ISSUE.address]


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_says_code_and_place(kind: str):
    wanted = [squeezed(examples.ISSUE.verification), squeezed(f"{examples.ISSUE.base}/verificar")]
    for page in pages("extreme", kind)[: sheets("extreme", kind)]:
        assert all(words in squeezed(page) for words in wanted)


@pytest.mark.parametrize(("kind", "copy"), COPIES)
def test_the_text_of_the_first_page_says_the_code_too(kind: str, copy: str):
    """Once: a foot is an artifact, which no voice reads out (ISO 14289-1, 7.1)."""
    code = squeezed(grouped(examples.ISSUE.verification))
    first, *others = [squeezed(page).count(code) for page in pages("typical", kind, copy)]
    assert first == 2
    assert all(times <= 1 for times in others)


def test_a_code_is_read_out_in_fours():
    assert grouped("0123456789abcdef") == "0123-4567-89AB-CDEF"
    assert grouped("7q4m 2kxd–9f3t") == "7Q4M-2KXD-9F3T"


def test_the_address_is_whole_and_without_a_word_about_the_patient():
    issue = Issue(1, datetime(2026, 11, 24, tzinfo=UTC), "0123456789abcdef", LONG_NAME)
    assert issue.address == f"{LONG_NAME}/verificar/0123456789abcdef"
    assert qr_code(issue.address).size <= 45  # fits where it is printed, with dots that can still be told apart
