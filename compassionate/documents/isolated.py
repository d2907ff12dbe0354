"""The process that reads foreign files: started once, it makes a child for each file and never reads one itself.

A child has little time, little memory, no file and no secret: it is told bytes and tells what it found. Whatever the
file does to it, it is gone afterwards, with everything that the file left in it. Started by isolation.py.
UPL-04; ENS mp.info.5.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from compassionate.documents import intake, wire
from compassionate.documents.contained import LARGEST_FILE, contained
from compassionate.documents.pictures import PDF, pages_drawn
from compassionate.documents.upload_copies import without_metadata
from compassionate.errors import Invalid, Refused

MOST_SENT = LARGEST_FILE
FEW_FILES = 64
SECONDS_OF_A_CHILD = 30  # of the processor
POLITE = 10  # how far these stand back behind the pages
MEGABYTE = 1024 * 1024


def main(descriptor: int) -> None:
    """Wait for lines, one a file, and give each to a child; ends when the application ends."""
    _warm()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are nobody's to wait for
    with socket.socket(fileno=descriptor) as control:
        while True:
            _, lines, _, _ = socket.recv_fds(control, 1, 1)
            if not lines:
                return
            if os.fork() == 0:
                control.close()
                _serve(lines[0])
            os.close(lines[0])


def _warm() -> None:
    """What every child needs is there before the first: libraries are loaded once."""
    from importlib import import_module

    for name in ("pikepdf", "pypdfium2", "PIL.Image", "PIL.ImageOps", "puremagic"):
        import_module(name)
    for name in ("bombs", "pdf_copies", "picture_copies"):
        import_module(f"compassionate.documents.{name}")
    with suppress(OSError):
        os.nice(POLITE)


def _serve(descriptor: int) -> None:
    """A child's whole life."""
    with suppress(BaseException), socket.socket(fileno=descriptor) as line:
        words, data = wire.hear(line, MOST_SENT)
        _limit(words["seconds"], words["megabytes"])
        try:
            JOBS[words["job"]](line, words, data)
        except MemoryError:
            wire.say(line, {"over": "memory"})
    os._exit(0)


def _limit(seconds: int, megabytes: int) -> None:
    """So much time, by the clock and by the processor, so much memory; nothing may be written anywhere."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    for kind, most in (
        (resource.RLIMIT_CPU, seconds + SECONDS_OF_A_CHILD),
        (resource.RLIMIT_AS, megabytes * MEGABYTE),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FEW_FILES),
    ):
        with suppress(ValueError, OSError):  # a machine may allow less than this already
            resource.setrlimit(kind, (most, most))


def _inspect(line: socket.socket, words: dict[str, Any], data: bytes) -> None:
    try:
        found = intake.inspect(words["filename"], words["declared"], data, words["limit"])
        copy = _copied(words["filename"], data, found.media_type)
    except Invalid as wrong:
        wire.say(line, {"refused": [[each.code, each.params] for each in wrong.errors]})
        return
    said = {"media_type": found.media_type, "pages": found.pages, "is_signed": found.is_signed}
    wire.say(line, said | {"sha256": found.sha256, "size": found.size}, copy)


def _copied(filename: str, data: bytes, media_type: str) -> bytes:
    try:
        return without_metadata(data, media_type)
    except MemoryError:
        raise
    except Exception as error:
        raise intake.refused(filename, "broken") from error


def _draw(line: socket.socket, words: dict[str, Any], data: bytes) -> None:
    """One page at a time, each with its own time, so that those before a page that kills its reader are kept."""
    drawn = pages_drawn(data, words["media_type"], words["first"])
    while True:
        signal.setitimer(signal.ITIMER_REAL, words["seconds"])
        try:
            picture = next(drawn, None)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - it cannot be read on: what is left stays empty
            picture = None
        if picture is None:
            wire.say(line, {"end": True})
            return
        wire.say(line, {"is_wide": picture.is_wide}, picture.jpeg)
        if time.process_time() > SECONDS_OF_A_CHILD:
            wire.say(line, {"more": True})  # a fresh child goes on: this one's time is nearly over
            return


def _contain(line: socket.socket, words: dict[str, Any], data: bytes) -> None:
    """The files inside a PDF, one after the other."""
    try:
        found = contained(data)
    except Refused as wrong:
        wire.say(line, {"refused": [[each.code, each.params] for each in wrong.reasons]})
        return
    for name, held in found.items():
        wire.say(line, {"name": name}, held)
    wire.say(line, {"end": True})


def _read_codes(line: socket.socket, words: dict[str, Any], data: bytes) -> None:
    """What the codes of a photograph say."""
    from compassionate.documents.symbols import codes_in

    try:
        found = intake.inspect(words["filename"], words["declared"], data, words["limit"])
        if found.media_type == PDF:
            raise intake.refused(words["filename"], "no_photograph")
        codes = _codes(words["filename"], data, found.media_type, codes_in)
    except Invalid as wrong:
        wire.say(line, {"refused": [[each.code, each.params] for each in wrong.errors]})
        return
    wire.say(line, {"codes": codes})


def _codes(filename: str, data: bytes, media_type: str, read: Callable[[bytes, str], list[str]]) -> list[str]:
    try:
        return read(data, media_type)
    except MemoryError:
        raise
    except Exception as error:
        raise intake.refused(filename, "broken") from error


JOBS = {"inspect": _inspect, "draw": _draw, "contain": _contain, "read_codes": _read_codes}

if __name__ == "__main__":
    main(int(sys.argv[1]))
