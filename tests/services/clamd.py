"""A small ClamAV daemon for tests: takes a stream on 127.0.0.1 and answers as it was told to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """`manner`: honest, hangs, drops, babbles, limited. `seen`: the files that it was sent whole."""

    def __init__(self) -> None:
        self.manner = "honest"
        self.seen: list[bytes] = []
        self._ended = Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"clamd://127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Close the door: nobody answers any more."""
        self._ended.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with line, suppress(OSError):
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        if self.manner == "drops":
            return
        if self.manner == "hangs":
            self._ended.wait(5)
            return
        data = _streamed(line)
        self.seen.append(data)
        said = {
            "babbles": b"<html>504</html>\0",
            "limited": b"INSTREAM size limit exceeded. ERROR\0",
            "honest": b"stream: Eicar-Signature FOUND\0" if EICAR in data else b"stream: OK\0",
        }
        line.sendall(said[self.manner])


def _streamed(line: socket.socket) -> bytes:
    with line.makefile("rb") as file:
        assert file.read(10) == b"zINSTREAM\0"
        pieces = []
        while length := int.from_bytes(file.read(4)):
            pieces.append(file.read(length))
    return b"".join(pieces)


@contextmanager
def clamd() -> Iterator[Clamd]:
    """One that runs meanwhile."""
    held = Clamd()
    try:
        yield held
    finally:
        held.end()
