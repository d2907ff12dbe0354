"""Rendered examples, each made once a run, and what can be read in them."""

from __future__ import annotations

import re
from functools import cache

import pypdfium2

from compassionate.documents import tabled
from compassionate.documents.catalogue import KINDS
from compassionate.documents.render import Rendered, render
from compassionate.documents.tabled_content import Tabled, freeze
from compassionate.services.committee.wording import marks
from compassionate.snapshot import CaseSnapshot
from compassionate.statistics.tables import Report
from tests.documents import examples

COPIES = [(kind.id, copy) for kind in KINDS.values() for copy in kind.copies]
CASES = {"typical": examples.typical, "empty": examples.empty, "extreme": examples.extreme}


def print_case(case: CaseSnapshot, kind: str, copy: str = "hospital") -> Rendered:
    """A document of a case that has no annexes."""
    return render(case, kind, copy, (), examples.ISSUE, examples.forms())


@cache
def printed(case: str, kind: str, copy: str = "hospital") -> Rendered:
    """A document of one of the three examples; the typical dossier with its annexes."""
    annexes = examples.annexes() if (case, kind) == ("typical", "dossier") else ()
    return render(CASES[case](), kind, copy, annexes, examples.ISSUE, examples.forms())


def frozen_report(report: Report) -> Tabled:
    """A report of tables as it will be printed."""
    return freeze(report, "committee_report", "1", marks(report.language), "HGA", "Europe/Madrid")


def print_report(report: Report) -> Rendered:
    """A report of tables as it is issued, but for its seal."""
    return tabled.render(frozen_report(report), examples.ISSUE)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


@cache
def pages(case: str, kind: str, copy: str = "hospital") -> tuple[str, ...]:
    """The text of each page of an example."""
    return tuple(pages_of(printed(case, kind, copy).pdf))


def squeezed(text: str) -> str:
    """Text without spaces and line ends, which a page sets as it likes."""
    return re.sub(r"[\s\ufffe\u00ad\u0002-]+", "", text)


def sheets(case: str, kind: str, copy: str = "hospital") -> int:
    """How many pages of an example are sheets of paper: those behind them are labels, without header or footer."""
    document = pypdfium2.PdfDocument(printed(case, kind, copy).pdf)
    try:
        return sum(min(page.get_size()) > 500 for page in document)
    finally:
        document.close()
