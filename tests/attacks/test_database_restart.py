"""A PostgreSQL that restarts under work (DUR-07): what was sent is done or clearly failed, and never done twice."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from compassionate.models import Case, CaseEvent
from tests.attacks.history import assert_whole
from tests.attacks.serving import PATIENCE, Answer, Installation, Visitor, running
from tests.databases import OWN_SERVER, PostgreSQLDatabases, restart_server, stop_server

STEPS = ({"action": "refer", "route": "research", "reason": "Ensayo"}, {"action": "reopen_screening", "reason": "Otra"})
PEOPLE = 4
AT_LEAST = 2  # acts of each person before a restart and after the last one
CLEAR = ("no se ha guardado", "no podemos asegurar", "Todo lo guardado sigue guardado", "sí se guardó")


@pytest.fixture
def cluster() -> Iterator[Path]:
    """A PostgreSQL of its own: nobody else's tests are on it when it goes down."""
    if OWN_SERVER in os.environ:
        pytest.skip("a server that is given is not ours to restart")
    folder = Path(tempfile.mkdtemp(prefix="compassionate-restart-"))
    yield folder
    stop_server(folder)
    shutil.rmtree(folder)


class Person:
    """Takes a case to and fro until told to stop; what was not taken is sent again, the very same form."""

    def __init__(self, visitor: Visitor, code: str) -> None:
        self.visitor, self.code = visitor, code
        self.acknowledged: list[str] = []
        self.seen: Counter[tuple[str, int]] = Counter()
        self.thread = threading.Thread(target=self._work)
        self.stop = threading.Event()
        self.acted = threading.Condition()
        self.thread.start()

    def wait_for(self, more: int) -> None:
        """Wait until so many more acts were acknowledged."""
        with self.acted:
            wanted = len(self.acknowledged) + more
            assert self.acted.wait_for(lambda: len(self.acknowledged) >= wanted, PATIENCE), self.seen

    def end(self) -> None:
        self.stop.set()
        self.thread.join()

    def _work(self) -> None:
        while not self.stop.is_set():
            for step in STEPS:
                self._take(dict(step))

    def _take(self, values: dict[str, str]) -> None:
        action = values.pop("action")
        path = f"/expedientes/{self.code}/pasos/{action}"
        while not (form := self._clear("GET", self.visitor.get(path)).hidden).get("idempotency_key"):
            continue
        while self._clear("POST", self.visitor.post(path, form | values)).status != 303:
            continue
        with self.acted:
            self.acknowledged.append(action)
            self.acted.notify_all()

    def _clear(self, method: str, answer: Answer) -> Answer:
        """Done, or a page that says what became of it: never a fault, never silence."""
        self.seen[method, answer.status] += 1
        if answer.status == 503:
            assert any(sentence in answer.text for sentence in CLEAR), answer.text
            assert answer.headers["Retry-After"]
        else:
            assert answer.status == (200 if method == "GET" else 303), answer.text
        return answer


@pytest.mark.long
def test_a_restart_under_work_loses_nothing_and_repeats_nothing(cluster: Path, tmp_path: Path):
    installation = Installation(tmp_path, PostgreSQLDatabases(cluster).create())
    with installation.world() as world:
        cases = [world.open_case(nhc=str(number)) for number in range(PEOPLE)]
        for case in cases:
            world.act(case, "pharmacist", "start_screening")
        codes, username = [case.code for case in cases], world.accounts["pharmacist"].username
    with running(installation) as server:
        browser = Visitor(server.address).log_in(username)
        people = [Person(browser.twin(), code) for code in codes]
        for mode in ("fast", "immediate"):
            for person in people:
                person.wait_for(AT_LEAST)
            restart_server(cluster, mode)
        for person in people:
            person.wait_for(AT_LEAST)
        for person in people:
            person.end()
        restart_server(cluster, "fast")  # with nobody at work: nobody sees that there was one
        assert [browser.get("/expedientes").status for _ in people] == [200] * PEOPLE
        assert server.ready()[1]["parts"]["database"] == "ok"
    assert sum(person.seen["GET", 503] + person.seen["POST", 503] for person in people), "nobody was at work"
    with installation.session() as session:
        for person in people:
            wanted = select(CaseEvent.name).join(Case, Case.id == CaseEvent.case_id).where(Case.code == person.code)
            stored = list(session.scalars(wanted.order_by(CaseEvent.case_version)))
            assert stored[-len(person.acknowledged) :] == person.acknowledged
            assert len(stored) == len(person.acknowledged) + 2  # it was opened, and its screening was started
        assert_whole(session)
