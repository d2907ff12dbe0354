"""The case inside the hospital's copy of a dossier: the snapshot and how it was issued, as one JSON document.

Canonical JSON (RFC 8785 for the types used): the same case and issue give the same bytes. Its schema is published in
docs/schemas; a reader takes the format and version that it names and refuses everything else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from compassionate.errors import Reason, Refused
from compassionate.exports.typed import NotRead, read
from compassionate.snapshot import CaseSnapshot, canonical, sha256

FORMAT, VERSION = "compassionate.case", 1
NAME, MEDIA_TYPE = "expediente.json", "application/json"
LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class IssueOf:
    """The issue that carries the case: its number, instant and verification code (not part of any content hash)."""

    kind: str
    copy: str
    request_number: int
    version: int
    template_version: str
    at: datetime
    verification: str


@dataclass(frozen=True, slots=True)
class AnnexCopy:
    """An annex of the same file: the id of its paper, the name of the attachment, and SHA-256 and bytes of the copy."""

    paper: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class EmbeddedCase:
    """What a hospital's copy carries: `content_sha256` of the document, `snapshot_sha256` of the canonical snapshot."""

    format: str
    version: int
    content_sha256: str
    snapshot_sha256: str
    issue: IssueOf
    annexes: tuple[AnnexCopy, ...]
    snapshot: CaseSnapshot


def embedded(case: CaseSnapshot, content: str, issue: IssueOf, annexes: tuple[AnnexCopy, ...] = ()) -> EmbeddedCase:
    """A case with its issue, ready to be written."""
    return EmbeddedCase(FORMAT, VERSION, content, sha256(case), issue, annexes, case)


def write(held: EmbeddedCase) -> bytes:
    """The bytes that are attached."""
    return canonical(held)


def parse(data: bytes) -> EmbeddedCase:
    """The very same case again; raises Refused for another format or version, another shape, or a changed snapshot."""
    document = _document(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        _refuse("format")
    if type(document.get("version")) is not int or document["version"] != VERSION:
        _refuse("version", version=str(document.get("version"))[:20], known=VERSION)
    try:
        held = read(EmbeddedCase, document)
    except NotRead as error:
        _refuse("shape", path=str(error)[:120])
    if sha256(held.snapshot) != held.snapshot_sha256:
        _refuse("changed")
    return held


def _document(data: bytes) -> Any:
    if len(data) > LARGEST:
        _refuse("too_large", most=LARGEST // 1024 // 1024)
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        canonical(document)  # half a surrogate pair is JSON, and no text
    except (ValueError, RecursionError):
        _refuse("not_json")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are each said once: of two values nobody could tell which one was meant."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name is said twice")
    return made


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse(code: str, **params: Any) -> NoReturn:
    raise Refused((Reason(f"embedded.{code}", params=params),))
