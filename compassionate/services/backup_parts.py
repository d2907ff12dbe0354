"""Parts of a backup: streams sealed in chunks, so that a part that is cut, swapped or changed anywhere does not open.

AES-256-GCM with a key of its own for each part of each backup (HKDF from the master key); the nonce is the chunk's
number and whether it is the last one (the STREAM construction), so a part cannot end early.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 1024 * 1024
TAG = 16
LENGTH = struct.Struct(">I")


class Damaged(Exception):
    """A part is cut, changed, or of another backup."""


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Writes a part; `size` and `sha256` are those of what stands on the disk."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        super().__init__()
        self._file, self._cipher = file, AESGCM(key)
        self._held, self._number = bytearray(), 0
        self._digest, self.size = hashlib.sha256(), 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take bytes; whole chunks go out."""
        self._held += data
        while len(self._held) > CHUNK:
            self._send(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def finish(self) -> None:
        """The last chunk: without it the part does not open."""
        self._send(bytes(self._held), last=True)

    @property
    def sha256(self) -> str:
        """Of everything that was written."""
        return self._digest.hexdigest()

    def _send(self, plain: bytes, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), plain, None)
        for each in (LENGTH.pack(len(sealed)), sealed):
            self._file.write(each)
            self._digest.update(each)
            self.size += len(each)
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads a part; raises Damaged at the first chunk that is not what was written there."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__()
        self._chunks = _chunks(path, AESGCM(key))
        self._held = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the next plain bytes; 0 at the end, which was sealed as the end."""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._held = chunk
        taken = self._held[: len(buffer)]
        buffer[: len(taken)] = taken
        self._held = self._held[len(taken) :]
        return len(taken)


def _chunks(path: Path, cipher: AESGCM) -> Iterator[bytes]:
    with path.open("rb") as file:
        number, last = 0, False
        while not last:
            head = file.read(LENGTH.size)
            if len(head) < LENGTH.size:
                raise Damaged(path.name)
            (length,) = LENGTH.unpack(head)
            sealed = file.read(length) if length <= CHUNK + TAG else b""
            last = file.peek(1) == b""
            try:
                yield cipher.decrypt(_nonce(number, last), sealed, None)
            except InvalidTag as error:
                raise Damaged(path.name) from error
            number += 1


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
