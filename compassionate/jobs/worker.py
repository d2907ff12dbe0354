"""The worker: does what the bell asks for, and what no bell was rung for; one job at a time, any number of workers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from compassionate import clock
from compassionate.jobs.bell import Bell
from compassionate.services import print_jobs, printing, schedule
from compassionate.services.printing import Sessions, Stopped

log = logging.getLogger(__name__)
LOOKS_EACH = timedelta(seconds=5)  # for jobs whose bell was lost or whose worker went away
NOTED_EACH = timedelta(seconds=30)
RESTS = 0.5


class Worker:
    """Works until it is told to `stop`; `done` counts how its jobs ended."""

    def __init__(self, sessions: Sessions, jobs_url: str, printer: Any = None) -> None:
        self.stop, self.done = Event(), Counter[str]()
        self._sessions, self._printer = sessions, printer
        self._bell = Bell(jobs_url, self._do)
        self._noted: datetime | None = None
        self._looked: datetime | None = None

    def run(self) -> None:
        """Work until told to stop; a database that does not answer is asked again."""
        while not self.stop.is_set():
            self._trying(self._note)
            if self._bell.answered():
                continue
            self._trying(self._look)
            self.stop.wait(RESTS)

    def empty(self) -> None:
        """Do what waits, and end."""
        self._note()
        while self._bell.answered() and not self.stop.is_set():
            pass
        while self._all_due() and not self.stop.is_set():
            pass

    def _do(self, job_id: str) -> None:
        if self.stop.is_set():
            return  # it waits in its row
        try:
            status = printing.work(self._sessions, job_id, self._printer, self.stop.is_set)
        except Stopped:
            return
        if status:
            self.done[status] += 1

    def _note(self) -> None:
        now = clock.now()
        if self._noted is not None and now - self._noted < NOTED_EACH:
            return
        with self._sessions.write() as session:
            schedule.note(session, schedule.JOBS, now)
            session.commit()
        self._noted = now

    def _look(self) -> None:
        now = clock.now()
        if self._looked is None or now - self._looked >= LOOKS_EACH:
            self._all_due()
            self._looked = clock.now()

    def _all_due(self) -> int:
        """Do every job that may be taken, the oldest first; how many there were."""
        with self._sessions.read() as session:
            found = print_jobs.due(session, clock.now())
        for job_id in found:
            self._do(job_id)
        return len(found)

    def _trying(self, act: Callable[[], object]) -> None:
        try:
            act()
        except SQLAlchemyError as error:
            log.warning("the database does not answer: %s", type(error).__name__)
            self.stop.wait(RESTS)
