"""kill -9 at any moment (DUR-01): what was acknowledged is there, and what is there is what its history says."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from compassionate.models import Case, CaseEvent
from tests.attacks.history import assert_kept, assert_whole
from tests.attacks.serving import ROOT, Installation, Server, Visitor
from tests.world import World, a_pdf

CASES = 6
AT_LEAST = 4  # acts that were answered before the server is killed
EVERY = 16  # kills between two checks of everything: no disagreement ever heals by itself


class Workers:
    """Workers that are killed one after the other."""

    def __init__(self, installation: Installation) -> None:
        self.told: list[dict[str, Any]] = []
        held = installation.settings
        self.parent = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.worker", held.database_url, held.document_store],
            cwd=ROOT,
            env=installation.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def kill_one(self, after: float, first: bool) -> list[dict[str, Any]]:
        """Start a worker and kill it a moment after its start, or after its first act; returns what it said."""
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write("\n")
        acts: list[dict[str, Any]] = []
        child = 0
        for line in self.parent.stdout:
            said = json.loads(line)
            if "dead" in said:
                assert said["signal"] == signal.SIGKILL, "the worker failed by itself"
                return acts
            child = said.get("started", child)
            acts += [said] if "code" in said else []
            if len(acts) == (1 if first else 0):
                time.sleep(after)
                os.kill(child, signal.SIGKILL)
        raise AssertionError("no worker could be started")

    def end(self) -> None:
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.close()
        self.parent.wait()
        self.parent.stdout.close()


def prepare(installation: Installation) -> list[str]:
    with installation.world() as world:
        return [world.open_case(nhc=str(number)).code for number in range(CASES)]


def kill_workers(installation: Installation, kills: int) -> tuple[int, int]:
    """Kill so many workers; returns how many acts were acknowledged and how many files nobody claims."""
    prepare(installation)
    workers, chance, acts, unclaimed = Workers(installation), random.Random(3), 0, 0
    waiting: list[dict[str, Any]] = []
    for number in range(1, kills + 1):
        waiting += workers.kill_one(chance.uniform(0, 0.12), first=number % 4 != 0)
        if number % EVERY == 0 or number == kills:
            with installation.session() as session:
                assert_kept(session, waiting)
                unclaimed = len(assert_whole(session).unclaimed)
            acts, waiting = acts + len(waiting), []
    workers.end()
    assert acts > kills // 2
    return acts, unclaimed


def test_a_killed_worker_loses_nothing_that_it_acknowledged(installation, dialect):
    if dialect != "sqlite":
        pytest.skip("with --long")
    kill_workers(installation, 16)


@pytest.mark.long
def test_hundreds_of_kills_lose_nothing(installation, dialect, pytestconfig, record_testsuite_property):
    kills = pytestconfig.getoption("--kills")
    acts, unclaimed = kill_workers(installation, kills if dialect == "sqlite" else kills // 5)
    record_testsuite_property(f"acknowledged by killed workers, {dialect}", acts)
    record_testsuite_property(f"files of uploads that never ended, {dialect}", unclaimed)


class Staff:
    """People at the running server, each with a case of their own: to and fro, and a paper now and then."""

    def __init__(self, world: World, codes: list[str]) -> None:
        self.username, self.codes = world.accounts["pharmacist"].username, codes
        self.told: list[tuple[str, str]] = []
        self.visitors: list[Visitor] = []

    def work(self, server: Server) -> list[threading.Thread]:
        self.visitors = self.visitors or [Visitor(server.address).log_in(self.username) for _ in self.codes]
        threads = [
            threading.Thread(target=self._work, args=(visitor.moved_to(server.address), code))
            for visitor, code in zip(self.visitors, self.codes, strict=True)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _work(self, visitor: Visitor, code: str) -> None:
        try:
            while True:
                for action in ("refer", "reopen_screening"):
                    if visitor.get(f"/expedientes/{code}/pasos/{action}").hidden.get("version"):
                        answer = visitor.take(code, action, route="research", reason="Ensayo")
                        assert answer.status == 303, answer.text
                        self.told.append((code, action))
                assert visitor.upload(code, a_pdf()).status == 303
                self.told.append((code, "upload_paper"))
        except (OSError, http.client.HTTPException):
            return  # the server was killed


def kill_servers(installation: Installation, kills: int) -> int:
    """Kill the running server so many times under work; returns how many acts were acknowledged."""
    with installation.world() as world:
        held = [world.open_case(nhc=str(number)) for number in range(4)]
        for case in held:
            world.act(case, "pharmacist", "start_screening")
        staff = Staff(world, [case.code for case in held])
    chance = random.Random(4)
    for _ in range(kills):
        server = Server(installation).wait()
        before, threads = len(staff.told), staff.work(server)
        while len(staff.told) < before + AT_LEAST and any(thread.is_alive() for thread in threads):
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.3))
        server.kill()
        for thread in threads:
            thread.join()
        with installation.session() as session:
            assert_whole(session)
            for code in staff.codes:
                for name in ("refer", "reopen_screening", "upload_paper"):
                    wanted = select(func.count()).select_from(CaseEvent).join(Case, Case.id == CaseEvent.case_id)
                    kept = session.scalar(wanted.where(Case.code == code, CaseEvent.name == name))
                    # One more than was answered may have been kept: the kill came before the answer.
                    assert kept is not None
                    assert 0 <= kept - staff.told.count((code, name)) <= kills
    assert len(staff.told) >= kills * AT_LEAST
    return len(staff.told)


@pytest.mark.long
def test_the_killed_server_loses_nothing_that_it_answered(installation, dialect, record_testsuite_property):
    acts = kill_servers(installation, 4 if dialect == "sqlite" else 1)
    record_testsuite_property(f"acknowledged by killed servers, {dialect}", acts)
