"""The hospital's scanner of malware, asked about every paper: only its word that a file is clean lets the file out.

Where it does not answer, the paper is kept and waits: it goes into no document and to nobody but whoever sent it, until
the scanner was asked again. Three kinds of address: `clamd://host:port` and `unix:///path` (ClamAV's daemon, its
INSTREAM), `command:/path argument…` (the file on its input; 0 clean, 1 found, anything else no answer).
UPL-07; ENS op.exp.6.3; ASVS 5.4.3.
"""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

CLEAN, FOUND, WAITING, UNSCANNED = "clean", "found", "waiting", "unscanned"
SECONDS = 20.0  # for one file, however slowly the scanner takes it
PIECE = 64 * 1024
LONGEST_ANSWER = 4096
LONGEST_NAME = 120
ANSWER = re.compile(r"(?:stream|fd\[\d+\]): (?:(?P<name>.+) FOUND|(?P<clean>OK))")
NAMELESS = "?"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner says of one file: clean, found (and what), or waiting where it said nothing."""

    state: str
    found: str = ""


class NoScanner(ValueError):
    """An address that names no scanner."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """The scanner at an address; raises NoScanner where that is none."""

    address: str
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        has_place = {
            "clamd": bool(parts.hostname) and bool(_port(self.address)),
            "unix": not parts.netloc and len(parts.path) > 1,
            "command": bool(_command(self.address)),
        }
        if not has_place.get(parts.scheme):
            raise NoScanner(self.address)

    def look(self, data: bytes) -> Verdict:
        """What it says of a file; raises nothing."""
        try:
            if self.address.startswith("command:"):
                return self._run(data)
            return self._stream(data)
        except (OSError, ValueError, subprocess.SubprocessError):
            return Verdict(WAITING)

    def _run(self, data: bytes) -> Verdict:
        done = subprocess.run(  # noqa: S603 - the hospital's own setting, no shell
            _command(self.address), input=data, capture_output=True, timeout=self.seconds, check=False
        )
        if done.returncode not in (0, 1):
            return Verdict(WAITING)
        if done.returncode == 0:
            return Verdict(CLEAN)
        named = re.search(r": (.+) FOUND", done.stdout.decode("utf-8", "replace"))
        return Verdict(FOUND, _plain(named[1]) if named else NAMELESS)

    def _stream(self, data: bytes) -> Verdict:
        end = monotonic() + self.seconds
        with self._line() as line:
            with suppress(ConnectionError):  # it may stop listening at a find, or at a file too large for it
                line.sendall(b"zINSTREAM\0")
                for place in range(0, len(data), PIECE):
                    line.settimeout(_left(end))
                    piece = data[place : place + PIECE]
                    line.sendall(len(piece).to_bytes(4) + piece)
                line.sendall(bytes(4))
            answer = _answer(line, end)
        said = ANSWER.fullmatch(answer)
        if said is None:
            return Verdict(WAITING)
        return Verdict(CLEAN) if said["clean"] else Verdict(FOUND, _plain(said["name"]))

    def _line(self) -> socket.socket:
        parts = urlsplit(self.address)
        if parts.scheme == "clamd":
            return socket.create_connection((str(parts.hostname), _port(self.address)), timeout=self.seconds)
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(self.seconds)
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line


def _answer(line: socket.socket, end: float) -> str:
    held = b""
    while len(held) < LONGEST_ANSWER and b"\0" not in held:
        line.settimeout(_left(end))
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        held += piece
    return held.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _left(end: float) -> float:
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _plain(name: str) -> str:
    """The name of a find as it may be shown: of a scanner's own list, in plain letters."""
    return re.sub(r"[^\w.:/-]+", "_", name)[:LONGEST_NAME] or NAMELESS


def _port(address: str) -> int:
    try:
        return urlsplit(address).port or 0
    except ValueError:
        return 0


def _command(address: str) -> list[str]:
    try:
        return shlex.split(address.partition(":")[2]) if address.startswith("command:") else []
    except ValueError:
        return []


def scanner_at(address: str) -> Scanner | None:
    """The scanner that the hospital named, None where it named none; raises NoScanner."""
    return Scanner(address) if address else None
