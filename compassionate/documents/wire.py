"""What the application and the process that reads foreign files say to each other: JSON, and bytes beside it.

Never pickles: what that process answers is not believed any further than it can be read.
"""

from __future__ import annotations

import json
from socket import socket
from typing import Any

WORD = 4
LONGEST_WORDS = 64 * 1024


class Broken(Exception):
    """The other side is gone, or says what nobody understands."""


def say(line: socket, words: dict[str, Any], data: bytes = b"") -> None:
    """Send words and bytes; raises OSError."""
    text = json.dumps(words).encode()
    line.sendall(len(text).to_bytes(WORD) + len(data).to_bytes(WORD) + text)
    line.sendall(data)


def hear(line: socket, most: int) -> tuple[dict[str, Any], bytes]:
    """The next words and bytes, of which there may be so many; raises Broken, and OSError where time is up."""
    head = _exactly(line, 2 * WORD)
    words, length = int.from_bytes(head[:WORD]), int.from_bytes(head[WORD:])
    if words > LONGEST_WORDS or length > most:
        raise Broken("too much")
    try:
        said = json.loads(_exactly(line, words))
    except (ValueError, RecursionError) as error:
        raise Broken("no JSON") from error
    if not isinstance(said, dict):
        raise Broken("no object")
    return said, _exactly(line, length)


def _exactly(line: socket, length: int) -> bytes:
    held = bytearray(length)
    view, place = memoryview(held), 0
    while place < length:
        taken = line.recv_into(view[place:])
        if not taken:
            raise Broken("gone")
        place += taken
    return bytes(held)
