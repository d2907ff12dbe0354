"""A file that came, looked at before anything of it is kept: by the scanner of malware, then by a reader apart.

Both take seconds of somebody else's time, so pages have it done before they begin to write (web/uploads.py); whoever
hands in a file that was not looked at waits for it here. UPL-01, UPL-04, UPL-07.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field

from compassionate.documents import isolation
from compassionate.documents.intake import Inspected, refused, require_size
from compassionate.errors import Invalid
from compassionate.services.scanning import FOUND, UNSCANNED, Scanner, Verdict

LARGEST = 20 * 1024 * 1024
log = logging.getLogger("compassionate.uploads")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a file, its copy without metadata, and what the scanner says."""

    inspected: Inspected
    copy: bytes
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name and type are only what the sender said.

    `dropped` counts the bytes that nobody kept because the file was over the limit already.
    """

    filename: str
    media_type: str
    data: bytes
    dropped: int = 0
    examined: Examined | Invalid | None = field(default=None, compare=False)


def examine(file: Upload, scanner: Scanner | None) -> Examined:
    """Look at a file; raises Invalid, whose sentence says what to do instead."""
    require_size(file.filename, len(file.data) + file.dropped, LARGEST)
    verdict = scanner.look(file.data) if scanner else Verdict(UNSCANNED)
    if verdict.state == FOUND:
        log.warning("malware refused: %s in a file of SHA-256 %s", verdict.found, hashlib.sha256(file.data).hexdigest())
        raise refused(file.filename, "malware", found=verdict.found)
    inspected, copy = isolation.inspected(file.filename, file.media_type, file.data, LARGEST)
    return Examined(inspected, copy, verdict)


def examined(file: Upload, scanner: Scanner | None) -> Examined:
    """What was found in a file, looked at already or now; raises Invalid."""
    held = file.examined or examine(file, scanner)
    if isinstance(held, Invalid):
        raise held
    return held
