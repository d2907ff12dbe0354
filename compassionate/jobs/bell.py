"""The bell: huey carries the id of a row and nothing else, so that a worker need not look for work every moment.

A bell that is lost, or rung twice, changes nothing: the row is the truth (services/print_jobs.py) and workers look for
rows by themselves now and then. Huey's own messages are pickles, which whoever reaches the queue could write as they
like: ours are the id as plain text, so that nothing from the queue is ever run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

from huey import Huey
from huey.exceptions import ConfigurationError
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import MemoryStorage, PostgresStorage, RedisStorage, SqliteStorage

from compassionate.errors import StartRefused

log = logging.getLogger(__name__)
QUEUE, TASK = "compassionate", "print_job"
IN_MEMORY = "memory:"
SQLITE, REDIS, POSTGRESQL = "sqlite:///", ("redis://", "rediss://"), ("postgresql://", "postgresql+psycopg://")
SCHEMES = (SQLITE, *REDIS, *POSTGRESQL)
ID_LENGTH = 36


class BellMissing(StartRefused):
    """The queue that COMPASSIONATE_JOBS_URL names cannot be used by this installation."""


class PlainIds(Serializer):  # type: ignore[misc] # the library has no types
    """What goes through the queue: the id of a row."""

    def _serialize(self, data: Message) -> bytes:
        return str(data.args[0]).encode("ascii")

    def _deserialize(self, data: bytes) -> Message:
        job_id = bytes(data)[:ID_LENGTH].decode("ascii", "replace")
        return Message(id=job_id, name=f"queue.{TASK}", retries=0, retry_delay=0, args=(job_id,), kwargs={})


def _storage(url: str) -> dict[str, Any]:
    """What huey is given for an address."""
    if url == IN_MEMORY:
        return {"storage_class": MemoryStorage, "immediate": True}
    if url.startswith(SQLITE):
        return {"storage_class": SqliteStorage, "filename": url.removeprefix(SQLITE), "fsync": False}
    if url.startswith(REDIS):
        return {"storage_class": RedisStorage, "url": url}
    if url.startswith(POSTGRESQL):
        return {"storage_class": PostgresStorage, "dsn": url.replace("+psycopg", "", 1), "table_prefix": "huey"}
    raise BellMissing(f"COMPASSIONATE_JOBS_URL tiene que empezar por {', '.join(SCHEMES)}.")


class Bell:
    """Rung by whoever asks for a print, heard by one worker; `answer` does the job of that id.

    In memory it is answered at once by whoever rings it, as in tests.
    """

    def __init__(self, url: str, answer: Callable[[str], object]) -> None:
        self._url, self._answer = url, answer

    @cached_property
    def _huey(self) -> Any:
        try:
            huey = Huey(QUEUE, results=False, serializer=PlainIds(), **_storage(self._url))
        except ConfigurationError as error:
            words = "COMPASSIONATE_JOBS_URL nombra una cola para la que falta su biblioteca de Python"
            raise BellMissing(f"{words}: instálela o quite el ajuste.") from error
        self._task = huey.task(name=TASK)(_named(self._answer))
        return huey

    def ring(self, job_id: str) -> None:
        """Say that there is a job, after the commit that wrote it; a queue that is silent is no reason to fail."""
        try:
            _ = self._huey
            self._task(job_id)
        except Exception as error:  # noqa: BLE001 - each storage has its own; workers look for rows anyhow
            log.warning("the queue of jobs does not answer: %s", type(error).__name__)

    def answered(self) -> bool:
        """Hear one ring and do what it asks for; whether there was one. May wait for a second."""
        try:
            heard = self._huey.dequeue()
        except BellMissing:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("the queue of jobs does not answer: %s", type(error).__name__)
            return False
        if heard is None:
            return False
        self._huey.execute(heard)
        return True


def _named(answer: Callable[[str], object]) -> Callable[[str], None]:
    """The task under a module name of its own: it is part of what huey calls it."""

    def task(job_id: str) -> None:
        answer(job_id)

    task.__module__ = "queue"
    return task
