"""The process that prints: WeasyPrint warm, no database, no key, no secret in its environment, bounds on what it takes.

`python -m compassionate.jobs.press_room FD MEGABYTES` is started by press.py, which it hears and tells through FD. It
ends with whoever started it, whatever that ended of.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import sys
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from compassionate.jobs.spare import PRESSES, Spare

NICENESS = 19
PROCESSES = min(PRESSES, len(os.sched_getaffinity(0)))  # the second prints while nobody else needs the processor
READY, PROGRESS, DONE, FAULT = "ready", "progress", "done", "fault"


def main(line: Connection, megabytes: int) -> None:
    """Print one job after the other until nobody is at the other end."""
    _bound(megabytes)
    Thread(target=_end_with, args=(line.fileno(),), daemon=True).start()
    try:
        from compassionate.documents.prints import render

        _warm_up()
    except (ImportError, OSError):
        line.send((FAULT, "library"))
        return
    gc.disable()  # collecting while a document is set is a quarter of its time: between two of them it is none
    line.send((READY, None))
    while _print(line, render):
        gc.collect()


def _warm_up() -> None:
    """What takes most of a second, once: libraries, fonts, and the other process where there is one."""
    from compassionate.documents.assembly import warm, workers
    from compassionate.documents.render import css

    if PROCESSES > 1:
        workers.work_together(PROCESSES, css(), Spare()).warm_up()
    else:
        warm.warm_up(css())


def _print(line: Connection, render: Any) -> bool:
    """Print one; whether this process may print another."""
    try:
        given, more = line.recv()
        done = render(*given, **more, on_progress=lambda done, total: line.send((PROGRESS, (done, total))))
    except EOFError:
        return False
    except MemoryError:
        line.send((FAULT, "too_large"))
        return False
    except Exception as error:  # noqa: BLE001 - its words may be a patient's: only its name leaves
        line.send((FAULT, f"broken {type(error).__name__}"))
        return True
    line.send((DONE, (done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)))
    return True


def _bound(megabytes: int) -> None:
    """Be last in the queue for the processor, take so much memory and no more, and leave no picture of it behind."""
    os.nice(NICENESS)
    if hasattr(os, "SCHED_BATCH"):  # of Linux: whoever answers a page never waits for a slice of this to end
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def _end_with(descriptor: int) -> None:
    """Wait until the other end is gone, then end this process and those that it started."""
    poll = select.poll()
    poll.register(descriptor, 0)  # hanging up is told of unasked
    poll.poll()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])), int(sys.argv[2]))
