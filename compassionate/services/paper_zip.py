"""The papers of a request in one file, made as it is sent: never more than one of them in memory, none on a disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from compassionate.services.paper_names import ToSend

DAY = (1980, 1, 1, 0, 0, 0)  # when a paper was packed says nothing


class _Belt(io.RawIOBase):
    """Takes what the archive writes, until it is taken off; cannot be wound back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def packed(papers: Iterable[ToSend]) -> Iterator[bytes]:
    """The archive piece by piece; the papers are stored as they are: none of them would get smaller."""
    belt = _Belt()
    with zipfile.ZipFile(belt, "w") as archive:
        for paper in papers:
            archive.writestr(zipfile.ZipInfo(paper.name, DAY), paper.data())
            yield belt.taken()
    yield belt.taken()
