"""Fifty people at work on one installation of 20,000 cases and 200,000 steps (AVA-01), against one person alone.

    python -m benchmarks.load [MINUTES] [CASES]

The server is the one of ./run on SQLite with full sync, in a process of its own; people log in, look at their first
screen, lists and cases, search, and move a case of their own, with some seconds of reading between. Copies of cases are
written in bulk, which nothing else may do; the cases that are opened and moved are real ones.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from flask_security import hash_password
from sqlalchemy import insert
from sqlalchemy.orm import Session

from benchmarks.timing import print_table, ratio
from compassionate import config
from compassionate.application import create_app
from compassionate.extensions import foundation
from compassionate.models import Case, CaseEvent, new_id
from compassionate.services.instance import migrate
from compassionate.workflow.roles import Role
from tests.world import PASSWORD, World

PEOPLE, EVENTS_A_CASE = 50, 10
READING = (3.0, 9.0)  # seconds between two pages of one person
ROLES = (Role.PHARMACIST, Role.PHYSICIAN, Role.REGULATORY_OFFICER, Role.NURSE, Role.RESIDENT)
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
ASKED = {"text": "Falta la resonancia.", "channel": "mse"}
STATES = ("screening", "preparing", "awaiting_endorsement", "ready_to_submit", "submitted", "authorised")
TARGET_MS = {"search": 1000.0}


@dataclass
class Measured:
    """Seconds by kind of page, and answers that were no answer."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)


class Person:
    """A browser with a person before it."""

    def __init__(self, address: str, username: str, own: str, cases: list[str]) -> None:
        self.address, self.username, self.own, self.cases = address, username, own, cases
        self.open = build_opener(HTTPCookieProcessor(CookieJar())).open
        self.chance = random.Random(username)
        self.is_asked = False

    def get(self, path: str) -> str:
        """A page; raises HTTPError."""
        with self.open(self.address + path, timeout=60) as answer:
            return str(answer.read().decode())

    def send(self, form: str, path: str, **fields: str) -> str:
        """A form of a page, with what it hides; raises HTTPError."""
        hidden = (dict(ATTRIBUTE.findall(each)) for each in HIDDEN.findall(self.get(form)))
        held = {each["name"]: unescape(each.get("value", "")) for each in hidden if "name" in each}
        data = urlencode(held | fields).encode()
        headers = {"Referer": self.address + form}
        with self.open(Request(self.address + path, data, headers), timeout=60) as answer:
            return str(answer.read().decode())

    def log_in(self) -> None:
        """Come in."""
        self.send("/login", "/login", username=self.username, password=PASSWORD)

    def step(self) -> None:
        """Ask for a correction of a case of one's own, or answer it."""
        now = datetime.now(UTC)
        name = "answer_correction" if self.is_asked else "record_correction_request"
        fields = (
            {"answered_at": now.strftime("%Y-%m-%dT%H:%M")} if self.is_asked else {"notified_on": f"{now:%Y-%m-%d}"}
        )
        path = f"/expedientes/{self.own}/pasos/{name}"
        self.send(path, path, **ASKED | fields)
        self.is_asked = not self.is_asked

    def kinds(self) -> dict[str, tuple[int, Callable[[], Any]]]:
        """What a person does, with how often."""
        case = f"/expedientes/{self.chance.choice(self.cases)}"
        acts: dict[str, tuple[int, Callable[[], Any]]] = {
            "first screen": (3, lambda: self.get("/")),
            "list": (2, lambda: self.get("/expedientes?who=all")),
            "search": (1, lambda: self.send("/expedientes", "/expedientes/buscar", q=self.chance.choice(self.cases))),
            "case": (4, lambda: self.get(case)),
            "history": (1, lambda: self.get(case + "/historial")),
            "follow-up": (1, lambda: self.get(case + "/seguimiento")),
            "documents": (1, lambda: self.get(case + "/documentos")),
        }
        return acts | ({"step": (1, self.step)} if self.own else {})

    def act(self, measured: Measured) -> None:
        """One thing, timed."""
        kinds = self.kinds()
        kind = self.chance.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
        start = time.perf_counter()
        try:
            kinds[kind][1]()
        except (HTTPError, OSError) as error:
            measured.faults.append(f"{kind}: {error}")
        measured.taken[kind].append(time.perf_counter() - start)


def fill(session: Session, number: int) -> tuple[list[tuple[str, str]], list[str]]:
    """A hospital with so many cases: (user name, case of their own) of everybody, and codes that anybody opens."""
    world = World(session, password_hash=hash_password(PASSWORD))
    cases = [world.case_in(state) for state in STATES]
    own = {each: world.case_in("submitted").code for each in range(0, PEOPLE, len(ROLES))}
    for each in range(PEOPLE):
        world.add_person(f"person{each}", ROLES[each % len(ROLES)])
    session.flush()
    _copies(session, cases, number)
    session.commit()
    people = [(f"person{each}.hga", own.get(each, "")) for each in range(PEOPLE)]
    return people, [case.code for case in cases]


def _copies(session: Session, cases: list[Case], number: int) -> None:
    chance = random.Random(10)
    event = session.query(CaseEvent).filter_by(case_id=cases[0].id).first()
    for first in range(0, number, 1000):
        rows = [_copy(chance.choice(cases), chance, place) for place in range(first, min(first + 1000, number))]
        session.execute(insert(Case.__table__), rows)  # type: ignore[arg-type]
        session.execute(
            insert(CaseEvent.__table__),  # type: ignore[arg-type]
            [
                _columns(event) | {"id": new_id(), "case_id": row["id"], "case_version": version}
                for row in rows
                for version in range(1, EVENTS_A_CASE + 1)
            ],
        )


def _columns(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _copy(model: Case, chance: random.Random, place: int) -> dict[str, Any]:
    since = datetime(2025, 1, 8, 9, tzinfo=UTC) + timedelta(minutes=chance.randrange(600_000))
    return _columns(model) | {"id": new_id(), "code": f"HGA-X-{place:07}", "since_at": since}


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """The product's own server: its address, and the number of its process."""
    port = 18_000 + os.getpid() % 1000
    environment = os.environ | {"COMPASSIONATE_INSTANCE": str(folder)}
    process = subprocess.Popen([sys.executable, "wsgi.py", f"127.0.0.1:{port}"], env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def _wait(address: str) -> None:
    for _ in range(120):
        try:
            build_opener().open(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{address} does not answer")


def megabytes(process: int) -> float:
    """What a process holds in memory."""
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) / 1024


def at_work(people: list[Person], seconds: float) -> Measured:
    """Everybody at once until the time is over."""
    measured, end = Measured(), time.monotonic() + seconds

    def work(person: Person) -> None:
        while time.monotonic() < end:
            time.sleep(person.chance.uniform(*READING) if len(people) > 1 else 0.05)
            person.act(measured)

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return measured


def percentile(taken: list[float], part: float) -> float:
    """Milliseconds under which that part of all answers came."""
    return 1000 * sorted(taken)[min(len(taken) - 1, int(part * len(taken)))]


def rows(alone: Measured, together: Measured) -> Iterator[list[str]]:
    """A line a kind of page."""
    for kind, taken in sorted(together.taken.items()):
        idle, p95 = 1000 * statistics.median(alone.taken.get(kind) or taken), percentile(taken, 0.95)
        middle = 1000 * statistics.median(taken)
        target = TARGET_MS.get(kind, 500.0)
        yield [
            kind, str(len(taken)), f"{idle:.0f}", f"{middle:.0f}", f"{p95:.0f}", f"< {target:.0f}", ratio(middle, idle),
        ]  # fmt: skip


@dataclass
class Result:
    """One person alone, then everybody; megabytes of the server after one person, warm, and at the end."""

    alone: Measured
    together: Measured
    before: float
    warm: float
    after: float


def measure(seconds: float, cases: int, first: float = 30) -> Result:
    """Fill, serve, measure one alone and everybody for `first` seconds each, and everybody for so many more."""
    with tempfile.TemporaryDirectory(prefix="compassionate-benchmark-") as name:
        folder = Path(name)
        config.make_secrets(folder)
        app = create_app(config.load({"COMPASSIONATE_INSTANCE": name}))
        migrate(app.extensions["compassionate"].engine)
        with app.app_context(), foundation().session(write=True) as session:
            people, codes = fill(session, cases)
        app.extensions["compassionate"].engine.dispose()
        with serving(folder) as (address, process):
            persons = [Person(address, username, own, codes) for username, own in people]
            for person in persons:
                person.log_in()
            alone = at_work(persons[:1], first)
            before = megabytes(process)
            at_work(persons, first)  # warm
            warm = megabytes(process)
            together = at_work(persons, seconds)
            return Result(alone, together, before, warm, megabytes(process))


def main(minutes: float = 10, cases: int = 20_000) -> None:
    """Measure and print."""
    found = measure(60 * minutes, cases)
    heads = ("page", "answers", "alone, ms", "50 people, ms", "p95, ms", "target", "ratio")
    print_table(
        f"{PEOPLE} people for {minutes:g} minutes, {cases} cases", heads, list(rows(found.alone, found.together))
    )
    print(f"\nNot answered: {len(found.together.faults)} {found.together.faults[:3]}")
    print(f"Server, in MB: {found.before:.0f} after one person, {found.warm:.0f} warm, {found.after:.0f} at last")


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((float, int), sys.argv[1:], strict=False)))
