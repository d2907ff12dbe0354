"""What is asked of the last hand on a document: what it says of itself, and the files inside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Relationship = Literal["Source", "Data", "Supplement", "Alternative"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file embedded in a document (ISO 19005-3, 6.8): the case as data, a copy of an annex."""

    name: str
    description: str
    relationship: Relationship
    media_type: str
    data: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Finish:
    """What a document says of itself: `go_to` are the words of a link, with its page as {page}."""

    title: str
    language: str
    created: datetime
    attachments: tuple[Attachment, ...] = ()
    go_to: str = "{page}"
