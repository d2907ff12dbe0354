"""Long documents printed by the product against WeasyPrint given the same HTML, and against Chromium.

    python -m benchmarks.dossier [ROUNDS]

Naive: the finished HTML, `write_pdf` with tags, neither of the two profiles, nothing inside; once as the library comes,
with columns as wide as their words ask for and Python's collector at work, and once with two levers of the product
already pulled: our fixed columns, and no collector. The product prints from the frozen case (contexts, template,
pieces, assembly, both profiles, the case as data inside), in two processes that are warm. "Again" is the print of the
next version, with the pieces of the last one at hand. Chromium prints the same HTML twice, as page numbers in the
contents would need, and its file is neither PDF/A nor sealed. Memory is that of the process that prints in the
product, with all it starts, at its highest. Processor time is that of all processes that a way started or had started:
it tells more than seconds where others use the machine too.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from statistics import median

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks import long_documents
from benchmarks.timing import interleaved, print_table, ratio
from compassionate.documents.assembly.workers import work_together
from compassionate.documents.contexts.source import Annex
from compassionate.documents.press import BASE, STATIC_FONTS, Fetcher
from compassionate.documents.render import Rendered, css, document_html, render
from compassionate.jobs.press import Press
from compassionate.snapshot import CaseSnapshot
from tests.documents import examples

ROUNDS = 5
NAIVE, CHROMIUM = "naive WeasyPrint, tagged", "Chromium, two prints"
FIXED = "naive, fixed columns, no collector"
AUTOMATIC = (
    "table.rows, table.grid { table-layout: auto !important } "
    # With `anywhere` the library measures each letter of each cell: minutes, over what a naive sheet never asks.
    "td, th, p, h1, h2, h3, h4, li { overflow-wrap: break-word !important }"
)
CHROMIUM_PATH = "/usr/bin/chromium"
MEGABYTE = 1 << 20
NOTHING: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class Long:
    """A long document, and the same after one thing in it changed."""

    kind: str
    case: CaseSnapshot
    changed: CaseSnapshot

    def html(self) -> str:
        """The finished HTML."""
        return document_html(self.case, self.kind, "hospital", examples.ISSUE, examples.forms())

    def print(
        self, case: CaseSnapshot, kept: Mapping[str, bytes] = NOTHING, annexes: tuple[Annex, ...] = ()
    ) -> Rendered:
        """The product's way."""
        issue = replace(examples.ISSUE, version=examples.ISSUE.version + bool(kept))
        return render(case, self.kind, "hospital", annexes, issue, examples.forms(), kept=kept)


DOCUMENTS = (
    Long("dossier", long_documents.dossier(), long_documents.dossier_changed()),
    Long("follow_up_report", long_documents.follow_up(), long_documents.follow_up_changed()),
)


def naive(html: str) -> bytes:
    """WeasyPrint's own way."""
    gc.enable()
    try:
        return fixed(html, AUTOMATIC)
    finally:
        gc.disable()  # as it is in a press


def fixed(html: str, more: str = "") -> bytes:
    """The same without the collector, and with our columns if `more` in the stylesheet does not undo them."""
    fonts, fetcher = FontConfiguration(), Fetcher({})
    style = CSS(string=css() + more, font_config=fonts, url_fetcher=fetcher, base_url=BASE)
    page = HTML(string=html, url_fetcher=fetcher, base_url=BASE)
    pdf: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_tags=True)
    return pdf


def chromium(page: Path) -> None:
    """The same page printed by a browser, twice."""
    command = [CHROMIUM_PATH, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    for _ in range(2):
        subprocess.run(
            [*command, f"--print-to-pdf={page}.pdf", page.as_uri()], check=True, capture_output=True, timeout=300
        )


@contextmanager
def for_chromium(html: str) -> Iterator[Path]:
    """The page as a file, with stylesheet and fonts where a browser finds them."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        style = css().replace("font:", STATIC_FONTS.as_uri() + "/")
        page.write_text(html.replace("</head>", f"<style>{style}</style></head>"), "utf-8")
        yield page


class Watch:
    """The highest memory of a process and all that it started, looked at a few times a second."""

    def __init__(self, session: int) -> None:
        self._session, self._done, self.highest = session, threading.Event(), 0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.05):
            self.highest = max(self.highest, sum(map(_resident, self._members())))

    def _members(self) -> Iterator[int]:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getsid(int(pid)) == self._session:
                    yield int(pid)
            except ProcessLookupError:
                continue


def _resident(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("Pss:"))


def memory(long: Long) -> list[list[str]]:
    """The highest memory of the product's press, for the first print and for the next."""
    press, rows = Press(), []
    given = (long.kind, "hospital", (), examples.ISSUE, examples.forms())
    try:
        press.warm()
        time.sleep(2)
        kept: Mapping[str, bytes] = NOTHING
        for name, case in (("first print", long.case), ("one change", long.changed)):
            assert press._process is not None
            with Watch(press._process.pid) as watch:
                kept = press(case, *given, on_progress=lambda done, total: None, kept=kept).pieces
            rows.append([f"product, {name}", f"{watch.highest / MEGABYTE:.0f} MB"])
    finally:
        press.close()
    return rows


def compare(long: Long, rounds: int) -> None:
    """Print one document in every way."""
    first, html = long.print(long.case), long.html()
    annexed = long_documents.with_annexes(long.case)
    with for_chromium(html) as page:
        ways: dict[str, Callable[[], object]] = {
            NAIVE: lambda: naive(html),
            FIXED: lambda: fixed(html),
            "product, first print": lambda: long.print(long.case),
            "product, again after one change": lambda: long.print(long.changed, first.pieces),
            CHROMIUM: lambda: chromium(page),
        }
        if long.kind == "dossier":
            annexes = long_documents.annexes()
            ways["product, again with five annexes"] = lambda: long.print(annexed, first.pieces, annexes)
        seconds, work = timed(ways, rounds)
    bases = (CHROMIUM, FIXED, NAIVE)
    rows = [[name, *_against(work, name, bases), *_against(seconds, name, bases)] for name in ways]
    said = ("of Chromium", "of fixed", "of naive")
    heads = ("way", "processor", *said, "seconds", *said)
    print_table(f"{long.kind}, {first.pages} pages, {len(first.pieces)} pieces", heads, rows)


def _against(found: Mapping[str, float], name: str, bases: Iterable[str]) -> list[str]:
    return [f"{found[name]:.2f}", *(ratio(found[name], found[base]) for base in bases)]


def timed(ways: Mapping[str, Callable[[], object]], rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """The median seconds and the median processor time of each way."""
    work: dict[str, list[float]] = {name: [] for name in ways}

    def counted(name: str) -> object:
        before = processor()
        made = ways[name]()
        work[name].append(processor() - before)
        return made

    seconds = interleaved({name: partial(counted, name) for name in ways}, rounds)
    return seconds, {name: median(each[1:]) for name, each in work.items()}


def processor() -> float:
    """Processor time of this process, of those that it had, and of the other press."""
    own = os.times()
    others = sum(_ticks(each.pid) for each in active_children() if each.pid) / os.sysconf("SC_CLK_TCK")
    return own.user + own.system + own.children_user + own.children_system + others


def _ticks(pid: int) -> int:
    told = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return int(told[11]) + int(told[12])


def main() -> None:
    """Both documents in every way."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    for long in DOCUMENTS:
        print_table(f"{long.kind}: memory of the press", ("print", "highest"), memory(long))
    together = work_together(2, css())
    together.warm_up()
    try:
        for long in DOCUMENTS:
            compare(long, rounds)
    finally:
        together.close()


if __name__ == "__main__":
    main()
