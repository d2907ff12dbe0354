"""A document put together from pieces is the document printed in one: pages, words, looks, tags, links, bookmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, ImageStat

from compassionate.documents.assembly import assemble, workers
from compassionate.documents.assembly.cutting import LEAF, cut
from compassionate.documents.assembly.pieces import Piece, bundled, jobs, unbundled
from compassionate.documents.render import css, document_html
from tests.documents import examples
from tests.documents.assembly.both_ways import (
    EXTREME,
    FOLLOW_UP,
    TYPICAL,
    in_one,
    in_pieces,
    longer,
    many_visits,
    print_in_one,
    print_on,
)
from tests.documents.printed import pages_of, printed
from tests.documents.test_profiles import all_faults

PARTED_BY_CUTS = {"/Sect", "/Table", "/TBODY", "/THEAD", "/TBody", "/THead", "/NonStruct", "/Div"}
DOTS = 45 / 72
MOST_DIFFERENCE = 0.35  # of 255, on average over a page: the edges of letters, nothing that stands elsewhere

both = pytest.mark.parametrize(
    "document",
    [TYPICAL, pytest.param(EXTREME, marks=pytest.mark.long)],
    ids="-".join,
)


def words_of(pdf: bytes) -> list[list[str]]:
    """The words of each page in alphabetical order: one way draws head and foot first, the other one last."""
    return [sorted(text.split()) for text in pages_of(pdf)]


@both
def test_a_long_document_is_printed_in_pieces(document: tuple[str, str, str]):
    assert len(printed(*document).pieces) >= 4


@both
def test_every_page_says_the_same(document: tuple[str, str, str]):
    assert words_of(in_pieces(*document)) == words_of(in_one(*document))


@both
def test_every_page_looks_the_same(document: tuple[str, str, str]):
    pictures = zip(_pictures(in_pieces(*document)), _pictures(in_one(*document)), strict=True)
    differences = [ImageStat.Stat(ImageChops.difference(one, other)).mean[0] for one, other in pictures]
    assert [number for number, each in enumerate(differences, 1) if each > MOST_DIFFERENCE] == []


def _pictures(pdf: bytes) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            yield page.render(scale=DOTS).to_pil().convert("L")
    finally:
        document.close()


@both
def test_bookmarks_lead_to_the_same_pages(document: tuple[str, str, str]):
    assert _bookmarks(in_pieces(*document)) == _bookmarks(in_one(*document))


def _bookmarks(pdf: bytes) -> list[tuple[int, str, int]]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
    finally:
        document.close()


@both
def test_links_lie_and_lead_where_they_did(document: tuple[str, str, str]):
    links = _links(in_pieces(*document))
    assert links == _links(in_one(*document))
    assert links or "dossier" not in document


def _links(pdf: bytes) -> list[tuple[int, str, list[int], int]]:
    found = []
    with pikepdf.open(BytesIO(pdf)) as document:
        pages = {page.obj.objgen: number for number, page in enumerate(document.pages)}
        held = document.Root.get(Name.Names, Dictionary()).get(Name.Dests)
        names = pikepdf.NameTree(held) if held is not None else {}
        for number, page in enumerate(document.pages):
            for note in page.obj.get(Name.Annots, Array([])):
                place = [round(float(each)) for each in note.Rect]
                found.append((number, str(note.Contents), place, pages[names[str(note.Dest)][0].objgen]))
    return found


@both
def test_no_tag_is_lost(document: tuple[str, str, str]):
    together, single = _roles(in_pieces(*document)), _roles(in_one(*document))
    assert {role: together[role] for role in single.keys() - PARTED_BY_CUTS - {"/TH", "/TR"}} == {
        role: single[role] for role in single.keys() - PARTED_BY_CUTS - {"/TH", "/TR"}
    }


def _roles(pdf: bytes) -> Counter[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        waiting: list[Any] = [document.Root.StructTreeRoot]
        roles: Counter[str] = Counter()
        while waiting:
            kids = waiting.pop().get(Name.K, Array([]))
            below = [each for each in (kids if isinstance(kids, Array) else [kids]) if isinstance(each, Dictionary)]
            elements = [each for each in below if Name.S in each]
            roles.update(str(each.S) for each in elements)
            waiting += elements
    return roles


@both
def test_what_is_put_together_holds_both_profiles(document: tuple[str, str, str]):
    assert all_faults(in_pieces(*document)) == []


def test_a_print_takes_what_is_kept_and_gives_the_same_bytes():
    shelf: dict[str, bytes] = {}
    cold = print_on(shelf, many_visits(), FOLLOW_UP).pdf
    made = set(shelf)
    warm = print_on(shelf, many_visits(), FOLLOW_UP).pdf
    assert len(made) >= 4
    assert set(shelf) == made
    assert warm == cold == print_on({}, many_visits(), FOLLOW_UP).pdf


def test_one_answer_changed_prints_its_leaf_alone_again():
    shelf: dict[str, bytes] = {}
    print_on(shelf, many_visits(), FOLLOW_UP)
    before = set(shelf)
    changed = longer(many_visits(), 6, 99)
    again = print_on(shelf, changed, FOLLOW_UP).pdf
    assert len(set(shelf) - before) == 1
    assert words_of(again) == words_of(print_in_one(changed, FOLLOW_UP).pdf)


def test_another_issue_needs_no_piece_anew_but_the_one_that_says_its_code():
    shelf: dict[str, bytes] = {}
    print_on(shelf, many_visits(), FOLLOW_UP)
    before = set(shelf)
    later = replace(examples.ISSUE, version=4, verification="another code")
    text = " ".join(pages_of(print_on(shelf, many_visits(), FOLLOW_UP, later).pdf))
    assert before < set(shelf)
    assert len(set(shelf) - before) == 1
    assert "versión 4" in text
    assert "versión 3" not in text


def test_two_warm_processes_give_the_same_bytes_as_one():
    alone = print_on({}, many_visits(), FOLLOW_UP).pdf
    together = workers.work_together(2, css())
    try:
        assert print_on({}, many_visits(), FOLLOW_UP).pdf == alone
    finally:
        workers.work_alone()
        together.close()


def test_what_cannot_be_put_together_is_printed_in_one(monkeypatch: pytest.MonkeyPatch):
    def fail(*given: object) -> None:
        raise ValueError("not every page has its number")

    expected = print_in_one(many_visits(), FOLLOW_UP).pdf
    monkeypatch.setattr(assemble, "lay_over", fail)
    assert print_on({}, many_visits(), FOLLOW_UP).pdf == expected


def test_the_same_leaf_twice_is_two_pieces():
    leaf = cut(document_html(examples.typical(), "dossier", "agency", examples.ISSUE, examples.forms())).leaves[0]
    one, other = jobs([leaf, leaf], css(), {})
    assert one.name != other.name


def test_nobody_can_write_a_cut_into_a_document():
    case = examples.typical()
    nasty = replace(case, product=replace(case.product, name=f'{LEAF}</body> href="#x" {{}} {{0}}'))
    html = document_html(nasty, "dossier", "agency", examples.ISSUE, examples.forms())
    plain = document_html(case, "dossier", "agency", examples.ISSUE, examples.forms())
    assert html.count(LEAF) == plain.count(LEAF)
    assert len(cut(html).leaves) == len(cut(plain).leaves)


def test_a_piece_is_kept_and_read_as_it_was():
    shelf: dict[str, bytes] = {}
    print_on(shelf, many_visits(), FOLLOW_UP)
    assert all(Piece.from_bytes(kept).to_bytes() == kept for kept in shelf.values())
    assert unbundled(bundled(shelf)) == shelf
