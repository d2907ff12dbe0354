"""Foreign files are read in another process, with bounded time and memory: what they do to their reader ends there.

One process a server, started when the first file comes; it makes a child for each file (isolated.py). The child's own
limits end it; here nobody waits longer than a little beyond them. Where no such process can be started a file is
refused: never is one read among the pages. UPL-04.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any

from compassionate.documents import wire
from compassionate.documents.contained import LARGEST_FILE, LARGEST_INSIDE, MEGABYTE
from compassionate.documents.intake import Inspected
from compassionate.documents.pictures import PagePicture
from compassionate.errors import FieldError, Invalid, Reason, Refused

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_INSPECT, SECONDS_A_PAGE = 20, 15
SECONDS_TO_CONTAIN = 60
MOST_SECONDS = 240  # for all pages of one paper
MEGABYTES = 1024  # of address space, in which the libraries themselves take 200
AT_ONCE = 2  # files that are read at the same time
PATIENCE = 45.0  # seconds that a file waits for its turn
GRACE = 5.0
LARGEST_COPY, LARGEST_PAGE = 64 * 1024 * 1024, 8 * 1024 * 1024
MOST_DRAWN = 160 * 1024 * 1024  # all page pictures of one paper
MOST_PAGES_THAT_KILL = 3


class Gone(Exception):
    """The reader ended before it answered: by time, by memory, or by what the file did to it."""


class Busy(Exception):
    """Too many files at once."""


class Reader:
    """The process that makes readers, from first use to the end of this one."""

    def __init__(self) -> None:
        self._lock, self._turns = Lock(), BoundedSemaphore(AT_ONCE)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @contextmanager
    def line(self, words: dict[str, Any], data: bytes, seconds: int, megabytes: int) -> Iterator[socket.socket]:
        """A line to a fresh child that was given a job; raises Busy, Gone."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise Busy
        try:
            ours, theirs = socket.socketpair()
            with ours:
                ours.settimeout(seconds + GRACE)
                with theirs:
                    self._hand_over(theirs)
                wire.say(ours, words | {"seconds": seconds, "megabytes": megabytes}, data)
                yield ours
        except (OSError, wire.Broken) as error:
            raise Gone(type(error).__name__) from error
        finally:
            self._turns.release()

    def _hand_over(self, theirs: socket.socket) -> None:
        with self._lock:
            try:
                socket.send_fds(self._running(), [b"\0"], [theirs.fileno()])
            except OSError:  # it was ended from outside: one more try with a fresh one
                self.end()
                socket.send_fds(self._running(), [b"\0"], [theirs.fileno()])

    def _running(self) -> socket.socket:
        if self._control is None or self._process is None or self._process.poll() is not None:
            self.end()
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own module alone
                    [sys.executable, "-m", "compassionate.documents.isolated", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # what libraries say of a file quotes it
                    cwd=ROOT,
                    env={"PATH": os.defpath, "LANG": "C.UTF-8"},  # no key, no password
                    start_new_session=True,
                )
            self._control = ours
        return self._control

    def end(self) -> None:
        """End the process; the next file starts another."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._process = self._control = None

    def forget(self) -> None:
        """In a forked child of the server: the process is the parent's, this one starts its own."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for
        self.__init__()  # type: ignore[misc] # locks too: a fork may have copied them held


READER = Reader()
atexit.register(READER.end)
os.register_at_fork(after_in_child=READER.forget)


def inspected(
    filename: str, declared: str, data: bytes, limit: int, seconds: int = SECONDS_TO_INSPECT, megabytes: int = MEGABYTES
) -> tuple[Inspected, bytes]:
    """What intake.inspect finds, and the copy without metadata; raises Invalid and nothing else."""
    from compassionate.documents import intake

    intake.require_size(filename, len(data), limit)
    words = {"job": "inspect", "filename": filename, "declared": declared, "limit": limit}
    try:
        with READER.line(words, data, seconds, megabytes) as line:
            said, copy = wire.hear(line, LARGEST_COPY)
    except Busy:
        raise intake.refused(filename, "examiner_busy") from None
    except Gone:
        raise intake.refused(filename, "too_demanding") from None
    if "refused" in said:
        raise Invalid(tuple(FieldError("file", code, params) for code, params in said["refused"]))
    if "over" in said:
        raise intake.refused(filename, "too_demanding")
    return Inspected(said["media_type"], said["pages"], said["size"], said["sha256"], said["is_signed"]), copy


def contained(data: bytes, seconds: int = SECONDS_TO_CONTAIN, megabytes: int = MEGABYTES) -> dict[str, bytes]:
    """The files inside a PDF by their names; raises Refused and nothing else."""
    if len(data) > LARGEST_FILE:
        raise Refused((Reason("importing.too_large", params={"most": LARGEST_FILE // MEGABYTE}),))
    found: dict[str, bytes] = {}
    try:
        with READER.line({"job": "contain"}, data, seconds, megabytes) as line:
            while True:
                said, held = wire.hear(line, LARGEST_INSIDE)
                if "name" not in said:
                    break
                found[str(said["name"])] = held
    except (Gone, Busy):
        said = {"over": "time"}
    if "refused" in said:
        raise Refused(tuple(Reason(code, params=params) for code, params in said["refused"]))
    if "end" not in said:
        raise Refused((Reason("importing.too_demanding"),))
    return found


def codes_read(
    filename: str, declared: str, data: bytes, limit: int, seconds: int = SECONDS_A_PAGE, megabytes: int = MEGABYTES
) -> tuple[str, ...]:
    """What the codes in a photograph say, as a scanner would type it; raises Invalid and nothing else."""
    from compassionate.documents import intake

    intake.require_size(filename, len(data), limit)
    words = {"job": "read_codes", "filename": filename, "declared": declared, "limit": limit}
    try:
        with READER.line(words, data, seconds, megabytes) as line:
            said, _ = wire.hear(line, 0)
    except Busy:
        raise intake.refused(filename, "examiner_busy") from None
    except Gone:
        raise intake.refused(filename, "too_demanding") from None
    if "refused" in said:
        raise Invalid(tuple(FieldError("file", code, params) for code, params in said["refused"]))
    if "codes" not in said:
        raise intake.refused(filename, "too_demanding")
    return tuple(str(each) for each in said["codes"])


def _nobody() -> None:
    """Is told of nothing."""


def drawn(
    data: bytes,
    media_type: str,
    pages: int,
    seconds: int = SECONDS_A_PAGE,
    megabytes: int = MEGABYTES,
    on_page: Callable[[], None] = _nobody,
) -> tuple[PagePicture, ...]:
    """The pages of a paper as pictures, `pages` of them: one that cannot be drawn in its time is there, and empty."""
    found: list[PagePicture] = []
    killers, begun, is_over = 0, monotonic(), False
    while not is_over and killers < MOST_PAGES_THAT_KILL and monotonic() - begun < MOST_SECONDS:
        words = {"job": "draw", "media_type": media_type, "first": len(found)}
        try:
            with READER.line(words, data, seconds, megabytes) as line:
                is_over = _listen(line, found, pages, on_page)
        except (Gone, Busy):
            found.append(PagePicture())  # the page at which its reader ended; those behind it get another one
            killers += 1
            is_over = len(found) >= pages
    return (*found[:pages], *[PagePicture()] * (pages - len(found)))


def _listen(line: socket.socket, found: list[PagePicture], pages: int, on_page: Callable[[], None]) -> bool:
    """Take pages until there are no more (True) or another child has to go on."""
    left = MOST_DRAWN - sum(len(each.jpeg) for each in found)
    while len(found) < pages:
        said, jpeg = wire.hear(line, min(LARGEST_PAGE, max(left, 0)))
        if "end" in said or "more" in said:
            return "end" in said
        if "over" in said:
            raise wire.Broken("memory")
        found.append(PagePicture(jpeg, bool(said["is_wide"])))
        left -= len(jpeg)
        on_page()
    return True
