"""The finished HTML of a document cut where pages begin: leaves, and what is drawn on every page.

A piece knows nothing of the issue: no version, no hour, no page number. So it stays the same until its own words
change. The first one alone says the verification code in its text, for those to whom the foot is not read out. Links
that would lead to another piece are carried as private addresses and made links again at the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAF, RUNNING, END_OF_RUNNING = "<!--leaf-->", "<!--running-->", "<!--/running-->"
LINK, ADDRESS = ' href="#', ' href="leaf:'
SCHEME = "leaf:"
NUMBERED = ' data-page=""'
LANGUAGE = re.compile(r'<html lang="([^"]*)">')
BODY = re.compile(r'<body class="([^"]*)">')
ID = re.compile(r' id="([^"]+)"')
NUMBER_PLACE = "page-of"
PAGE_OF = '<span class="page-of">'
OWN_NUMBER, WHOLE_NUMBER = '<span class="page-number"></span>', '<span class="page-total"></span>'
PAGE_OF_WORDS = re.compile(f"{PAGE_OF}.*?{WHOLE_NUMBER}</span>", re.DOTALL)
PAGE_NUMBER = re.compile(r'( href="leaf:([^"]+)") data-page=""')
SHEET = (
    "@page { @top-center { content: none } @bottom-center { content: none } } "
    "a[data-page]::after { content: attr(data-page) }"
)
"""What the stylesheet of a piece says beside that of the document: nothing runs, and page numbers are given."""
FURNITURE = (
    ".page-of { visibility: hidden } .side { break-before: page } .wide-side { page: wide } "
    "@page numbers { size: 210mm 3000mm } .numbers { page: numbers; break-before: page } "
    ".numbers p { margin: 0; text-align: right } .numbers .page-of { visibility: visible } "
    ".numbers .page-number::after, .numbers .page-total::after { content: none }"
)
"""How head and foot are printed once for all pages: with room for the number, which is set apart."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A document in leaves, each a whole page of HTML, and the frame that its running head and foot stand in."""

    leaves: tuple[str, ...]
    frame: str
    running: str

    def furniture(self, sides: Sequence[bool]) -> str:
        """Empty pages, upright or wide, with nothing but head and foot."""
        pages = (f'<div class="side{" wide-side" if is_wide else ""}">&nbsp;</div>' for is_wide in sides)
        return self.frame.format(
            self.running.replace(PAGE_OF, f'{PAGE_OF[:-1]} id="{NUMBER_PLACE}">', 1) + "".join(pages)
        )

    def numbers(self, pages: int) -> str:
        """The words "page n of N" of every page, a line each."""
        words = PAGE_OF_WORDS.search(self.running)
        if words is None:
            raise ValueError("head and foot give no page number")
        lines = (_line(words.group(0), number, pages) for number in range(1, pages + 1))
        return self.frame.format(f'<div class="numbers bar">{"".join(lines)}</div>')


def _line(words: str, number: int, pages: int) -> str:
    said = words.replace(PAGE_OF, f'{PAGE_OF[:-1]} id="{NUMBER_PLACE}-{number}">', 1)
    return f"<p>{said.replace(OWN_NUMBER, str(number)).replace(WHOLE_NUMBER, str(pages))}</p>"


def cut(html: str) -> Cut:
    """A document's HTML in leaves; raises ValueError for one that has no running head and foot."""
    _, marked, rest = html.partition(RUNNING)
    running, closed, rest = rest.partition(END_OF_RUNNING)
    language, body = LANGUAGE.search(html), BODY.search(html)
    if not (marked and closed and language and body):
        raise ValueError("this document is not made to be cut")
    frame = _frame(language.group(1), body.group(1))
    given = rest.rpartition("</body>")[0].replace(LINK, ADDRESS).split(LEAF)
    return Cut(tuple(frame.format(each) for each in given if each.strip()), frame, running)


def _frame(language: str, kind: str) -> str:
    head = '<meta charset="utf-8"><title>·</title>'
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body class="{kind}">{{}}</body></html>'


def waits_for_numbers(leaf: str) -> bool:
    """Whether page numbers of other leaves are written on this one."""
    return NUMBERED in leaf


def ids_of(leaf: str) -> list[str]:
    """The names of the places on a leaf."""
    return ID.findall(leaf)


def numbered(leaf: str, pages: Mapping[str, int]) -> str:
    """The leaf with the pages of its links filled in; one that leads nowhere stays without a number."""
    return PAGE_NUMBER.sub(lambda found: f'{found[1]} data-page="{pages.get(found[2], "")}"', leaf)
