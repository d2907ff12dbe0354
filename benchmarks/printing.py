"""Pages while a dossier is printed in the worker, against pages while nothing is (target: p95 at most 1.3 times).

    python -m benchmarks.printing [ROUNDS] [CASES]

The server and the worker are those of ./run, each in processes of their own; one person opens pages one after the
other, in turns: while nothing is printed, and while one dossier after the other is. Both are measured in each round,
so that whatever else the machine does weighs on both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.load import Measured, Person, percentile, serving
from benchmarks.timing import print_table, ratio
from compassionate import config
from compassionate.application import create_app
from compassionate.extensions import Foundation
from compassionate.models import PrintJob
from compassionate.services.instance import migrate
from tests.world import PASSWORD, World

PAGES = ("", "/historial", "/documentos", "/seguimiento")
SECONDS = 12.0
WORK = (sys.executable, "-m", "flask", "jobs", "work")
TARGET = 1.3


def fill(session: Session, cases: int) -> tuple[str, str, list[str]]:
    """A hospital: who looks, the case that is looked at, and the cases whose dossiers are printed."""
    world = World(session, password_hash=hash_password(PASSWORD))
    looked = world.case_in("preparing").code
    printed = []
    for number in range(cases):
        case = world.open_case(nhc=f"9{number}")
        world.add_paper(case, pages=10)
        for reached, step in world.route():
            step(case)
            if reached == "ready_to_submit":
                break
        printed.append(case.code)
        session.commit()
    return world.accounts["pharmacist"].username, looked, printed


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """The worker of ./run."""
    environment = os.environ | {"COMPASSIONATE_INSTANCE": str(folder)}
    process = subprocess.Popen(WORK, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class Printing:
    """Keeps the worker busy: as soon as a dossier is there, the next one is asked for."""

    def __init__(self, held: Foundation, person: Person, codes: list[str]) -> None:
        self._held, self._person = held, person
        self._waiting = list(codes)
        self.printed = 0

    def is_busy(self) -> bool:
        """Whether something is being printed."""
        with self._held.session() as session:
            return session.scalar(select(PrintJob.id).where(PrintJob.open_for.is_not(None))) is not None

    def ask(self) -> None:
        """Ask for another one, unless one is being printed."""
        if self.is_busy():
            return
        if not self._waiting:
            raise SystemExit("there is nothing left to print: give more cases")
        path = f"/expedientes/{self._waiting.pop(0)}/documentos"
        self._person.send(path, path, kind="dossier", copy="hospital", number="0")
        self.printed += 1

    def rest(self) -> None:
        """Wait until nothing is printed."""
        while self.is_busy():
            time.sleep(0.2)


def look(person: Person, code: str, measured: Measured, printing: Printing | None) -> None:
    """Pages one after the other for a while, with a moment of reading between."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for page in PAGES:
            if printing is not None:
                printing.ask()
            start = time.perf_counter()
            person.get(f"/expedientes/{code}{page}")
            measured.taken[page or "case"].append(time.perf_counter() - start)
            time.sleep(0.05)


def measure(rounds: int, cases: int) -> tuple[Measured, Measured, int]:
    """Idle, printing, and how many dossiers were printed meanwhile."""
    with tempfile.TemporaryDirectory(prefix="compassionate-benchmark-") as name:
        folder = Path(name)
        config.make_secrets(folder)
        app = create_app(config.load({"COMPASSIONATE_INSTANCE": name}))
        held: Foundation = app.extensions["compassionate"]
        migrate(held.engine)
        with app.app_context(), held.session(write=True) as session:
            username, looked, codes = fill(session, cases)
        with serving(folder) as (address, _), working(folder):
            person, other = Person(address, username, "", []), Person(address, username, "", [])
            person.log_in()
            other.log_in()
            printing = Printing(held, other, codes)
            printing.ask()
            printing.rest()  # the press is warm
            look(person, looked, Measured(), None)
            idle, busy = Measured(), Measured()
            for _ in range(rounds):
                look(person, looked, idle, None)
                look(person, looked, busy, printing)
                printing.rest()
        held.engine.dispose()
    return idle, busy, printing.printed


def rows(idle: Measured, busy: Measured) -> Iterator[list[str]]:
    """A line a page, and one for all of them."""
    kinds = [*idle.taken, "all"]
    for found in (idle, busy):
        found.taken["all"] = [each for taken in list(found.taken.values()) for each in taken]
    for kind in kinds:
        before, after = (percentile(found.taken[kind], 0.95) for found in (idle, busy))
        middle = ratio(*(percentile(found.taken[kind], 0.5) for found in (busy, idle)))
        yield [kind, str(len(busy.taken[kind])), middle, f"{before:.0f}", f"{after:.0f}", ratio(after, before)]


def main(rounds: int = 5, cases: int = 60) -> None:
    """Measure and print."""
    idle, busy, printed = measure(rounds, cases)
    heads = ("page", "answers", "medians", "idle p95, ms", "printing p95, ms", "ratio")
    print_table(f"Pages while {printed} dossiers are printed; target {TARGET} x", heads, list(rows(idle, busy)))


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]))
