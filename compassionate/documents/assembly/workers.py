"""Who prints the pieces: this process alone, or with others that are kept warm beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol

from compassionate.documents.assembly.pieces import Job, Piece

log = logging.getLogger(__name__)
Told = Callable[[int], None]
Asked = Callable[[], bool]


def untold(done: int) -> None:
    """Nobody hears of it."""


def always() -> bool:
    """Nobody else needs the machine."""
    return True


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
    """In this process and in warm ones beside it; what those cannot finish is printed here.

    Asked before each piece, `may_share` says whether the others may take one now.
    """

    def __init__(self, processes: int, css: str, may_share: Asked = always) -> None:
        self._others, self._css, self._may_share = processes - 1, css, may_share
        self._pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._others, get_context("spawn"), _begin, (self._css,))

    def press(self, jobs: Sequence[Job], on_done: Told = untold) -> list[Piece]:
        """A piece a job, the longest first."""
        try:
            return self._share(jobs, on_done)
        except BrokenProcessPool:
            log.warning("a printing process ended early; its pieces are printed here")
            self.close()
            self._pool = self._open()
            return Alone().press(jobs, on_done)

    def _share(self, jobs: Sequence[Job], on_done: Told) -> list[Piece]:
        """Each other process has one piece in hand and one at hand, so that none waits while this one prints."""
        from compassionate.documents.assembly.warm import printed

        waiting = sorted(range(len(jobs)), key=lambda number: len(jobs[number].html))
        given: dict[int, Future[Piece]] = {}
        made: dict[int, Piece] = {}
        while waiting:
            while len(waiting) > 1 and self._has_room(given.values()) and self._may_share():
                number = waiting.pop()
                given[number] = self._pool.submit(printed, jobs[number])
            number = waiting.pop()
            made[number] = printed(jobs[number])
            on_done(len(made) + sum(each.done() for each in given.values()))
        made |= {number: each.result() for number, each in given.items()}
        on_done(len(made))
        return [made[number] for number in range(len(jobs))]

    def _has_room(self, given: Iterable[Future[Piece]]) -> bool:
        return sum(not each.done() for each in given) < 2 * self._others

    def warm_up(self) -> None:
        """Have the processes there before the first document."""
        _begin(self._css)
        for _ in range(self._others):
            self._pool.submit(_ready)

    def close(self) -> None:
        """End the other processes."""
        self._pool.shutdown(cancel_futures=True)


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


def _ready() -> None:
    """Nothing: it is the process's beginning that takes time."""


_workers: Workers = Alone()


def workers() -> Workers:
    """Those of this process."""
    return _workers


def work_together(processes: int, css: str, may_share: Asked = always) -> Together:
    """From now on print in that many processes, this one counted; whoever asks for them closes them."""
    global _workers
    _workers = together = Together(processes, css, may_share)
    return together


def work_alone() -> None:
    """From now on print in this process again."""
    global _workers
    _workers = Alone()
