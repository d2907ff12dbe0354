"""The worker that ./run starts beside the server: started again when it falls, gone when the server is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "flask", "jobs", "work", "--leash")
AGAIN_AFTER = 5.0
ENDS_WITHIN = 10.0


class Companion:
    """`flask jobs work` as a child. It holds the other end of a pipe, whose end is its own: nobody need tell it."""

    def __init__(self) -> None:
        self._ending = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._thread.start()

    def stop(self) -> None:
        """Tell it to end and wait until it did."""
        self._ending.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
        self._thread.join(ENDS_WITHIN)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _keep(self) -> None:
        while not self._ending.is_set():
            self._process = subprocess.Popen(  # noqa: S603 - our own command, and nothing of anybody's in it
                COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
            if self._ending.is_set() and self._process.stdin is not None:
                self._process.stdin.close()  # told to end while it was being started
            self._process.wait()
            self._ending.wait(AGAIN_AFTER)
