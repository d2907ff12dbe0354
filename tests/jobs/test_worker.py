"""The bell says that there is work and carries nothing else; a worker does what it is rung for, and what it is not."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from huey.exceptions import ConfigurationError
from sqlalchemy.exc import OperationalError

from compassionate.errors import StartRefused
from compassionate.jobs import bell as bells
from compassionate.jobs import worker as workers
from compassionate.jobs.bell import Bell
from compassionate.jobs.worker import Worker
from compassionate.models import new_id
from compassionate.services import print_jobs, printing, schedule
from compassionate.services.printing import Sessions, Stopped

pytestmark = pytest.mark.one_database


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'jobs.db'}"


class Session:
    """Opens, and has nothing in it."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *given: Any) -> None:
        pass

    def commit(self) -> None:
        pass


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that rows tell of, whether a bell was rung or not; each is done by being taken away."""
    held: list[str] = []

    def work(sessions: Any, job_id: str, *given: Any) -> str:
        if job_id not in held:
            return ""
        held.remove(job_id)
        return "done"

    monkeypatch.setattr(printing, "work", work)
    monkeypatch.setattr(print_jobs, "due", lambda session, now: list(held))
    monkeypatch.setattr(schedule, "note", lambda *given: None)
    return held


def worker_of(url: str) -> Worker:
    return Worker(Sessions(Session, Session), url)  # type: ignore[arg-type]


def test_what_is_rung_is_answered_once_in_the_order_of_ringing(url: str):
    heard: list[str] = []
    asks, works = Bell(url, heard.append), Bell(url, heard.append)
    first, second = new_id(), new_id()
    asks.ring(first)
    asks.ring(second)
    assert heard == []
    assert [works.answered() for _ in range(3)] == [True, True, False]
    assert heard == [first, second]


def test_the_queue_holds_the_id_of_a_row_and_nothing_else(url: str, tmp_path: Path):
    job_id = new_id()
    Bell(url, print).ring(job_id)
    held = sqlite3.connect(tmp_path / "jobs.db").execute("SELECT data FROM task").fetchall()
    assert held == [(job_id.encode(),)]


def test_what_somebody_else_put_into_the_queue_runs_nothing(url: str, tmp_path: Path):
    heard: list[str] = []
    bell = Bell(url, heard.append)
    assert not bell.answered()
    with sqlite3.connect(tmp_path / "jobs.db") as queue:
        evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "owned").encode() + b"'\ntR."
        queue.execute("INSERT INTO task (queue, data, priority) VALUES ('compassionate', ?, 0)", (evil,))
    assert bell.answered()
    assert not (tmp_path / "owned").exists()
    assert len(heard) == 1


def test_in_memory_whoever_rings_answers():
    heard: list[str] = []
    Bell("memory:", heard.append).ring("7")
    assert heard == ["7"]


def test_a_queue_that_is_silent_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    bell = Bell(f"sqlite:///{tmp_path / 'none' / 'jobs.db'}", print)
    bell.ring(new_id())
    assert "the queue of jobs does not answer: OperationalError" in caplog.text
    assert not bell.answered()


@pytest.mark.parametrize("url", ["amqp://x", "jobs.db", "redis://127.0.0.1:1/0"])
def test_a_queue_that_cannot_be_used_is_named(url: str, monkeypatch: pytest.MonkeyPatch):
    def missing(*given: Any, **more: Any) -> None:
        raise ConfigurationError("redis")

    if url.startswith("redis"):
        monkeypatch.setattr(bells, "Huey", missing)
    with pytest.raises(StartRefused, match="COMPASSIONATE_JOBS_URL"):
        Bell(url, print).answered()


@pytest.mark.parametrize(
    ("url", "storage"),
    [
        ("redis://127.0.0.1:6379/1", "RedisStorage"),
        ("rediss://queue.example/1", "RedisStorage"),
        ("postgresql://x@localhost/y", "PostgresStorage"),
        ("postgresql+psycopg://x@localhost/y", "PostgresStorage"),
    ],
    ids=["redis", "redis over TLS", "a database", "a database as ours is named"],
)
def test_other_queues_are_reached_by_their_address(url: str, storage: str):
    given = bells._storage(url)
    assert given["storage_class"].__name__ == storage
    assert given.get("url", given.get("dsn")) == url.replace("+psycopg", "")


def test_a_job_whose_bell_was_lost_is_found_and_the_rest_is_counted(url: str, rows: list[str]):
    rows += ["rung", "lost"]
    Bell(url, print).ring("rung")
    Bell(url, print).ring("done long ago")
    worker = worker_of(url)
    worker.empty()
    assert rows == []
    assert worker.done == {"done": 2}


def test_a_worker_works_until_it_is_told_to_end(url: str, rows: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "RESTS", 0.01)
    worker = worker_of(url)
    rows.append("waits")
    thread = threading.Thread(target=worker.run)
    thread.start()
    while rows:
        thread.join(0.01)
    worker.stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert worker.done == {"done": 1}


def test_a_database_that_is_away_is_waited_for(url: str, rows: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "RESTS", 0.01)
    worker, asked = worker_of(url), []

    def away(session: Any, now: Any) -> list[str]:
        asked.append(now)
        if len(asked) == 3:
            worker.stop.set()
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(print_jobs, "due", away)
    worker.run()
    assert len(asked) == 3


def test_what_was_stopped_is_not_counted(url: str, rows: list[str], monkeypatch: pytest.MonkeyPatch):
    def stopped(*given: Any) -> str:
        raise Stopped

    monkeypatch.setattr(printing, "work", stopped)
    Bell(url, print).ring(new_id())
    worker = worker_of(url)
    worker.empty()
    assert worker.done == {}
