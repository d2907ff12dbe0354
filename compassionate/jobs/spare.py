"""Whether the machine has a processor to spare for a second press, beside what people are waiting for.

What the press takes itself is not counted: it is niced, and the kernel keeps the time of niced processes apart.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

TIMES = Path("/proc/stat")
PRESSES = 2
LITTLE = 0.2  # of a processor: somebody who opens a page now and then is not slowed by a niced process
LOOKS_EACH = 0.5  # seconds
USER = 1

Times = tuple[int, int]


def times() -> Times:
    """What processes that are not niced took so far, and all time of all processors, in ticks; nothing where untold."""
    try:
        told = TIMES.read_text("ascii").partition("\n")[0].split()
    except OSError:
        return 0, 0
    return int(told[USER]), sum(map(int, told[USER:9]))


class Spare:
    """Asked again and again; looks at most twice a second, and answers for the time since the last look."""

    def __init__(
        self,
        processors: int | None = None,
        read: Callable[[], Times] = times,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._processors = processors or len(os.sched_getaffinity(0))
        self._read, self._now = read, now
        self._at, self._times, self._answer = now(), read(), self._processors > PRESSES

    def __call__(self) -> bool:
        """Whether what others took leaves a processor to each of two presses, or all but."""
        if self._now() - self._at < LOOKS_EACH:
            return self._answer
        last, self._times, self._at = self._times, self._read(), self._now()
        passed = self._times[1] - last[1]
        if passed > 0:
            taken = (self._times[0] - last[0]) / passed * self._processors
            self._answer = taken + PRESSES <= self._processors + LITTLE
        return self._answer
