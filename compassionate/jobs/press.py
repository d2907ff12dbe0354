"""A press in a process apart: warm from job to job, watched, and thrown away when it takes too much (PDF-06)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic
from typing import Any

from compassionate.documents.progress import Progress
from compassionate.jobs.press_room import DONE, FAULT, PROGRESS
from compassionate.services.printing import PrintFailed

ROOT = Path(__file__).parents[2]
LISTENS = 0.5  # seconds between two looks at the clock


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may take; a process that grew beyond `thrown_away` is not used for another."""

    seconds: float = 900
    megabytes: int = 2048
    thrown_away: int = 700


class Press:
    """Prints as documents/prints.py's `render` does, in another process."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._folder = ""

    def __call__(self, *given: Any, on_progress: Progress, **more: Any) -> Any:
        """Print; raises PrintFailed. What `on_progress` raises ends the print."""
        try:
            line = self._ready()
            line.send((given, more))
            return self._hear(line, on_progress)
        except (EOFError, OSError) as error:
            self.close()
            raise PrintFailed("worker_lost") from error
        except BaseException:
            self.close()  # it may be in the middle of something: the next job has a fresh one
            raise

    def _hear(self, line: Connection, on_progress: Progress) -> Any:
        end, told = monotonic() + self.bounds.seconds, (0, 0)
        while True:
            kind, what = line.recv() if line.poll(LISTENS) else (PROGRESS, told)
            if kind == DONE:
                done, megabytes = what
                if megabytes > self.bounds.thrown_away:
                    self.close()
                return done
            if kind == FAULT:
                raise self._fault(what)
            told = what
            on_progress(*told)
            if monotonic() > end:
                raise PrintFailed("too_long", lasting=True, minutes=max(1, round(self.bounds.seconds / 60)))

    def _fault(self, what: Any) -> PrintFailed:
        code = str(what).partition(" ")[0]
        params = {"megabytes": self.bounds.megabytes} if code == "too_large" else {}
        return PrintFailed(code, lasting=code != "broken", **params)

    def warm(self) -> None:
        """Have the process there before the first job."""
        with suppress(PrintFailed, EOFError, OSError):
            self._ready()

    def _ready(self) -> Connection:
        if self._line is not None and self._process is not None and self._process.poll() is None:
            return self._line
        self.close()
        self._line, theirs = Pipe()
        self._folder = mkdtemp(prefix="compassionate-press-")  # its fonts would stay when it is killed
        command = [
            sys.executable,
            "-m",
            "compassionate.jobs.press_room",
            str(theirs.fileno()),
            str(self.bounds.megabytes),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own; a session apart: it ends with all it started
            command, cwd=ROOT, env=_environment() | {"TMPDIR": self._folder}, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        kind, what = self._line.recv()
        if kind == FAULT:
            raise self._fault(what)
        return self._line

    def close(self) -> None:
        """End the process, if there is one."""
        process, line = self._process, self._line
        self._process = self._line = None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if line is not None:
            line.close()
        if self._folder:
            rmtree(self._folder, ignore_errors=True)
            self._folder = ""


def _environment() -> dict[str, str]:
    """Ours without what is secret: what prints a document needs no key and no address."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COMPASSIONATE_")}
