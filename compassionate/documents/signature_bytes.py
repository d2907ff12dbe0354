"""Signatures of a PDF by its bytes alone, so that a file that is broken, cut or padded can still be asked what it was.

Only places and digests are found here; whether a signature holds is for the library to say.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
END = re.compile(rb"%%EOF[ \t]{0,8}(\r\n|\n|\r)?")
MOST = 64  # signatures, and revisions: more is no document of ours


@dataclass(frozen=True, slots=True)
class Covered:
    """The two stretches of a file that a signature covers; between them stand its own bytes, in hexadecimal."""

    data: bytes
    first: int
    gap: int
    second: int
    end: int

    @property
    def is_whole(self) -> bool:
        """Whether the file still has all that was signed, from its beginning."""
        return self.first == 0 and self.gap <= self.second <= self.end <= len(self.data)

    @property
    def contents(self) -> bytes:
        """The signature itself (CMS, DER with padding); nothing where that is no hexadecimal."""
        text = self.data[self.gap : self.second].strip(b"<> \r\n")
        try:
            return bytes.fromhex(text.decode("ascii"))
        except (ValueError, UnicodeDecodeError):
            return b""

    def signed_digest(self) -> str:
        """SHA-256 that the signature itself names: of what was sealed, also where the file says something else now."""
        from asn1crypto import cms

        try:
            signed = cms.ContentInfo.load(self.contents)["content"]["signer_infos"][0]["signed_attrs"]
            found = [each["values"][0].native for each in signed if each["type"].native == "message_digest"]
        except (ValueError, TypeError, KeyError, IndexError):
            return ""
        return found[0].hex() if found and isinstance(found[0], bytes) else ""

    def digest(self) -> str:
        """SHA-256 of what is covered."""
        held = hashlib.sha256(self.data[self.first : self.gap])
        held.update(self.data[self.second : self.end])
        return held.hexdigest()


def seals_in(data: bytes) -> list[Covered]:
    """What each signature of a file covers, in the order of the file."""
    found = []
    for number, each in enumerate(RANGE.finditer(data)):
        if number == MOST:
            break
        first, length, second, rest = (int(each[place]) for place in range(1, 5))
        found.append(Covered(data, first, first + length, second, second + rest))
    return found


def has_tail(data: bytes) -> bool:
    """Whether bytes stand behind the end of the last revision: no signature ever speaks of them."""
    return bool(data[data.rfind(b"%%EOF") + len(b"%%EOF") :].strip())


def revisions(data: bytes) -> dict[str, int]:
    """SHA-256 of the file up to the end of each of its revisions, and where that is."""
    found: dict[str, int] = {}
    running, done = hashlib.sha256(), 0
    for number, each in enumerate(END.finditer(data)):
        if number == MOST:
            break
        for place in sorted({each.start() + len(b"%%EOF"), each.end()}):
            running.update(data[done:place])
            found[running.copy().hexdigest()] = place
            done = place
    running.update(data[done:])
    found[running.hexdigest()] = len(data)
    return found
