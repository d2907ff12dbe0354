"""A dossier of twelve pages printed by the product against WeasyPrint given the same HTML and left to itself.

    python -m benchmarks.dossier

Naive: the finished HTML, stylesheet and pictures of annexes, `write_pdf` with tags. Product: from the frozen case
(contexts, annex pages as pictures, template, print). "Collection off" is how a worker prints: Python's garbage
collector waits until the document is done. "Asked again" is the same document of a case that has not changed: it is
found by its content hash and not printed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks import databases
from benchmarks.timing import interleaved, print_table, ratio
from compassionate.documents import press as pressing
from compassionate.documents.press import BASE, Fetcher
from compassionate.services import documents
from compassionate.services.documents import Plan, Prepared
from tests.world import World

ROUNDS = 5
NAIVE = "naive WeasyPrint, tagged"


@dataclass(frozen=True)
class Sheet:
    """What the product hands to its press: HTML, stylesheet and pictures."""

    html: str
    css: str
    pictures: Mapping[str, bytes]


def naive(sheet: Sheet) -> bytes:
    """WeasyPrint's own way."""
    fonts, fetcher = FontConfiguration(), Fetcher(sheet.pictures)
    style = CSS(string=sheet.css, font_config=fonts, url_fetcher=fetcher, base_url=BASE)
    page = HTML(string=sheet.html, url_fetcher=fetcher, base_url=BASE)
    pdf: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_tags=True)
    return pdf


def printed(plan: Plan) -> tuple[Prepared, Sheet]:
    """A print, and what was handed to the press for it."""
    handed: list[Sheet] = []
    own = pressing.press

    def press(html: str, css: str, pictures: Mapping[str, bytes]) -> tuple[bytes, int]:
        handed.append(Sheet(html, css, pictures))
        return own(html, css, pictures)

    pressing.press = press
    try:
        return documents.press(plan, databases.FORMS), handed[0]
    finally:
        pressing.press = own


def without_collection(work: Callable[[], object]) -> Callable[[], object]:
    """The same work with the garbage collector waiting."""

    def run() -> object:
        gc.disable()
        try:
            return work()
        finally:
            gc.enable()

    return run


def main() -> None:
    """Print one dossier in every way."""
    with databases.sqlite() as engine, databases.open_session(engine, write=True) as session:
        world = World(session)
        case = world.open_case()
        world.add_paper(case)
        for reached, step in world.route():
            step(case)
            if reached == "ready_to_submit":
                break
        actor = world.people["pharmacist"]
        plan = documents.plan(session, actor, case, "dossier", "agency", world.now)
        prepared, sheet = printed(plan)
        documents.keep(session, actor, case, prepared, world.tick())
        ways: dict[str, Callable[[], object]] = {
            NAIVE: lambda: naive(sheet),
            "product": lambda: documents.press(plan, databases.FORMS),
            "product, collection off": without_collection(lambda: documents.press(plan, databases.FORMS)),
            "product, asked again unchanged": lambda: documents.prepare(
                session, actor, case, "dossier", "agency", world.now
            ),
        }
        found = interleaved(ways, ROUNDS)
    rows = [[name, f"{seconds:.3f}", ratio(seconds, found[NAIVE])] for name, seconds in found.items()]
    print_table(f"A dossier of {prepared.pages} pages with its annexes", ("way", "seconds", "ratio"), rows)


if __name__ == "__main__":
    main()
