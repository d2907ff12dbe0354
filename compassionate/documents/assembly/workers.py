"""Who prints the pieces: this process, or two that are kept warm beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol

from compassionate.documents.assembly.pieces import Job, Piece

log = logging.getLogger(__name__)
Told = Callable[[int], None]


def untold(done: int) -> None:
    """Nobody hears of it."""


class Workers(Protocol):
    """Prints pieces, in the order in which they were asked for."""

    def press(self, jobs: Sequence[Job], on_done: Told = untold) -> list[Piece]:
        """A piece a job; `on_done` hears how many are there."""


class Alone:
    """In this process, one after the other."""

    def press(self, jobs: Sequence[Job], on_done: Told = untold) -> list[Piece]:
        """A piece a job."""
        from compassionate.documents.assembly.warm import printed

        return _told((printed(job) for job in jobs), on_done)


class Together:
    """In warm processes; what they cannot finish is printed here."""

    def __init__(self, processes: int, css: str) -> None:
        self._processes, self._css = processes, css
        self._pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._processes, get_context("spawn"), _begin, (self._css,))

    def press(self, jobs: Sequence[Job], on_done: Told = untold) -> list[Piece]:
        """A piece a job, the longest first."""
        try:
            order = sorted(range(len(jobs)), key=lambda number: -len(jobs[number].html))
            asked = {number: self._pool.submit(_printed, jobs[number]) for number in order}
            return _told((asked[number].result() for number in range(len(jobs))), on_done)
        except BrokenProcessPool:
            log.warning("a printing process ended early; its pieces are printed here")
            self._pool.shutdown(wait=False)
            self._pool = self._open()
            return Alone().press(jobs, on_done)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()


def _told(pieces: Iterator[Piece], on_done: Told) -> list[Piece]:
    made: list[Piece] = []
    for piece in pieces:
        made.append(piece)
        on_done(len(made))
    return made


def _begin(css: str) -> None:
    """What a printing process does once: imports and fonts, and then no more collecting of what stays anyway."""
    import gc

    from compassionate.documents.assembly.warm import warm_up

    warm_up(css)
    gc.collect()
    gc.freeze()
    gc.disable()


def _printed(job: Job) -> Piece:
    from compassionate.documents.assembly.warm import printed

    return printed(job)


_workers: Workers = Alone()


def workers() -> Workers:
    """Those of this process."""
    return _workers


def work_together(processes: int, css: str) -> Together:
    """From now on print in that many warm processes, as a worker does; whoever asks for them closes them."""
    global _workers
    _workers = together = Together(processes, css)
    return together


def work_alone() -> None:
    """From now on print in this process again."""
    global _workers
    _workers = Alone()
